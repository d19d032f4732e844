"""Tells which pods of the fleet are no longer what they were when they were given out."""

import threading
from datetime import datetime, timedelta
from typing import Final

from conformance.cluster import Cluster
from conformance.errors import ClusterError
from conformance.following import listed
from conformance.objects import ApiPod
from conformance.plan import PlannedPod, Role
from verdicts.claims.witnesses import SANE_SKEW

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
        self._lock = threading.Lock()

    def note(self, planned: PlannedPod, found: ApiPod) -> None:
        """Note a pod that is given out; what counts is how it was the first time."""
        if planned.role not in _LEAVES:
            with self._lock:
                self._noted.setdefault(planned.name, (planned, found))

    def departed(self, seen: str, *, since: datetime) -> tuple[str, ...]:
        """Return what became of the pods that an observation names, a sentence for each that went.

        A container that started again before the time `since` serves again by now. A pod that its
        kubelet finds unready is where it was: that may be the network's doing. Where the API does
        not tell, that is what is returned, for then nobody knows.
        """
        with self._lock:
            noted = [
                (planned, pod)
                for planned, pod in self._noted.values()
                if planned.name in seen or (pod.status.pod_ip and pod.status.pod_ip in seen)
            ]
        try:
            there = {
                f"{path}/{name}": pod
                for path in sorted({planned.path.rpartition("/")[0] for planned, _ in noted})
                for name, pod in listed(self._cluster, path, selector=self._selector)[0].items()
            }
        except ClusterError as error:
            return (f"the API did not tell whether the pods are as they were: {error}",)
        fates = (
            (planned.name, _fate(planned, before, there.get(planned.path), since))
            for planned, before in noted
        )
        return tuple(f"{name} {fate}" for name, fate in fates if fate)


def _fate(planned: PlannedPod, before: ApiPod, now: ApiPod | None, since: datetime) -> str:
    if now is None:
        return "was deleted"
    if now.metadata.uid != before.metadata.uid:
        return "was deleted and made anew"
    if now.metadata.deletion_timestamp is not None:
        return "is being deleted"
    if now.has_ended:
        return f"ended as {now.status.phase}"
    if planned.role not in _RESTARTS and _started_again(before, now, since):
        return "had a container started again"
    return ""


def _started_again(before: ApiPod, now: ApiPod, since: datetime) -> bool:
    known = {each.container_id for each in before.status.container_statuses}
    others = [each for each in now.status.container_statuses if each.container_id not in known]
    starts = (each.state.running.started_at if each.state.running else None for each in others)
    # By the clock of its node, which need not be that of `since`.
    before_that = since - timedelta(seconds=SANE_SKEW)
    return any(start is None or start >= before_that for start in starts)
