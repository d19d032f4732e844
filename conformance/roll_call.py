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
                (namespace, name): pod
                for namespace in sorted({planned.namespace for planned, _ in noted})
                for name, pod in self._pods(namespace).items()
            }
        except ClusterError as error:
            return (f"the API did not tell whether the pods are as they were: {error}",)
        return tuple(
            f"{planned.name} {fate}"
            for planned, before in noted
            for now in (there.get((planned.namespace, planned.name)),)
            if (fate := _fate(before, now) or _restart(planned, before, now, since))
        )

    def _pods(self, namespace: str) -> dict[str, ApiPod]:
        path = f"/api/v1/namespaces/{namespace}/pods"
        return listed(self._cluster, path, selector=self._selector)[0]


def _fate(before: ApiPod, now: ApiPod | None) -> str:
    if now is None:
        return "was deleted"
    if now.metadata.uid != before.metadata.uid:
        return "was deleted and made anew"
    if now.metadata.deletion_timestamp is not None:
        return "is being deleted"
    return f"ended as {now.status.phase}" if now.has_ended else ""


def _restart(planned: PlannedPod, before: ApiPod, now: ApiPod | None, since: datetime) -> str:
    if now is None or planned.role in _RESTARTS:
        return ""
    known = {each.container_id for each in before.status.container_statuses}
    others = [each for each in now.status.container_statuses if each.container_id not in known]
    starts = (each.state.running.started_at if each.state.running else None for each in others)
    # By the clock of its node, which need not be that of `since`.
    before_that = since - timedelta(seconds=SANE_SKEW)
    if all(start is not None and start < before_that for start in starts):
        return ""
    return "had a container started again"
