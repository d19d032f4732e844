"""Creates a fleet at once and removes it again; waits for its removal only."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType

from conformance import manifests, timeouts
from conformance.batches import at_once
from conformance.cluster import Cluster
from conformance.errors import Forbidden, NotReadyError
from conformance.kinds import path_of
from conformance.objects import ApiService, JsonObject, read
from conformance.plan import FleetPlan, PlannedPod, Role
from conformance.waiting import Clock, eventually
from verdicts.vocabulary import Frozen


class ServiceAddress(Frozen):
    """What the API server gave a Service."""

    cluster_ip: str
    node_port: int | None = None


class Deployment(Frozen):
    """A fleet as it was handed to the API server; nothing is said of its readiness."""

    plan: FleetPlan
    created: datetime
    services: dict[str, ServiceAddress]
    """By `namespace/name`."""
    denied: str = ""
    """Why there are no evidence pods, where the API server does not admit them."""


def _nothing() -> None:
    """Claim nothing: the fleet is nobody's."""


def deploy(  # noqa: PLR0913  # what is wanted, whose it is, and what is there of it
    cluster: Cluster,
    plan: FleetPlan,
    *,
    fingerprint: str,
    kept: bool,
    claim: Callable[[], None] = _nothing,
    standing: Mapping[str, JsonObject] = MappingProxyType({}),
) -> Deployment:
    """Create everything that is planned, in parallel, and wait for none of it.

    `claim` is called once the namespaces are there and before anything is in them. Objects that
    exist already stay as they are; those that are `standing`, by their paths, are known to, and
    are not asked for. Evidence pods may be denied; whatever else is
    refused is an error, and the caller removes what was made until then.

    Raises:
        ClusterError: the API server refused an object.
    """
    created = datetime.now(UTC)
    namespaces = manifests.namespaces(plan, fingerprint=fingerprint, kept=kept)
    at_once(partial(cluster.create, manifest) for manifest in namespaces)
    claim()
    at_once(partial(cluster.create, manifest) for manifest in manifests.accounts(plan))
    addresses = at_once(
        partial(_create_service, cluster, manifests.service(planned, run_id=plan.run_id), standing)
        for planned in plan.services
    )
    missing = [pod for pod in plan.pods if pod.path not in standing]
    denials = at_once(partial(_create_pod, cluster, pod, plan.run_id) for pod in missing)
    return Deployment(
        plan=plan,
        created=created,
        services={
            f"{planned.namespace}/{planned.name}": address
            for planned, address in zip(plan.services, addresses, strict=True)
        },
        denied=next(filter(None, denials), ""),
    )


def _create_service(
    cluster: Cluster, manifest: JsonObject, standing: Mapping[str, JsonObject]
) -> ServiceAddress:
    found = standing.get(path_of(manifest)) or cluster.create(manifest)
    spec = read(ApiService, found).spec
    return ServiceAddress(
        cluster_ip=spec.cluster_ip,
        node_port=next((port.node_port for port in spec.ports if port.node_port), None),
    )


def _create_pod(cluster: Cluster, planned: PlannedPod, run_id: str) -> str:
    """Create a pod; return why an evidence pod, without which a run can go on, was denied."""
    try:
        cluster.create(manifests.pod(planned, run_id=run_id))
    except Forbidden as error:
        if planned.role is not Role.EVIDENCE:
            raise
        return error.message
    return ""


def remove(
    cluster: Cluster, namespaces: Sequence[str], *, clock: Clock | None = None
) -> tuple[str, ...]:
    """Remove namespaces and all that is in them; return those still there after the bound.

    Raises:
        ClusterError: the API server refused a removal (all are tried before).
    """
    ask_for_removal(cluster, namespaces)
    try:
        eventually(
            lambda: _still_there(cluster, namespaces),
            lambda left: not left,
            what="removal of the fleet",
            timeout=timeouts.FLEET_REMOVED,
            clock=clock,
        )
    except NotReadyError:
        return _still_there(cluster, namespaces)
    return ()


def ask_for_removal(cluster: Cluster, namespaces: Sequence[str]) -> None:
    """Ask for the removal of namespaces, and wait for none of it.

    Pods go first and without grace: a namespace's own deletion waits for each pod's.

    Raises:
        ClusterError: the API server refused a removal (all are tried before).
    """
    at_once(partial(_remove_pods, cluster, name) for name in namespaces)
    at_once(partial(cluster.delete, f"/api/v1/namespaces/{name}") for name in namespaces)


def _remove_pods(cluster: Cluster, namespace: str) -> None:
    try:
        cluster.delete(f"/api/v1/namespaces/{namespace}/pods", grace=0)
    except Forbidden:
        # deletecollection is a verb of its own; whoever lacks it can still delete the namespace.
        return


def _still_there(cluster: Cluster, namespaces: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        name for name in namespaces if cluster.find(f"/api/v1/namespaces/{name}") is not None
    )
