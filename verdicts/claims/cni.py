"""Claims of the row cni-plugin: whose addresses pods have, and whose endpoints."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from ipaddress import ip_address, ip_network

from pydantic import JsonValue

from verdicts.claims import address_book, large_packets, paths, wire
from verdicts.claims.wire import Bearing, plugins_of, read_wire
from verdicts.findings import Finding
from verdicts.observations.cni import Origins, PlacedPod, PlatformAddresses, Plugin
from verdicts.observations.interfaces import IpNetwork, PodInterfaces

ENOUGH_PODS = 12
"""How many pods of a platform make a statement about its addresses."""


def addresses_are_distinct(observation: PlatformAddresses) -> Finding:
    """Pods of a platform have distinct addresses, none of them in the node's NAT range.

    The NAT range is the network of an address that has the pod's default route and is not its
    pod IP. Codes: `duplicate-address`, `nat-address`. Inconclusive: `too-few-pods`.

    Facts: `pods`, `addresses` (counts), `nat_ranges`.
    Source: https://kubernetes.io/docs/concepts/services-networking/#the-kubernetes-network-model
    """
    pods = [pod for pod in observation.pods if pod.addresses]
    owners = Counter(address for pod in pods for address in pod.addresses)
    ranges = nat_ranges(observation.interfaces)
    facts = _counts(pods, ranges)
    shared = sorted(address for address, count in owners.items() if count > 1)
    if shared:
        holders = sorted(pod.pod for pod in pods if shared[0] in pod.addresses)
        return Finding.failed(
            "duplicate-address", f"{shared[0]} belongs to {', '.join(holders)}", **facts
        )
    translated = [a for a in owners if any(ip_address(a) in network for network in ranges)]
    if translated:
        return Finding.failed(
            "nat-address",
            f"{translated[0]} lies in {', '.join(map(str, ranges))}, which is translated",
            **facts,
        )
    if len(pods) < ENOUGH_PODS:
        return Finding.inconclusive(
            "too-few-pods",
            f"{len(pods)} pods of {observation.platform} have an address, {ENOUGH_PODS} make a "
            "statement",
            **facts,
        )
    return Finding.passed(f"{facts['pods']} pods, {facts['addresses']} addresses", **facts)


def nat_ranges(interfaces: PodInterfaces) -> tuple[IpNetwork, ...]:
    """Return the networks by which a pod leaves its node under another address than its own.

    Only the containers that have the pod IP are asked: on Windows Server 2016 the others have
    endpoints, and hence default routes, of their own.
    """
    pod_ips = {ip_address(address) for address in interfaces.pod_ips}
    networks: dict[IpNetwork, None] = {}
    for container in interfaces.containers:
        if not pod_ips & {address.ip for address in container.addresses}:
            continue
        for family in interfaces.families:
            ways_out = {route.interface for route in container.default_routes_of(family)}
            leaving = [
                address
                for address in container.endpoint_addresses(family)
                if address.interface in ways_out
            ]
            if not pod_ips & {address.ip for address in leaving}:
                networks.update((address.network, None) for address in leaving)
    return tuple(networks)


def a_plugin_is_configured(observation: Plugin) -> Finding:
    """The node has a CNI configuration, and pods' endpoints are not somebody else's.

    Code: `no-plugin`, only where the directory was read and holds no configuration, and either
    frames bear the pod's own MAC or the pod leaves by an address that no plugin reported. An
    empty directory alone proves nothing (`configured-elsewhere`: distributions keep it in other
    places), and an unread one is no evidence (`unread`); both are not applicable.

    Facts: `networks` (names of networks and plugins), `files`.
    Source: https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/
    """
    configuration = observation.configuration
    if configuration.files is None:
        return Finding.not_applicable(
            "unread",
            f"{configuration.directory} of {configuration.node} was not read: "
            f"{configuration.reason}; unread is no evidence",
        )
    files = [file for file in configuration.files if file.plugins]
    read = configuration.model_copy(update={"files": tuple(files), "declared": ""})
    if files:
        return Finding.passed(
            f"{configuration.directory} holds {', '.join(file.file for file in files)}",
            networks=[*plugins_of(read)],
            files=[file.file for file in files],
        )
    betrayed = _not_a_plugins(observation)
    if betrayed:
        return Finding.failed(
            "no-plugin",
            f"{configuration.directory} of {configuration.node} holds no configuration, and "
            f"{betrayed}",
            networks=[],
            files=[],
        )
    return Finding.not_applicable(
        "configured-elsewhere",
        f"{configuration.directory} of {configuration.node} holds no configuration, and nothing "
        "shows that the pods' endpoints are not a plugin's",
    )


def addresses_have_an_origin(observation: Origins) -> Finding:
    """Where pods' addresses come from: the pod CIDR, the host's subnet, or a range unknown to us.

    Reported. Only where a facts file says that they are of the host's IP space, and the host's
    prefix was read on the node, is that judged: code `outside-host-space`. Inconclusive:
    `no-pods`.

    Facts: `source` (`pod-cidr`, `host-subnet`, `unknown`), `ranges`.
    Source: https://kubernetes.io/blog/2017/09/Windows-Networking-At-Parity-With-Linux
    """
    addresses = [pod.addresses[0] for pod in observation.pods if pod.addresses]
    if not addresses:
        return Finding.inconclusive(
            "no-pods", f"no pod of ours has an address on {observation.node}"
        )
    host = observation.host_networks
    if observation.declared_host_space and host is not None:
        outside = [address for address in addresses if not _in_any(address, host)]
        if outside:
            return Finding.failed(
                "outside-host-space",
                f"{outside[0]} is declared to be of the host's {', '.join(host)}, and is not",
                source="unknown",
                ranges=[*host],
            )
    origins = (("pod-cidr", observation.pod_cidrs), ("host-subnet", host or ()))
    for source, ranges in origins:
        if ranges and all(_in_any(address, ranges) for address in addresses):
            return Finding.passed(
                f"{len(addresses)} addresses of {', '.join(ranges)} ({source})",
                source=source,
                ranges=[*ranges],
            )
    unread = f"; the host's subnet was not read: {observation.reason}" if host is None else ""
    return Finding.passed(
        f"addresses of a range unknown to us, such as {addresses[0]}{unread}",
        source="unknown",
        ranges=[],
    )


CLAIMS: Mapping[str, Callable[..., Finding]] = {
    **paths.CLAIMS,
    **wire.CLAIMS,
    **large_packets.CLAIMS,
    **address_book.CLAIMS,
    **{
        claim.__name__: claim
        for claim in (addresses_are_distinct, a_plugin_is_configured, addresses_have_an_origin)
    },
}


def _counts(pods: Sequence[PlacedPod], ranges: Iterable[IpNetwork]) -> dict[str, JsonValue]:
    return {
        "pods": len(pods),
        "addresses": len({pod.addresses[0] for pod in pods}),
        "nat_ranges": [str(network) for network in ranges],
    }


def _not_a_plugins(observation: Plugin) -> str:
    """Say by what the pods' endpoints are seen not to be a plugin's; empty if by nothing.

    A plugin's result becomes the pod's IPs, so a way out by another address is not its doing.
    """
    if read_wire(observation.wire).bearing is Bearing.OWN:
        return f"frames of {observation.wire.pod_ip} bear the pod's own MAC"
    ranges = nat_ranges(observation.interfaces)
    if ranges:
        return f"pods leave by {', '.join(map(str, ranges))}, which is not of their IPs"
    return ""


def _in_any(address: str, networks: Iterable[str]) -> bool:
    return any(ip_address(address) in ip_network(network) for network in networks)
