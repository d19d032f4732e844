"""A Lease per run tells a fleet in use from one whose run is dead."""

import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from conformance import manifests, timeouts
from conformance.cluster import Cluster
from conformance.kinds import path_of
from conformance.objects import ApiLease, ApiNamespace, JsonObject, read
from conformance.plan import RUN_LABEL, FleetPlan
from conformance.waiting import Ticker
from verdicts.vocabulary import Frozen

_PRIVILEGED_SUFFIX: Final = "-privileged"


class FoundFleet(Frozen):
    """A fleet that was in the cluster before this run."""

    run_id: str
    namespaces: tuple[str, ...]
    fingerprint: str
    kept: bool
    held: bool
    """Its Lease was renewed lately: a run uses it."""


class Heartbeat:
    """Holds the Lease of a fleet and renews it while the run lives."""

    def __init__(
        self, cluster: Cluster, plan: FleetPlan, *, on_error: Callable[[Exception], None]
    ) -> None:
        self._cluster = cluster
        self._plan = plan
        self._holder = f"{socket.gethostname()}-{os.getpid()}"
        self._ticker = Ticker(
            self._renew, every=timeouts.LEASE_RENEWAL, name="netparity-lease", on_error=on_error
        )

    def start(self) -> None:
        """Take the Lease and keep it.

        Raises:
            ClusterError: the API server refused it.
        """
        self._cluster.apply(self._manifest(_now()))
        self._ticker.start()

    def stop(self) -> None:
        """Renew it no more."""
        self._ticker.stop()

    def release(self) -> None:
        """Give the Lease up, so that a kept fleet can be found and used at once."""
        self.stop()
        self._cluster.apply(self._manifest(datetime.fromtimestamp(0, UTC)))

    def _renew(self) -> None:
        self._cluster.apply(self._manifest(_now()))

    def _manifest(self, renewed: datetime) -> JsonObject:
        stamp = renewed.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return manifests.lease(self._plan, holder=self._holder, renewed=stamp)


def find_fleets(cluster: Cluster, *, now: datetime | None = None) -> tuple[FoundFleet, ...]:
    """Return the fleets in the cluster, whoever made them.

    Raises:
        ClusterError: namespaces or leases cannot be read.
    """
    moment = now or _now()
    groups: dict[str, list[ApiNamespace]] = {}
    for item in cluster.list("/api/v1/namespaces", selector=RUN_LABEL):
        namespace = read(ApiNamespace, item)
        if namespace.metadata.deletion_timestamp is None:
            groups.setdefault(namespace.metadata.labels[RUN_LABEL], []).append(namespace)
    return tuple(
        FoundFleet(
            run_id=run_id,
            namespaces=tuple(ns.metadata.name for ns in members),
            fingerprint=members[0].metadata.annotations.get(manifests.FINGERPRINT_ANNOTATION, ""),
            kept=any(manifests.KEPT_ANNOTATION in ns.metadata.annotations for ns in members),
            held=_is_held(cluster, members, moment),
        )
        for run_id, members in sorted(groups.items())
    )


def _is_held(cluster: Cluster, namespaces: list[ApiNamespace], now: datetime) -> bool:
    """A run that has not come to its Lease yet is as young as its namespaces."""
    alive = timedelta(seconds=timeouts.LEASE)
    born = [ns.metadata.creation_timestamp for ns in namespaces]
    if any(now - moment < alive for moment in born if moment is not None):
        return not any(_released(cluster, ns.metadata.name) for ns in namespaces)
    renewals = [_renewed(cluster, ns.metadata.name) for ns in namespaces]
    return any(now - moment < alive for moment in renewals if moment is not None)


def _released(cluster: Cluster, namespace: str) -> bool:
    renewed = _renewed(cluster, namespace)
    return renewed is not None and renewed.timestamp() == 0


def _renewed(cluster: Cluster, namespace: str) -> datetime | None:
    if namespace.endswith(_PRIVILEGED_SUFFIX):
        return None
    path = path_of(
        {
            "kind": "Lease",
            "metadata": {"namespace": namespace, "name": manifests.LEASE_NAME},
        }
    )
    found = cluster.find(path)
    return read(ApiLease, found).spec.renew_time if found is not None else None


def _now() -> datetime:
    return datetime.now(UTC)
