"""Finds out whether a kept fleet is the one that a run would make, and renews what ended in it."""

import hashlib
from functools import partial

from conformance.batches import at_once
from conformance.cluster import Cluster
from conformance.objects import ApiPod, read
from conformance.plan import RUN_LABEL, FleetPlan


def fingerprint_of(plan: FleetPlan) -> str:
    """Return what two plans have in common that differ in their run only."""
    text = plan.model_dump_json().replace(plan.namespace, "").replace(plan.run_id, "")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def revive(cluster: Cluster, plan: FleetPlan) -> None:
    """Remove the pods of a kept fleet that have ended, so that they are made again.

    So are those of which a container was started again: a kubelet waits longer each time (10 s,
    20 s, ... up to 5 min), for as long as it is the same pod
    (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy).

    Raises:
        ClusterError: pods cannot be listed or removed.
    """
    pods = [
        read(ApiPod, item)
        for namespace in plan.namespaces
        for item in cluster.list(
            f"/api/v1/namespaces/{namespace}/pods", selector=f"{RUN_LABEL}={plan.run_id}"
        )
    ]
    at_once(
        partial(
            cluster.delete,
            f"/api/v1/namespaces/{pod.metadata.namespace}/pods/{pod.metadata.name}",
            grace=0,
        )
        for pod in pods
        if pod.has_ended or any(each.restart_count for each in pod.status.container_statuses)
    )
