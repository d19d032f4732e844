"""Tells which pods of the fleet are no longer what they were when they were given out."""

import threading
from typing import Final

from conformance.cluster import Cluster
from conformance.errors import ClusterError
from conformance.following import listed
from conformance.objects import ApiPod
from conformance.plan import PlannedPod, Role

_LEAVES: Final = frozenset({Role.DOOMED})
"""Roles whose pods a check deletes."""
_RESTARTS: Final = frozenset({Role.QUIET})
"""Roles of whose pods a check ends containers."""


class RollCall:
    """The pods that a process has given out, as they were then."""

    def __init__(self, cluster: Cluster, *, selector: str) -> None:
        self._cluster = cluster
        self._selector = selector
        self._noted: dict[str, tuple[PlannedPod, ApiPod]] = {}
        self._missed: dict[str, tuple[str, str]] = {}
        self._lock = threading.Lock()

    def note(self, planned: PlannedPod, found: ApiPod) -> None:
        """Note a pod that is given out; what counts is how it was the first time."""
        if planned.role not in _LEAVES:
            with self._lock:
                self._noted.setdefault(planned.name, (planned, found))

    def miss(self, before: ApiPod, now: ApiPod | None) -> None:
        """Note what became of a pod that a check made for itself, and is about to end."""
        fate = _fate(before, now)
        if fate:
            seen = before if now is None else now
            with self._lock:
                self._missed[before.metadata.name] = (seen.status.pod_ip, fate)

    def departed(self, seen: str) -> tuple[str, ...]:
        """Return what became of the pods that an observation names, a sentence for each that went.

        When a container was started again is not asked: only its node's clock would tell. A pod
        that its kubelet finds unready is where it was: that may be the network's doing. Where the
        API does not tell, that is what is returned, for then nobody knows.
        """
        with self._lock:
            noted = [
                (planned, pod)
                for planned, pod in self._noted.values()
                if _is_named(planned.name, pod.status.pod_ip, seen)
            ]
            missed = [
                f"{name} {fate}"
                for name, (address, fate) in self._missed.items()
                if _is_named(name, address, seen)
            ]
        try:
            there = {
                f"{path}/{name}": pod
                for path in sorted({planned.path.rpartition("/")[0] for planned, _ in noted})
                for name, pod in listed(self._cluster, path, selector=self._selector)[0].items()
            }
        except ClusterError as error:
            return (f"the API did not tell whether the pods are as they were: {error}", *missed)
        fates = (
            (
                planned.name,
                _fate(before, there.get(planned.path), may_restart=planned.role in _RESTARTS),
            )
            for planned, before in noted
        )
        return (*(f"{name} {fate}" for name, fate in fates if fate), *missed)


def _is_named(name: str, address: str, seen: str) -> bool:
    return name in seen or bool(address and address in seen)


def _fate(before: ApiPod, now: ApiPod | None, *, may_restart: bool = False) -> str:
    if now is None:
        return "was deleted"
    if now.metadata.uid != before.metadata.uid:
        return "was deleted and made anew"
    if now.metadata.deletion_timestamp is not None:
        return "is being deleted"
    if now.has_ended:
        return f"ended as {now.status.phase}"
    if not may_restart and _started_again(before, now):
        return "had a container started again"
    return ""


def _started_again(before: ApiPod, now: ApiPod) -> bool:
    known = {each.name: each for each in before.status.container_statuses}
    return any(
        each.restart_count > (known[each.name].restart_count if each.name in known else 0)
        or (each.name in known and each.container_id != known[each.name].container_id)
        for each in now.status.container_statuses
    )
