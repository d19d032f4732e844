"""What a run places in the cluster, decided before anything is created; pure."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from verdicts.inventory import Inventory, JudgedNode
from verdicts.vocabulary import Frozen

LEAST_PODS: Final = 12
"""Pods of a platform that serve at the same time, for the claims on addresses (checks.md)."""
_LEAST_PEERS: Final = 3
_WITHOUT_PEERS: Final = 2  # the probe pod and the quiet one

LABEL: Final = "netparity.local"
RUN_LABEL: Final = f"{LABEL}/run"
ROLE_LABEL: Final = f"{LABEL}/role"
NODE_LABEL: Final = f"{LABEL}/judged-node"


class Role(StrEnum):
    """What a pod of the fleet is there for."""

    PROBE = "probe"
    PEER = "peer"
    QUIET = "quiet"
    DOOMED = "doomed"
    EVIDENCE = "evidence"


SERVING: Final = frozenset({Role.PROBE, Role.PEER, Role.QUIET})


class PlannedContainer(Frozen):
    """A container and the ports that its netexec serves; None where it serves none."""

    name: str
    http_port: int | None
    udp_port: int | None = None


class PlannedPod(Frozen):
    """A pod, pinned to its node."""

    name: str
    namespace: str
    role: Role
    node: str
    """The node's name."""
    judged: str
    """The judged node's id; empty on a node that is not judged."""
    platform: str
    userland: str
    image: str
    containers: tuple[PlannedContainer, ...]
    captures: bool = False
    backs: tuple[str, ...] = ()
    """Services that select this pod."""


class PlannedService(Frozen):
    """A Service; without a selector it stays without endpoints."""

    name: str
    namespace: str
    port: int = 80
    target: int = 8080
    udp: tuple[int, int] | None = None
    node_port: bool = False
    selects: bool = True
    backends: tuple[str, ...] = ()

    @property
    def selector(self) -> tuple[str, str] | None:
        """The label that chooses the backends."""
        return (f"{LABEL}/backs-{self.name}", "true") if self.selects else None


class FleetPlan(Frozen):
    """Everything that a run places in the cluster."""

    run_id: str
    namespace: str
    privileged_namespace: str
    pods: tuple[PlannedPod, ...]
    services: tuple[PlannedService, ...]
    left_out: tuple[str, ...] = ()
    """Judged nodes that nothing is placed on, each with the reason."""

    def pod(self, name: str) -> PlannedPod:
        """Return the planned pod of this name, or raise KeyError."""
        for pod in self.pods:
            if pod.name == name:
                return pod
        raise KeyError(name)

    def peers(self, judged: str) -> tuple[str, ...]:
        """Return the names of the peers on a judged node."""
        return tuple(p.name for p in self.pods if p.role is Role.PEER and p.judged == judged)

    @property
    def namespaces(self) -> tuple[str, str]:
        """Both namespaces of the run."""
        return (self.namespace, self.privileged_namespace)


_PROBE_CONTAINERS: Final = (
    PlannedContainer(name="a", http_port=8080, udp_port=8081),
    PlannedContainer(name="b", http_port=8090, udp_port=8091),
    PlannedContainer(name="c", http_port=8100, udp_port=8101),
)
_PEER_CONTAINER: Final = (PlannedContainer(name="a", http_port=8080, udp_port=8081),)
_QUIET_CONTAINER: Final = (PlannedContainer(name="a", http_port=8070),)
_EVIDENCE_CONTAINER: Final = (PlannedContainer(name="evidence", http_port=None),)


def plan_fleet(
    inventory: Inventory, *, run_id: str, agnhost: str, capture: str | None
) -> FleetPlan:
    """Plan the fleet of a run.

    Each judged node that is ready gets a three-container probe pod, peers so that its platform
    has at least twelve serving pods, a quiet and a doomed one, and its services; each node an
    evidence pod where its userland is Linux.
    """
    namespace = f"netparity-{run_id}"
    privileged = f"{namespace}-privileged"
    usable = [judged for judged in inventory.judged if _usable(judged)]
    services = [_services(judged, usable, namespace) for judged in usable]
    backs = _backed([service for of_node in services for service in of_node])
    pods = [
        pod.model_copy(update={"backs": backs.get(pod.name, ())})
        for judged in usable
        for pod in _pods(judged, usable, namespace=namespace, image=agnhost)
    ]
    evidence = [
        PlannedPod(
            name=f"evidence-{node.name}",
            namespace=privileged,
            role=Role.EVIDENCE,
            node=node.name,
            judged=next((j.id for j in usable if j.node.name == node.name), ""),
            platform=node.platform,
            userland="linux",
            image=capture or agnhost,
            containers=_EVIDENCE_CONTAINER,
            captures=capture is not None,
        )
        for node in inventory.nodes
        if node.name in {judged.node.name for judged in usable}
        and node.operating_system != "windows"
    ]
    shared = (
        PlannedService(name="empty", namespace=namespace),
        PlannedService(name="kubernetes", namespace=namespace, selects=False),
        PlannedService(name="twin", namespace=namespace, selects=False),
        PlannedService(name="twin", namespace=privileged, selects=False),
        PlannedService(name="alone", namespace=namespace, selects=False),
    )
    return FleetPlan(
        run_id=run_id,
        namespace=namespace,
        privileged_namespace=privileged,
        pods=tuple(sorted((*pods, *evidence), key=_creation_order)),
        services=(*shared, *(service for of_node in services for service in of_node)),
        left_out=tuple(
            f"{judged.id}: node {judged.node.name} {_why_not(judged)}"
            for judged in inventory.judged
            if not _usable(judged)
        ),
    )


