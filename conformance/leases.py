"""A Lease per run says who uses a fleet; it is taken by one run at a time."""

import os
import secrets
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from conformance import manifests, timeouts
from conformance.cluster import Cluster
from conformance.errors import ClusterError
from conformance.kinds import path_of
from conformance.objects import ApiLease, ApiNamespace, JsonObject, read
from conformance.plan import RUN_LABEL, FleetPlan
from conformance.waiting import Ticker
from verdicts.vocabulary import Frozen

_PRIVILEGED_SUFFIX: Final = "-privileged"
_CONFLICT: Final = 409


class SeenLease(Frozen):
    """A Lease as it was read; `renewed` is by its holder's own clock, and compared with none.

    Nobody holds one without a holder. `duration` is in seconds: a living holder changes it sooner.
    """

    holder: str
    renewed: datetime | None
    duration: float
    version: str


class FoundFleet(Frozen):
    """A fleet that was in the cluster before this run; it has no Lease yet where it is made now."""

    run_id: str
    namespaces: tuple[str, ...]
    fingerprint: str
    kept: bool
    lease: SeenLease | None


class LeaseTaken(ClusterError):  # noqa: N818  # names the state, as its kin in `errors` do
    """Another run holds the Lease that was ours."""


class Heartbeat:
    """Holds the Lease of a fleet and renews it while the run lives."""

    def __init__(
        self, cluster: Cluster, plan: FleetPlan, *, on_error: Callable[[Exception], None]
    ) -> None:
        self._cluster = cluster
        self._plan = plan
        self._path = lease_path(plan.namespace)
        self._holder = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._ticker = Ticker(
            self._renew, every=timeouts.LEASE_RENEWAL, name="netparity-lease", on_error=on_error
        )

    def claim(self, seen: SeenLease | None) -> bool:
        """Take the Lease as it was seen, or make it where there was none; say whether it is ours.

        It is nobody else's then: of two that claim what both had seen, the API server lets one.

        Raises:
            ClusterError: the API server refused it.
        """
        ours = self._make() if seen is None else self._write(seen.version, holder=self._holder)
        if ours:
            self._ticker.start()
        return ours

    def stop(self) -> None:
        """Renew it no more."""
        self._ticker.stop()

    def release(self) -> None:
        """Give the Lease up, so that a kept fleet can be found and used at once.

        Raises:
            ClusterError: the API server refused it, or another run has taken the Lease.
        """
        self.stop()
        self._write_if_ours(holder=None)

    def _make(self) -> bool:
        made = self._cluster.create(
            manifests.lease(self._plan, holder=self._holder, renewed=_stamp())
        )
        return read(ApiLease, made).spec.holder_identity == self._holder

    def _renew(self) -> None:
        self._write_if_ours(holder=self._holder)

    def _write_if_ours(self, *, holder: str | None) -> None:
        found = read(ApiLease, self._cluster.get(self._path))
        if found.spec.holder_identity != self._holder:
            raise LeaseTaken(
                f"the Lease of {self._plan.namespace} is held by another run "
                f"({found.spec.holder_identity or 'nobody'})",
                next_step="see why this run slept for longer than the Lease lasts; run again",
                status=_CONFLICT,
            )
        if not self._write(found.metadata.resource_version, holder=holder):
            raise ClusterError(
                f"the Lease of {self._plan.namespace} was changed by somebody while it was written",
                next_step="see what else writes Leases of the run's namespace",
                status=_CONFLICT,
            )

    def _write(self, version: str, *, holder: str | None) -> bool:
        """Write the Lease unless it is another version by now; say whether it was written."""
        change: JsonObject = {
            "metadata": {"resourceVersion": version},
            "spec": {
                "holderIdentity": holder,
                "leaseDurationSeconds": round(timeouts.LEASE),
                "renewTime": _stamp(),
            },
        }
        try:
            self._cluster.patch(self._path, change)
        except ClusterError as error:
            if error.status == _CONFLICT:
                return False
            raise
        return True


def find_fleets(cluster: Cluster) -> tuple[FoundFleet, ...]:
    """Return the fleets in the cluster, whoever made them, without those that are being removed.

    One of whose namespaces the removal was asked for is such a fleet: between the requests for
    the two, what is left of it looks like a fleet whose Lease is not made yet.

    Raises:
        ClusterError: namespaces or leases cannot be read.
    """
    groups: dict[str, list[ApiNamespace]] = {}
    for item in cluster.list("/api/v1/namespaces", selector=RUN_LABEL):
        namespace = read(ApiNamespace, item)
        groups.setdefault(namespace.metadata.labels[RUN_LABEL], []).append(namespace)
    return tuple(
        FoundFleet(
            run_id=run_id,
            namespaces=(names := tuple(ns.metadata.name for ns in members)),
            fingerprint=members[0].metadata.annotations.get(manifests.FINGERPRINT_ANNOTATION, ""),
            kept=any(manifests.KEPT_ANNOTATION in ns.metadata.annotations for ns in members),
            lease=seen_lease(cluster, names),
        )
        for run_id, members in sorted(groups.items())
        if all(namespace.metadata.deletion_timestamp is None for namespace in members)
    )


def is_being_removed(cluster: Cluster, namespaces: tuple[str, ...]) -> bool:
    """Say whether somebody has asked for the removal of one of the namespaces, or it is gone.

    Raises:
        ClusterError: one cannot be read.
    """
    found = [cluster.find(f"/api/v1/namespaces/{name}") for name in namespaces]
    return any(
        each is None or read(ApiNamespace, each).metadata.deletion_timestamp is not None
        for each in found
    )


def seen_lease(cluster: Cluster, namespaces: tuple[str, ...]) -> SeenLease | None:
    """Return the Lease of a fleet's namespaces as it is now, None where there is none.

    Raises:
        ClusterError: it cannot be read.
    """
    for namespace in namespaces:
        if namespace.endswith(_PRIVILEGED_SUFFIX):
            continue
        found = cluster.find(lease_path(namespace))
        if found is not None:
            lease = read(ApiLease, found)
            return SeenLease(
                holder=lease.spec.holder_identity,
                renewed=lease.spec.renew_time,
                duration=lease.spec.lease_duration_seconds or timeouts.LEASE,
                version=lease.metadata.resource_version,
            )
    return None


def lease_path(namespace: str) -> str:
    """Return the path of the Lease of a fleet's first namespace."""
    metadata: JsonObject = {"namespace": namespace, "name": manifests.LEASE_NAME}
    return path_of({"kind": "Lease", "metadata": metadata})


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
