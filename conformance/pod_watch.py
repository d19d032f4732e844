"""Follows the pods of a namespace by one watch, and tells when one became ready."""

import math
import threading
import time
from typing import Final

from conformance import timeouts
from conformance.cluster import Change, Cluster
from conformance.errors import ClusterError, HarnessError, NotReadyError
from conformance.following import GONE, listed
from conformance.objects import ApiPod, read
from conformance.plan import PlannedPod
from conformance.timeouts import Patience

FOLLOWER: Final = "netparity-pods"
_NEVER: Final = frozenset(
    {"ErrImageNeverPull", "InvalidImageName", "CreateContainerConfigError", "RunContainerError"}
)
_PULLING: Final = frozenset({"ErrImagePull", "ImagePullBackOff"})


class PodWatch:
    """The pods of one namespace that bear a label, as the API server last told of them."""

    def __init__(
        self, cluster: Cluster, namespace: str, *, selector: str, patience: Patience
    ) -> None:
        self._cluster = cluster
        self._path = f"/api/v1/namespaces/{namespace}/pods"
        self._selector = selector
        self._patience = patience
        self._pods: dict[str, ApiPod] = {}
        self._pulling_since: dict[str, float] = {}
        self._running_since: dict[str, float] = {}
        self._away_since: dict[str, float] = {}
        self._error: HarnessError | None = None
        self._changed = threading.Condition()
        self._stopped = False
        self._started = False
        self._listed = False

    def ready(self, planned: PlannedPod, *, deadline: float) -> ApiPod:
        """Return the pod once it is ready on its node; `deadline` is on the monotonic clock.

        One of which a container ended and is started again has the time that this takes, besides;
        one that runs and does not become ready is given up before (`Patience.unready_given_up`).

        Raises:
            NotReadyError: it did not become so, or cannot any more; says what it waits for.
            ClusterError: pods cannot be watched.
        """
        return self._await(planned, deadline=deadline, wants_ready=True)

    def running(self, planned: PlannedPod, *, deadline: float) -> ApiPod:
        """Return the pod once it is ready, or has run unready for as long as that may take.

        All its containers run then, and it has an address.

        Raises:
            NotReadyError: it does not run until `deadline`; says what it waits for.
            ClusterError: pods cannot be watched.
        """
        return self._await(planned, deadline=deadline, wants_ready=False)

    def _await(self, planned: PlannedPod, *, deadline: float, wants_ready: bool) -> ApiPod:
        self._start()
        with self._changed:
            # A deadline may have passed before this process came to ask; what is, is seen first.
            self._changed.wait_for(lambda: self._listed or self._error, timeouts.REQUEST)
            missed = time.monotonic() + timeouts.POD_TOLD_OF if self._listed else math.inf
            while True:
                pod = self._pods.get(planned.name)
                if pod is not None and _is_ready(pod):
                    return _on_its_node(pod, planned)
                if self._error is not None:
                    raise self._error
                now = time.monotonic()
                if not wants_ready and pod is not None and self._had_its_time(pod, now, deadline):
                    return _on_its_node(pod, planned)
                is_missed = pod is None and missed <= now
                reason = "it was deleted" if is_missed else self._hopeless(pod)
                left = self._given_up_at(planned.name, deadline) - now
                if reason or left <= 0:
                    raise NotReadyError(
                        f"{planned.name} on {planned.node} - not ready - "
                        f"{reason or 'out of time'}: {_state(pod)}",
                        next_step=_next_step(pod, planned),
                    )
                self._changed.wait(min(left, 1.0))

    def stop(self) -> None:
        """Follow no more; the thread ends with its current request."""
        self._stopped = True

    def _start(self) -> None:
        with self._changed:
            if self._started:
                return
            self._started = True
        threading.Thread(target=self._follow, name=FOLLOWER, daemon=True).start()

    def _follow(self) -> None:
        """List and watch anew until stopped; an API that fails for good is told to the waiting."""
        while not self._stopped:
            try:
                version = self._list()
                for event in self._cluster.watch(
                    self._path,
                    selector=self._selector,
                    version=version,
                    timeout=timeouts.WATCH_REOPENED,
                ):
                    if self._stopped:
                        # Nothing is read while the interpreter goes: a thread that ends within
                        # pydantic's Rust aborts the process ("FATAL: exception not rethrown").
                        return
                    self._took(event.change, read(ApiPod, event.object))
            except ClusterError as error:
                if error.status == GONE:
                    continue
                with self._changed:
                    self._error = error
                    self._changed.notify_all()
                return

    def _list(self) -> str:
        pods, version = listed(self._cluster, self._path, selector=self._selector)
        for pod in pods.values():
            self._took(Change.ADDED, pod)
        with self._changed:
            self._listed = True
            self._changed.notify_all()
        return version

    def _took(self, change: Change, pod: ApiPod) -> None:
        name = pod.metadata.name
        with self._changed:
            if change is Change.DELETED:
                self._pods.pop(name, None)
            else:
                self._pods[name] = pod
            if change is Change.DELETED or not _runs(pod):
                self._running_since.pop(name, None)
            else:
                self._running_since.setdefault(name, time.monotonic())
            if change is Change.DELETED or _is_ready(pod):
                self._away_since.pop(name, None)
            elif _is_started_again(pod):
                self._away_since.setdefault(name, time.monotonic())
            if _waiting_reason(pod) in _PULLING:
                self._pulling_since.setdefault(name, time.monotonic())
            self._changed.notify_all()

    def _had_its_time(self, pod: ApiPod, now: float, deadline: float) -> bool:
        """Say whether a running pod would have been found ready by now, if it ever were."""
        since = self._running_since.get(pod.metadata.name)
        needed = self._patience.ready_after_running
        return since is not None and now >= min(since + needed, deadline)

    def _given_up_at(self, name: str, deadline: float) -> float:
        """Return the deadline, an earlier one for a pod that runs unready, a later one after an end.

        A check that ends a container keeps it from others.
        """
        running, away = self._running_since.get(name), self._away_since.get(name)
        if away is not None:
            deadline = max(deadline, away + self._patience.restarted)
        if running is not None:
            deadline = min(deadline, running + self._patience.unready_given_up)
        return deadline

    def _hopeless(self, pod: ApiPod | None) -> str:
        if pod is None:
            return ""
        if pod.has_ended:
            return f"it ended as {pod.status.phase}"
        reason = _waiting_reason(pod)
        since = self._pulling_since.get(pod.metadata.name)
        if reason in _NEVER:
            return "it cannot start"
        if reason in _PULLING and since is not None:
            pulled = time.monotonic() - since
            return "its image cannot be pulled" if pulled > timeouts.IMAGE_PULL_GRACE else ""
        return ""


