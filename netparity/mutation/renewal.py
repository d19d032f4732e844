"""Making anew what of a kept fleet a fault would not concern, because it was there before."""

from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from functools import partial
from typing import Final

from conformance.batches import at_once
from conformance.cluster import Cluster
from conformance.plan import FleetPlan, Role
from lab.faults.fault import Fault
from lab.faults.service_proxies import MisinformedProxy
from verdicts.inventory import JudgedNode
from verdicts.vocabulary import Feature


class Concerns(StrEnum):
    """What a fault concerns of what is there."""

    ALL = "what is there"
    NEW_PODS = "pods that are made from then on"
    NEW_SERVICES = "Services that are made from then on"


def concerns(fault: Fault) -> Concerns:
    """Tell what must be made anew so that a fault concerns it."""
    if fault.means.acts_on_new_pods:
        return Concerns.NEW_PODS
    if isinstance(fault.means, MisinformedProxy):
        return Concerns.NEW_SERVICES
    return Concerns.ALL


def renewed(
    plan: FleetPlan, judged: JudgedNode, concerned: Concerns, *, features: Collection[Feature]
) -> frozenset[str]:
    """Return the paths of what must be made anew of a kept fleet, for one judged node.

    Of its pods all, where a row that is asked (`features`) compares them, else those whose
    containers are asked for what they have.
    """
    match concerned:
        case Concerns.NEW_PODS:
            roles = _ALL if Feature.CNI_PLUGIN in features else _LOOKED_INTO
            return frozenset(_pods(plan, judged, roles))
        case Concerns.NEW_SERVICES:
            return frozenset(_services(plan, judged))
        case Concerns.ALL:
            return frozenset()


def remove_for_renewal(cluster: Cluster, paths: Iterable[str]) -> None:
    """Remove from a kept fleet what the next run then makes anew.

    Raises:
        ClusterError: the API server refused a removal.
    """
    at_once(partial(cluster.delete, path, grace=0) for path in sorted(paths))


_LOOKED_INTO: Final = frozenset({Role.PROBE, Role.QUIET})
_ALL: Final = frozenset(Role) - {Role.EVIDENCE}


def _pods(plan: FleetPlan, judged: JudgedNode, roles: Collection[Role]) -> Iterator[str]:
    for pod in plan.pods:
        if pod.node == judged.node.name and pod.role in roles:
            yield pod.path


def _services(plan: FleetPlan, judged: JudgedNode) -> Iterator[str]:
    """Yield the Services of a judged node, and the one that a check makes by hand."""
    for service in plan.services:
        if service.name.endswith(f"-{judged.id}"):
            yield f"/api/v1/namespaces/{service.namespace}/services/{service.name}"
    for kind in ("services", "endpoints"):
        yield f"/api/v1/namespaces/{plan.namespace}/{kind}/refusing-{judged.id}"
