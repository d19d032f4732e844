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
    PortConflicts,
    PortsOnPodIp,
)
from verdicts.vocabulary import Protocol

LOOPBACK: Final = "127.0.0.1"
FREE_PORTS: Final = (8180, 8190, 8200)
"""Ports that no container of the fleet listens on: one each, for they are bound at the same time."""


def loopback(pod: Pod, *, protocol: Protocol) -> Loopback:
    """Ask every container for every container's port on 127.0.0.1, its own included.

    Raises:
        HarnessError: a container could not be asked, or serves no such protocol.
    """
    # Its own port first: what a container that has just begun to listen refuses is no verdict.
    own = _own_answers(pod, protocol=protocol)
    crossed = _ask_all(permutations(pod.containers, 2), address=LOOPBACK, protocol=protocol)
    return Loopback(pod=pod.name, protocol=protocol, own=own, crossed=tuple(crossed))


def ports_on_pod_ip(node: NodeUnderTest) -> PortsOnPodIp:
    """Let a peer, on the same node if there is one, ask for every container's port on the pod's IPs.

    Raises:
        HarnessError: a container could not be asked, or there is no peer.
    """
    pod = node.probe_pod
    peer = _peer_of(node)
    own = _own_answers(pod, protocol=Protocol.TCP)
    peered = [
        ask.model_copy(update={"client": peer.name})
        for address in pod.ips
        for ask in _ask_all(
            [(peer.first, server) for server in pod.containers],
            address=address,
            protocol=Protocol.TCP,
        )
    ]
    return PortsOnPodIp(pod=pod.name, peer=peer.name, own=own, peered=tuple(peered))


def port_conflict(pod: Pod) -> PortConflicts:
    """Let each container bind the port of the next one, and a free one in the same way.

    Raises:
        HarnessError: a container could not be asked.
    """
    containers = pod.containers
    neighbours = zip(containers, (*containers[1:], containers[0]), strict=True)
    return PortConflicts(
        pod=pod.name,
        conflicts=tuple(
            at_once(
                partial(_conflict, container, holder, free=FREE_PORTS[number])
                for number, (container, holder) in enumerate(neighbours)
            )
        ),
    )


def _conflict(container: Container, holder: Container, *, free: int) -> PortConflict:
    return PortConflict(
        container=container.name,
        holder=holder.name,
        own=own_answer(holder, protocol=Protocol.TCP).attempts,
        taken=_bind(container, holder.http_port),
        free=_bind(container, free),
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


def _own_answers(pod: Pod, *, protocol: Protocol) -> tuple[Ask, ...]:
    return tuple(
        at_once(partial(own_answer, server, protocol=protocol) for server in pod.containers)
    )


def own_answer(server: Container, *, protocol: Protocol) -> Ask:
    """Let a container ask itself on loopback, and at the pod's address where that brings nothing.

    It may be loopback that is broken: then its server answers there, and is no less a control.
    """
    ask = _dial(server, server, address=LOOPBACK, protocol=protocol)
    if ask.attempts.answered:
        return ask
    elsewhere = _dial(server, server, address=server.pod.ip, protocol=protocol)
    return elsewhere if elsewhere.attempts.answered else ask


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