def other_nodes(judged: JudgedNode, all_judged: Sequence[JudgedNode]) -> list[JudgedNode]:
    """Return the other judged nodes: same platform first, then Linux, then the rest."""
    others = [other for other in all_judged if other.node.name != judged.node.name]

    def distance(other: JudgedNode) -> int:
        return (other.platform != judged.platform) + (
            other.platform not in {judged.platform, "linux"}
        )

    return sorted(others, key=distance)


def other_node_peers(judged: JudgedNode, inventory: Inventory) -> tuple[str, ...]:
    """Return the names of peers on other nodes, two a node, same platform first, then Linux."""
    usable = [other for other in inventory.judged if _usable(other)]
    near = [
        other
        for other in other_nodes(judged, usable)
        if other.platform in {judged.platform, "linux"}
    ]
    return tuple(f"peer-{other.id}-{ordinal}" for other in near for ordinal in range(2))


def _usable(judged: JudgedNode) -> bool:
    return judged.node.ready and judged.node.schedulable


def _why_not(judged: JudgedNode) -> str:
    if not judged.node.ready:
        return f"is NotReady ({judged.node.reason or 'no reason given'})"
    return "is cordoned"


def _peer_count(judged: JudgedNode, usable: Sequence[JudgedNode]) -> int:
    siblings = sum(other.platform == judged.platform for other in usable)
    return max(_LEAST_PEERS, -(-LEAST_PODS // siblings) - _WITHOUT_PEERS)


def _pods(
    judged: JudgedNode, usable: Sequence[JudgedNode], *, namespace: str, image: str
) -> list[PlannedPod]:
    userland = "windows" if judged.node.operating_system == "windows" else "linux"

    def pod(name: str, role: Role, containers: tuple[PlannedContainer, ...]) -> PlannedPod:
        return PlannedPod(
            name=name,
            namespace=namespace,
            role=role,
            node=judged.node.name,
            judged=judged.id,
            platform=judged.platform,
            userland=userland,
            image=image,
            containers=containers,
        )

    return [
        pod(f"probe-{judged.id}", Role.PROBE, _PROBE_CONTAINERS),
        *(
            pod(f"peer-{judged.id}-{ordinal}", Role.PEER, _PEER_CONTAINER)
            for ordinal in range(_peer_count(judged, usable))
        ),
        pod(f"quiet-{judged.id}", Role.QUIET, _QUIET_CONTAINER),
        pod(f"doomed-{judged.id}", Role.DOOMED, _PEER_CONTAINER),
    ]


def _services(
    judged: JudgedNode, usable: Sequence[JudgedNode], namespace: str
) -> list[PlannedService]:
    """Plan the services of a judged node; no backend is the probe pod, but for hairpin."""
    others = other_nodes(judged, usable) or [judged]
    here = [f"peer-{judged.id}-{ordinal}" for ordinal in range(_LEAST_PEERS)]
    far = [f"peer-{others[0].id}-1", f"peer-{others[min(1, len(others) - 1)].id}-2"]
    spread = (here[0], *far)

    def service(name: str, *backends: str, **fields: object) -> PlannedService:
        return PlannedService.model_validate(
            {
                "name": f"{name}-{judged.id}",
                "namespace": namespace,
                "backends": backends,
                **fields,
            }
        )

    return [
        service("lb", *spread, udp=(81, 8081)),
        service("rr", *spread),
        service("scale", here[1], far[0]),
        service("hairpin", f"probe-{judged.id}"),
        service("nodeport", here[2], node_port=True),
        service("source", far[0]),
    ]


def _backed(services: Sequence[PlannedService]) -> Mapping[str, tuple[str, ...]]:
    """Turn services over backends into the services that each pod backs."""
    backs: dict[str, tuple[str, ...]] = {}
    for service in services:
        for pod in service.backends:
            backs[pod] = (*backs.get(pod, ()), service.name)
    return backs


def _creation_order(pod: PlannedPod) -> tuple[int, int, str]:
    """Put first what most questions wait for: probe pods, then backends, Linux before others."""
    roles = [Role.PROBE, Role.PEER, Role.QUIET, Role.EVIDENCE, Role.DOOMED]
    return (roles.index(pod.role), not pod.backs, pod.name)