def _is_ready(pod: ApiPod) -> bool:
    return pod.condition("Ready").status == "True" and _runs(pod)


def _runs(pod: ApiPod) -> bool:
    statuses = pod.status.container_statuses
    return (
        pod.metadata.deletion_timestamp is None
        and len(statuses) == len(pod.spec.containers)
        and all(status.state.running is not None for status in statuses)
        and bool(pod.status.pod_ip)
    )


def _is_started_again(pod: ApiPod) -> bool:
    """Say whether a container has ended that its kubelet starts again."""
    return pod.spec.restart_policy == "Always" and any(
        status.state.running is None
        and (status.state.terminated is not None or status.last_state.terminated is not None)
        for status in pod.status.container_statuses
    )


def _on_its_node(pod: ApiPod, planned: PlannedPod) -> ApiPod:
    names = tuple(container.name for container in pod.spec.containers)
    wanted = tuple(container.name for container in planned.containers)
    if pod.spec.node_name != planned.node:
        raise NotReadyError(
            f"{planned.name} - it runs elsewhere - Expected: {planned.node} "
            f"Actual: {pod.spec.node_name}",
            next_step="see which webhook or scheduler changes affinity",
        )
    if names != wanted:
        raise NotReadyError(
            f"{planned.name} - its containers were changed on admission - "
            f"Expected: {', '.join(wanted)} Actual: {', '.join(names)}",
            next_step="exempt the run's namespaces from the mesh that injects its sidecar",
        )
    return pod


def _waiting(pod: ApiPod) -> list[tuple[str, str]]:
    return [
        (status.state.waiting.reason, status.state.waiting.message)
        for status in pod.status.container_statuses
        if status.state.waiting is not None
    ]


def _waiting_reason(pod: ApiPod) -> str:
    return next((reason for reason, _ in _waiting(pod) if reason in _NEVER | _PULLING), "")


def _state(pod: ApiPod | None) -> str:
    """Tell the last known state of a pod, from the most telling word to the least."""
    if pod is None:
        return "the API has no such pod"
    scheduled = pod.condition("PodScheduled")
    told = (
        "; ".join(f"{reason} {message}".strip() for reason, message in _waiting(pod)),
        scheduled.message if scheduled.status == "False" else "",
        f"{pod.status.reason} {pod.status.message}".strip(),
        pod.condition("Ready").message,
    )
    return next(filter(None, told), f"phase {pod.status.phase}")[:400]


def _next_step(pod: ApiPod | None, planned: PlannedPod) -> str:
    if pod is not None and _waiting_reason(pod):
        return f"see that {planned.node} can have {planned.image}, or name another --agnhost-image"
    return f"kubectl -n {planned.namespace} describe pod {planned.name}"
