"""Finds out whether a kept fleet is the one that a run would make, and renews what ended in it."""

import hashlib
from functools import partial
from itertools import chain

from conformance.batches import at_once
from conformance.cluster import Cluster
from conformance.objects import ApiPod, ApiService, JsonObject, Metadata, read
from conformance.plan import RUN_LABEL, FleetPlan


def fingerprint_of(plan: FleetPlan) -> str:
    """Return what two plans have in common that differ in their run only."""
    text = plan.model_dump_json().replace(plan.namespace, "").replace(plan.run_id, "")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def revive(cluster: Cluster, plan: FleetPlan) -> dict[str, JsonObject]:
    """Remove the pods of a kept fleet that have ended, so that they are made again.

    So are those of which a container was started again: a kubelet waits longer each time (10 s,
    20 s, ... up to 5 min), for as long as it is the same pod
    (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy).

    Returns the pods and Services that stay, by their paths.

    Raises:
        ClusterError: they cannot be listed, or pods not be removed.
    """
    selector = f"{RUN_LABEL}={plan.run_id}"
    listed = at_once(
        partial(cluster.list, f"/api/v1/namespaces/{namespace}/{kind}", selector=selector)
        for kind in ("pods", "services")
        for namespace in plan.namespaces
    )
    count = len(plan.namespaces)
    stays, ended = dict[str, JsonObject](), list[str]()
    for item in chain(*listed[:count]):
        pod = read(ApiPod, item)
        path = _path("pods", pod.metadata)
        if pod.has_ended or any(each.restart_count for each in pod.status.container_statuses):
            ended.append(path)
        elif pod.metadata.deletion_timestamp is None:
            stays[path] = item
    for item in chain(*listed[count:]):
        stays[_path("services", read(ApiService, item).metadata)] = item
    at_once(partial(cluster.delete, path, grace=0) for path in ended)
    return stays


def _path(kind: str, found: Metadata) -> str:
    return f"/api/v1/namespaces/{found.namespace}/{kind}/{found.name}"
