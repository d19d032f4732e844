"""Claims of the row single-endpoint: one address, one way out, and no translation between pods."""

from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv6Address, ip_address

from pydantic import JsonValue

from verdicts.findings import Finding
from verdicts.observations.endpoint import SourceAsk, Sources
from verdicts.observations.interfaces import ContainerInterfaces, IpAddress, PodInterfaces
from verdicts.vocabulary import Placement

_Facts = dict[str, JsonValue]


def every_container_has_one_address(observation: PodInterfaces) -> Finding:
    """Every container has exactly one endpoint address in each family of the pod.

    An endpoint address is neither loopback nor link-local; families that `status.podIPs` lacks
    are not judged (EKS gives IPv4 pods an IPv6 address for egress alone). Which addresses they
    are is the compartment row's. Codes: `no-address`, `second-address`; the former outweighs.
    Inconclusive: `no-pod-ip`.

    Facts: `pod_ip`, the first pod IP, where a container has it, else empty; `addresses`, the
    endpoint addresses of each container; `endpoints`, those in the first pod IP's family of the
    container that has it; `default_route_address`, which of them goes with the default route, else empty;
    `outside`, those of them that lie in no network of the pod IP.
    Source: https://kubernetes.io/docs/concepts/services-networking/#the-kubernetes-network-model;
    two on Windows Server 2016: https://github.com/kubernetes/kubernetes/pull/41625.
    """
    if not observation.pod_ips:
        return Finding.inconclusive("no-pod-ip", f"{observation.pod} has no status.podIPs")
    facts = _endpoint_facts(observation)
    counted = [
        (container, family, [a.address for a in container.endpoint_addresses(family)])
        for container in observation.containers
        for family in observation.families
    ]
    for container, family, addresses in counted:
        if not addresses:
            return Finding.failed(
                "no-address", f"{container.container} has no IPv{family} address", **facts
            )
    for container, family, addresses in counted:
        if len(addresses) > 1:
            return Finding.failed(
                "second-address",
                f"{container.container} has {len(addresses)} IPv{family} addresses: "
                f"{', '.join(addresses)}",
                **facts,
            )
    distinct = dict.fromkeys(address for _, _, addresses in counted for address in addresses)
    return Finding.passed(f"one address per family: {', '.join(distinct)}", **facts)


def every_container_has_one_default_route(observation: PodInterfaces) -> Finding:
    """Every container has exactly one active default route in each family of the pod.

    Several next hops of one route are one route; the same gateway on the same interface listed
    twice is one route; routes that reject are none. Codes: `no-default-route`,
    `second-default-route`; the former outweighs. Inconclusive: `no-pod-ip`.

    Facts: `default_routes`, each container's as `"<gateway> on <interface>"`.
    """
    if not observation.pod_ips:
        return Finding.inconclusive("no-pod-ip", f"{observation.pod} has no status.podIPs")
    routes = {
        (container.container, family): [
            f"{' and '.join(route.gateways) or 'no gateway'} on {route.interface}"
            for route in container.default_routes_of(family)
        ]
        for container in observation.containers
        for family in observation.families
    }
    facts: _Facts = {
        "default_routes": {
            container.container: [
                route
                for family in observation.families
                for route in routes[container.container, family]
            ]
            for container in observation.containers
        }
    }
    for (container, family), found in routes.items():
        if not found:
            return Finding.failed(
                "no-default-route", f"{container} has no IPv{family} default route", **facts
            )
    for (container, family), found in routes.items():
        if len(found) > 1:
            return Finding.failed(
                "second-default-route",
                f"{container} has {len(found)} IPv{family} default routes: {'; '.join(found)}",
                **facts,
            )
    distinct = dict.fromkeys(route for found in routes.values() for route in found)
    return Finding.passed(f"one default route per family: {'; '.join(distinct)}", **facts)


