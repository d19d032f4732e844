"""Deciding what a run places in the cluster, before anything is created; pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from conformance.plan import FleetPlan, PlannedContainer, PlannedPod, PlannedService, Role
from conformance.sites import Site, is_usable, on_other_nodes, sites_of, why_unusable
from verdicts.inventory import Inventory

LEAST_PODS: Final = 12
"""Pods of a platform that serve at the same time, for the claims on addresses (checks.md)."""
_LEAST_PEERS: Final = 3
_WITHOUT_PEERS: Final = 2  # the probe pod and the quiet one

_PROBE_CONTAINERS: Final = (
    PlannedContainer(name="a", http_port=8080, udp_port=8081),
    PlannedContainer(name="b", http_port=8090, udp_port=8091),
    PlannedContainer(name="c", http_port=8100, udp_port=8101),
)
_PEER_CONTAINER: Final = (PlannedContainer(name="a", http_port=8080, udp_port=8081),)
_QUIET_CONTAINERS: Final = (
    PlannedContainer(name="a", http_port=8070),
    # To be ended and started again, which no other pod could take without being missed.
    PlannedContainer(name="b", http_port=8090),
)
_EVIDENCE_CONTAINER: Final = (PlannedContainer(name="evidence", http_port=None),)


def plan_fleet(
    inventory: Inventory, *, run_id: str, agnhost: str, capture: str | None, extended: bool = False
) -> FleetPlan:
    """Plan the fleet of a run.

    Each judged node that is ready gets a three-container probe pod, peers so that its platform
    has at least twelve serving pods, a quiet and a doomed one, and its services. A platform that
    is judged on one node only gets a few peers on another of its nodes, where there is one. Each
    of these nodes gets an evidence pod where its userland is Linux; with `extended` these need
    what not every node has, for checks that only `--profile full` asks.
    """
    namespace = f"netparity-{run_id}"
    privileged = f"{namespace}-privileged"
    sites = sites_of(inventory)
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
            reads_books=extended,
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
            f"{each.id}: node {each.node.name} {why_unusable(each.node)}"
            for each in inventory.judged
            if not is_usable(each.node)
        ),
    )


def _peer_count(site: Site, judged: Sequence[Site]) -> int:
    siblings = sum(other.platform == site.platform for other in judged)
    return max(_LEAST_PEERS, -(-LEAST_PODS // siblings) - _WITHOUT_PEERS)


def _pods(site: Site, judged: Sequence[Site], *, namespace: str, image: str) -> list[PlannedPod]:
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
        pod(f"quiet-{site.id}", Role.QUIET, _QUIET_CONTAINERS),
        pod(f"doomed-{site.id}", Role.DOOMED, _PEER_CONTAINER),
    ]


def _services(site: Site, sites: Sequence[Site], namespace: str) -> list[PlannedService]:
    """Plan the services of a judged node; no backend is the probe pod, but for hairpin."""
    others = on_other_nodes(site.node, sites) or [site]
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
        service("awayport", far[0], node_port=True),
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
