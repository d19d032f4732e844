"""What a run places in the cluster, decided before anything is created; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from conformance.platforms import LINUX
from verdicts.inventory import Inventory, JudgedNode, Node
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
    """The judged node's id; empty for lent peers and evidence pods."""
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


@dataclass(frozen=True, slots=True)
class _Site:
    """A node that pods are placed on: a judged one, or one that only lends peers to others."""

    id: str
    node: Node
    judged: bool

    @property
    def platform(self) -> str:
        return self.node.platform

    def peer(self, ordinal: int) -> str:
        return f"peer-{self.id}-{ordinal}"


def plan_fleet(
    inventory: Inventory, *, run_id: str, agnhost: str, capture: str | None
) -> FleetPlan:
    """Plan the fleet of a run.

    Each judged node that is ready gets a three-container probe pod, peers so that its platform
    has at least twelve serving pods, a quiet and a doomed one, and its services. A platform that
    is judged on one node only gets a few peers on another of its nodes, where there is one. Each
    of these nodes gets an evidence pod where its userland is Linux.
    """
    namespace = f"netparity-{run_id}"
    privileged = f"{namespace}-privileged"
    sites = _sites(inventory)
    judged = [site for site in sites if site.judged]
    services = [planned for site in judged for planned in _services(site, sites, namespace)]
    backs = _backed(services)
    pods = [
        pod.model_copy(update={"backs": backs.get(pod.name, ())})
        for site in sites
        for pod in _pods(site, judged, namespace=namespace, image=agnhost)
    ]
    evidence = [
        PlannedPod(
            name=f"evidence-{node.name}",
            namespace=privileged,
            role=Role.EVIDENCE,
            node=node.name,
            judged="",
            platform=node.platform,
            userland="linux",
            image=capture or agnhost,
            containers=_EVIDENCE_CONTAINER,
            captures=capture is not None,
        )
        for node in {site.node.name: site.node for site in sites}.values()
        if node.operating_system != "windows"
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
        services=(*shared, *services),
        left_out=tuple(
            f"{each.id}: node {each.node.name} {_why_not(each.node)}"
            for each in inventory.judged
            if not _usable(each.node)
        ),
    )


def other_node_peers(judged: JudgedNode, inventory: Inventory) -> tuple[str, ...]:
    """Return the names of peers on other nodes, two a node, same platform first, then Linux.

    Other platforms lend theirs only where neither has another node: else what they lack would
    tell on this one.
    """
    others = _others(judged.node, _sites(inventory))
    near = [site for site in others if site.platform in {judged.platform, LINUX}]
    return tuple(site.peer(ordinal) for site in near or others for ordinal in range(2))


def _sites(inventory: Inventory) -> list[_Site]:
    """Return the judged nodes that can be used, and a lender where a platform has but one."""
    sites = [
        _Site(id=judged.id, node=judged.node, judged=True)
        for judged in inventory.judged
        if _usable(judged.node)
    ]
    for platform in dict.fromkeys(site.platform for site in sites):
        used = {site.node.name for site in sites if site.platform == platform}
        free = [
            node
            for node in inventory.nodes
            if node.platform == platform and _usable(node) and node.name not in used
        ]
        if len(used) == 1 and free:
            lender = min(free, key=lambda node: node.name)
            sites.append(_Site(id=f"{platform}-lender", node=lender, judged=False))
    return sites


def _others(node: Node, sites: Sequence[_Site]) -> list[_Site]:
    """Return the sites on other nodes: same platform first, then Linux, then the rest."""

    def distance(site: _Site) -> int:
        return (site.platform != node.platform) + (site.platform not in {node.platform, LINUX})

    return sorted((site for site in sites if site.node.name != node.name), key=distance)


def _usable(node: Node) -> bool:
    return node.ready and node.schedulable


def _why_not(node: Node) -> str:
    if not node.ready:
        return f"is NotReady ({node.reason or 'no reason given'})"
    return "is cordoned"


def _peer_count(site: _Site, judged: Sequence[_Site]) -> int:
    siblings = sum(other.platform == site.platform for other in judged)
    return max(_LEAST_PEERS, -(-LEAST_PODS // siblings) - _WITHOUT_PEERS)


def _pods(site: _Site, judged: Sequence[_Site], *, namespace: str, image: str) -> list[PlannedPod]:
    def pod(name: str, role: Role, containers: tuple[PlannedContainer, ...]) -> PlannedPod:
        return PlannedPod(
            name=name,
            namespace=namespace,
            role=role,
            node=site.node.name,
            judged=site.id if site.judged else "",
            platform=site.platform,
            userland="windows" if site.node.operating_system == "windows" else "linux",
            image=image,
            containers=containers,
        )

    count = _peer_count(site, judged) if site.judged else _LEAST_PEERS
    peers = [pod(site.peer(number), Role.PEER, _PEER_CONTAINER) for number in range(count)]
    if not site.judged:
        return peers
    return [
        pod(f"probe-{site.id}", Role.PROBE, _PROBE_CONTAINERS),
        *peers,
        pod(f"quiet-{site.id}", Role.QUIET, _QUIET_CONTAINER),
        pod(f"doomed-{site.id}", Role.DOOMED, _PEER_CONTAINER),
    ]


def _services(site: _Site, sites: Sequence[_Site], namespace: str) -> list[PlannedService]:
    """Plan the services of a judged node; no backend is the probe pod, but for hairpin."""
    others = _others(site.node, sites) or [site]
    far = (others[0].peer(1), others[min(1, len(others) - 1)].peer(2))
    spread = (site.peer(0), *far)

    def service(name: str, *backends: str, **fields: object) -> PlannedService:
        return PlannedService.model_validate(
            {"name": f"{name}-{site.id}", "namespace": namespace, "backends": backends, **fields}
        )

    return [
        service("lb", *spread, udp=(81, 8081)),
        service("rr", *spread),
        service("scale", site.peer(2), far[0]),
        service("hairpin", f"probe-{site.id}"),
        service("nodeport", site.peer(2), node_port=True),
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