def peers_see_the_containers_own_address(observation: Sources) -> Finding:
    """Every peer sees, as its client, the address that the asking container itself has.

    Where the container's routes name the source towards that peer, it must be that one. Codes:
    `translated`. Not applicable: `no-other-node`. Inconclusive: `no-peer`, `no-own-address`,
    `peer-not-reached`, `unreadable-answer`; a peer that translates outweighs them.

    Facts: `placement`, `sources` (the addresses that peers saw), `peers`, `nodes` (where those
    peers run); on failure `container`, `peer`, `node`, `saw`, `expected` of the first that was
    translated.
    Source: https://kubernetes.io/docs/concepts/services-networking/#the-kubernetes-network-model.
    """
    if not observation.asks:
        return _nobody_to_ask(observation)
    sources = dict.fromkeys(str(s) for ask in observation.asks for s in _sources(ask) if s)
    nodes = sorted({ask.peer_node for ask in observation.asks})
    facts: _Facts = {
        "placement": observation.placement.value,
        "sources": [*sources],
        "peers": [*sorted({ask.peer for ask in observation.asks})],
        "nodes": [*nodes],
    }
    for ask in observation.asks:
        for saw in _sources(ask):
            if saw and ask.own and saw not in _rightful(ask):
                expected = ask.path_source or " or ".join(ask.own)
                return Finding.failed(
                    "translated",
                    f"{ask.peer} sees {saw} where {ask.container} has {expected}",
                    container=ask.container,
                    peer=ask.peer,
                    node=ask.peer_node,
                    saw=str(saw),
                    expected=expected,
                    **facts,
                )
    doubts = [doubt for ask in observation.asks if (doubt := _doubt(ask))]
    if doubts:
        code, seen = doubts[0]
        return Finding.inconclusive(code, seen, **facts)
    return Finding.passed(f"peers on {', '.join(nodes)} see {', '.join(sources)}", **facts)


CLAIMS: Mapping[str, Callable[..., Finding]] = {
    claim.__name__: claim
    for claim in (
        every_container_has_one_address,
        every_container_has_one_default_route,
        peers_see_the_containers_own_address,
    )
}


def _nobody_to_ask(observation: Sources) -> Finding:
    if observation.placement is Placement.OTHER_NODE and not observation.nodes:
        return Finding.not_applicable(
            "no-other-node", "the cluster has no other node that takes pods"
        )
    return Finding.inconclusive(
        "no-peer", f"no peer of {observation.pod} runs on {', '.join(observation.nodes)}"
    )


def _sources(ask: SourceAsk) -> list[IpAddress | None]:
    return [_client_address(answer) for answer in ask.attempts.answers]


def _client_address(answer: str) -> IpAddress | None:
    """Read the address of Go's `<address>:<port>`; None where the answer is something else."""
    host, _, port = answer.strip().rpartition(":")
    if not port.isdecimal():
        return None
    try:
        address = ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _rightful(ask: SourceAsk) -> frozenset[IpAddress]:
    own = frozenset(map(ip_address, ask.own))
    on_path = own & {ip_address(ask.path_source)} if ask.path_source else own
    return on_path or own


def _doubt(ask: SourceAsk) -> tuple[str, str] | None:
    """Say why an ask that shows no translation does not show the contrary either."""
    who = f"{ask.container} asking {ask.peer} at {ask.attempts.address}"
    if not ask.attempts.answers:
        failures = "; ".join(dict.fromkeys(f.detail for f in ask.attempts.failures))
        return "peer-not-reached", f"{who}: {failures or 'no answer was kept'}"
    unreadable = [answer for answer in ask.attempts.answers if _client_address(answer) is None]
    if unreadable:
        return "unreadable-answer", f"{who}: {unreadable[0]!r}"
    if not ask.own:
        return "no-own-address", f"{who}: the container lists no address of that family"
    return None


def _endpoint_facts(observation: PodInterfaces) -> _Facts:
    pod_ip = ip_address(observation.pod_ips[0])
    bearer = _bearer(observation, pod_ip)
    mine = bearer.endpoint_addresses(pod_ip.version)
    home = [address.network for address in bearer.addresses if address.ip == pod_ip]
    return {
        "pod_ip": str(pod_ip) if home else "",
        "addresses": {
            name: [*addresses] for name, addresses in observation.addresses_by_container.items()
        },
        "endpoints": [address.address for address in mine],
        "default_route_address": _default_route_address(bearer, pod_ip.version),
        "outside": [a.address for a in mine if home and not any(a.ip in net for net in home)],
    }


def _bearer(observation: PodInterfaces, pod_ip: IpAddress) -> ContainerInterfaces:
    """Return the container that has the pod IP, else the first that has most addresses."""
    for container in observation.containers:
        if any(address.ip == pod_ip for address in container.addresses):
            return container
    return max(observation.containers, key=lambda c: len(c.endpoint_addresses(pod_ip.version)))


def _default_route_address(container: ContainerInterfaces, family: int) -> str:
    candidates: Iterable[str] = (
        route.source or address.address
        for route in container.default_routes_of(family)
        for address in container.endpoint_addresses(family)
        if address.interface == route.interface
    )
    return next(iter(candidates), "")
