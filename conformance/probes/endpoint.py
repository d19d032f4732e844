"""Ask peers on the same and on another node which source address they see."""

from collections.abc import Mapping, Sequence
from functools import partial
from ipaddress import ip_address
from typing import Final

from conformance.batches import at_once
from conformance.containers import Container, Pod
from conformance.handles import NodeUnderTest
from conformance.probes.interfaces import pod_interfaces
from conformance.userlands.asking import asking
from verdicts.observations.endpoint import SourceAsk, Sources
from verdicts.observations.interfaces import ContainerInterfaces
from verdicts.vocabulary import Placement

_TRIES: Final = 2


def sources(node: NodeUnderTest, *, placement: Placement) -> Sources:
    """Let every container of the probe pod ask peers for their client's address.

    One peer on the judged node, or one on each other node that has any; every address of a peer
    whose family the pod has too.

    Raises:
        HarnessError: a container could not be asked.
    """
    pod = node.probe_pod
    interfaces = pod_interfaces(node)
    here = placement is Placement.SAME_NODE
    peers = node.peers_same_node[:1] if here else _one_a_node(node.peers_other_node)
    others = [
        other.name
        for other in node.facts.nodes
        if other.ready and other.schedulable and other.name != node.judged.node.name
    ]
    asked = zip(pod.containers, interfaces.containers, strict=True)
    asks = at_once(
        partial(_ask, container, listed, peers, families=interfaces.families)
        for container, listed in asked
    )
    return Sources(
        pod=pod.name,
        pod_ips=pod.ips,
        placement=placement,
        nodes=(node.judged.node.name,) if here else tuple(others),
        asks=tuple(ask for of_container in asks for ask in of_container),
    )


def _one_a_node(peers: Sequence[Pod]) -> tuple[Pod, ...]:
    first: dict[str, Pod] = {}
    for peer in peers:
        first.setdefault(peer.node, peer)
    return tuple(first.values())


def _ask(
    container: Container,
    listed: ContainerInterfaces,
    peers: Sequence[Pod],
    *,
    families: Sequence[int],
) -> list[SourceAsk]:
    targets = [
        (peer, address)
        for peer in peers
        for address in peer.ips
        if ip_address(address).version in families
    ]
    chosen = _path_sources(container, [address for _, address in targets])
    return at_once(
        partial(_ask_peer, container, listed, peer, address, chosen) for peer, address in targets
    )


def _ask_peer(
    container: Container,
    listed: ContainerInterfaces,
    peer: Pod,
    address: str,
    chosen: Mapping[str, str],
) -> SourceAsk:
    own = listed.endpoint_addresses(ip_address(address).version)
    return SourceAsk(
        container=container.name,
        peer=peer.name,
        peer_node=peer.node,
        own=tuple(mine.address for mine in own),
        path_source=chosen.get(address, ""),
        attempts=container.dial(address, peer.first.http_port, request="clientip", tries=_TRIES),
    )


def _path_sources(container: Container, destinations: Sequence[str]) -> Mapping[str, str]:
    """Return the source that the container's routes choose; its exit status says nothing."""
    if not destinations:
        return {}
    userland = asking(container.pod.userland)
    return userland.read_sources(container.shell(userland.sources_command(destinations)).output)
