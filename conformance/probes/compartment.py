"""Ask the containers of one pod for each other: on loopback, on the pod IP, by a second bind."""

from collections.abc import Iterable
from functools import partial
from itertools import permutations
from typing import Final

from conformance.batches import at_once
from conformance.containers import Container, Pod
from conformance.errors import HarnessError
from conformance.handles import NodeUnderTest
from conformance.userlands.asking import asking
from verdicts.observations.compartment import (
    Ask,
    BindAttempt,
    Loopback,
    PortConflict,
    PortsOnPodIp,
)
from verdicts.vocabulary import Protocol

LOOPBACK: Final = "127.0.0.1"
FREE_PORT: Final = 8180
"""A port that no container of the fleet listens on."""


def loopback(pod: Pod, *, protocol: Protocol) -> Loopback:
    """Ask every container for every container's port on 127.0.0.1, its own included.

    Raises:
        HarnessError: a container could not be asked, or serves no such protocol.
    """
    pairs = [(server, server) for server in pod.containers]
    pairs.extend(permutations(pod.containers, 2))
    asks = _ask_all(pairs, address=LOOPBACK, protocol=protocol)
    return Loopback(
        pod=pod.name,
        protocol=protocol,
        own=tuple(ask for ask in asks if ask.client == ask.server),
        crossed=tuple(ask for ask in asks if ask.client != ask.server),
    )


def ports_on_pod_ip(node: NodeUnderTest) -> PortsOnPodIp:
    """Let a peer, on the same node if there is one, ask for every container's port on the pod's IPs.

    Raises:
        HarnessError: a container could not be asked, or there is no peer.
    """
    pod = node.probe_pod
    peer = _peer_of(node)
    own = _ask_all(
        [(server, server) for server in pod.containers], address=LOOPBACK, protocol=Protocol.TCP
    )
    peered = [
        ask.model_copy(update={"client": peer.name})
        for address in pod.ips
        for ask in _ask_all(
            [(peer.first, server) for server in pod.containers],
            address=address,
            protocol=Protocol.TCP,
        )
    ]
    return PortsOnPodIp(pod=pod.name, peer=peer.name, own=tuple(own), peered=tuple(peered))


def port_conflict(pod: Pod) -> PortConflict:
    """Let the second container bind the first one's port, and a free one in the same way.

    Raises:
        HarnessError: the container could not be asked.
    """
    holder, container = pod.containers[:2]
    return PortConflict(
        pod=pod.name,
        container=container.name,
        holder=holder.name,
        own=_dial(holder, holder, address=LOOPBACK, protocol=Protocol.TCP).attempts,
        taken=_bind(container, holder.http_port),
        free=_bind(container, FREE_PORT),
    )


def _peer_of(node: NodeUnderTest) -> Pod:
    peers = node.peers_same_node or node.peers_other_node
    if not peers:
        raise HarnessError(
            f"{node} - no peer was placed on it or on another node",
            next_step="see why the fleet's peers were not scheduled",
        )
    return peers[0]


def _ask_all(
    pairs: Iterable[tuple[Container, Container]], *, address: str, protocol: Protocol
) -> list[Ask]:
    return at_once(
        partial(_dial, client, server, address=address, protocol=protocol)
        for client, server in pairs
    )


def _dial(client: Container, server: Container, *, address: str, protocol: Protocol) -> Ask:
    port = server.http_port if protocol is Protocol.TCP else server.udp_port
    if not port:
        raise HarnessError(
            f"{server} serves no {protocol}",
            next_step="deploy the fleet anew: its probe pods serve both protocols",
        )
    return Ask(
        client=client.name,
        server=server.name,
        attempts=client.dial(address, port, protocol=protocol),
    )


def _bind(container: Container, port: int) -> BindAttempt:
    userland = asking(container.pod.userland)
    return userland.read_bind(port, container.shell(userland.bind_command(port)).output)
