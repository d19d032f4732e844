"""Finds out whether a kept fleet is the one that a run would make, and renews what ended in it."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain
from typing import TypeAlias

from conformance import manifests, timeouts
from conformance.batches import at_once
from conformance.cluster import Cluster
from conformance.objects import ApiPod, ApiService, JsonObject, Metadata, read
from conformance.plan import LABEL, FleetPlan, PlannedPod
from conformance.waiting import eventually


def fingerprint_of(plan: FleetPlan) -> str:
    """Return what two plans have in common that differ in their run only."""
    text = plan.model_dump_json().replace(plan.namespace, "").replace(plan.run_id, "")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def revive(cluster: Cluster, plan: FleetPlan) -> dict[str, JsonObject]:
    """Bring a kept fleet back to what was planned, but for what is to be made again.

    Removed are pods that have ended or are ending; those of which a container was started again,
    for a kubelet waits longer each time (10 s, 20 s, ... up to 5 min), for as long as it is the
    same pod (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy); and
    pods and Services that nobody planned: a check that was killed has left them. Labels that such a
    check has set or taken away are as planned again.

    Returns the pods and Services that stay, by their paths.

    Raises:
        ClusterError: they cannot be listed, labelled or removed.
        NotReadyError: what was removed is still there.
    """
    listed = at_once(
        partial(cluster.list, f"/api/v1/namespaces/{namespace}/{kind}")
        for kind in ("pods", "services")
        for namespace in plan.namespaces
    )
    count = len(plan.namespaces)
    pods = {pod.path: pod for pod in plan.pods}
    services = {f"/api/v1/namespaces/{s.namespace}/services/{s.name}" for s in plan.services}
    stays, goes, changes = dict[str, JsonObject](), list[str](), dict[str, _Labels]()
    for item in chain(*listed[:count]):
        pod = read(ApiPod, item)
        path = _path("pods", pod.metadata)
        if path not in pods or _is_spent(pod):
            goes.append(path)
            continue
        stays[path] = item
        changed = _changed(pod.metadata.labels, pods[path], plan.run_id)
        if changed:
            changes[path] = changed
    for item in chain(*listed[count:]):
        path = _path("services", read(ApiService, item).metadata)
        if path in services:
            stays[path] = item
        else:
            goes.append(path)
    at_once(partial(cluster.label, path, changed) for path, changed in changes.items())
    at_once(partial(cluster.delete, path, grace=0) for path in goes)
    _await_gone(cluster, goes)
    return stays


_Labels: TypeAlias = dict[str, str | None]


def _is_spent(pod: ApiPod) -> bool:
    return (
        pod.has_ended
        or pod.metadata.deletion_timestamp is not None
        or any(each.restart_count for each in pod.status.container_statuses)
    )


def _changed(labels: Mapping[str, str], planned: PlannedPod, run_id: str) -> _Labels:
    """Return what makes a pod's labels those that it was planned with; others' are left alone."""
    wanted = manifests.pod_labels(planned, run_id=run_id)
    strange = (key for key in labels if key.startswith(f"{LABEL}/") and key not in wanted)
    return {
        **{key: value for key, value in wanted.items() if labels.get(key) != value},
        **dict.fromkeys(strange),
    }


def _await_gone(cluster: Cluster, goes: Sequence[str]) -> None:
    """Wait until nothing is there that a new object of its name would be taken for."""
    if goes:
        eventually(
            lambda: [path for path in goes if cluster.find(path) is not None],
            lambda left: not left,
            what="what was removed from the kept fleet is gone",
            timeout=timeouts.FLEET_REMOVED,
            next_step="see what holds it back, or leave --reuse-fleet out",
        )


def _path(kind: str, found: Metadata) -> str:
    return f"/api/v1/namespaces/{found.namespace}/{kind}/{found.name}"
