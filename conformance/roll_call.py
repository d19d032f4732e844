"""Tells which pods of the fleet are no longer what they were when they were given out."""

import threading
from collections.abc import Iterator
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
        self._lock = threading.Lock()

    def note(self, planned: PlannedPod, found: ApiPod) -> None:
        """Note a pod that is given out; what counts is how it was the first time."""
        if planned.role not in _LEAVES:
            with self._lock:
                self._noted.setdefault(planned.name, (planned, found))

    def departed(self) -> tuple[str, ...]:
        """Return what became of the pods that are not as they were, a sentence each.

        A pod that its kubelet finds unready is where it was: that may be the network's doing.
        Where the API does not tell, that is what is returned, for then nobody knows.
        """
        with self._lock:
            noted = tuple(self._noted.values())
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
            for fate in _fates(planned, before, there.get((planned.namespace, planned.name)))
        )

    def _pods(self, namespace: str) -> dict[str, ApiPod]:
        path = f"/api/v1/namespaces/{namespace}/pods"
        return listed(self._cluster, path, selector=self._selector)[0]


def _fates(planned: PlannedPod, before: ApiPod, now: ApiPod | None) -> Iterator[str]:
    if now is None:
        yield "was deleted"
    elif now.metadata.uid != before.metadata.uid:
        yield "was deleted and made anew"
    elif now.metadata.deletion_timestamp is not None:
        yield "is being deleted"
    elif now.has_ended:
        yield f"ended as {now.status.phase}"
    elif planned.role not in _RESTARTS and _starts(now) != _starts(before):
        yield "had a container started again"


def _starts(pod: ApiPod) -> dict[str, str]:
    """Return which start of each container runs."""
    return {each.name: each.container_id for each in pod.status.container_statuses}
