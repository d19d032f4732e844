"""Capture a judged pod's frames on another node, and read the judged node's CNI configuration."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from ipaddress import ip_address
from typing import Final

from conformance import timeouts
from conformance.batches import Beside, at_once
from conformance.errors import HarnessError, NoEvidence
from conformance.handles import Container, NodeUnderTest, Pod, ShellAnswer, Userland
from conformance.probes.paths import KUBELET_PORT
from conformance.userlands import evidence
from conformance.waiting import eventually
from verdicts.inventory import Node
from verdicts.observations.attempts import Attempts
from verdicts.observations.wire import Frame, Neighbour, NodeConfiguration, Wire
from verdicts.vocabulary import Reply

_CONTROL_PLATFORM: Final = "linux"
_IPV4: Final = 4
_COMPARED: Final = 4
"""How many other nodes' MACs are asked for: one that differs is enough."""


def wire(node: NodeUnderTest) -> Wire:
    """Let the probe pod talk to another node, and return the frames that arrive there.

    Raises:
        HarnessError: a pod could not be asked, or a capture was allowed and did not start.
    """
    return node.once("wire", partial(_wire, node))


def configuration(node: NodeUnderTest) -> NodeConfiguration:
    """Return the CNI configuration that the judged node shows; unread where nobody may look.

    Raises:
        HarnessError: the evidence pod is not ready, or could not be asked.
    """
    return node.once("cni-configuration", partial(_configuration, node))


def host_networks(node: NodeUnderTest) -> tuple[tuple[str, ...] | None, str]:
    """Return the networks of the judged node's InternalIPs as the node has them, or why not.

    Raises:
        HarnessError: the evidence pod is not ready, or could not be asked.
    """
    pod, reason = evidence_on(node, node.judged.node.name)
    if pod is None:
        return None, reason
    networks = evidence.read_networks(_said(pod.first, evidence.networks_command()))
    internal = node.judged.node.internal_ips
    found = tuple(networks[address][1] for address in internal if address in networks)
    if not found:
        return None, f"no interface of {node.judged.node.name} has {', '.join(internal)}"
    return found, ""


def evidence_on(node: NodeUnderTest, name: str) -> tuple[Pod | None, str]:
    """Return the evidence pod on the node of this name if it can be asked as Linux is, else why not.

    Raises:
        NotReadyError: there is one, and it did not become ready.
    """
    try:
        pod = node.fleet.evidence(name)
    except NoEvidence as error:
        return None, str(error)
    if pod.userland is not Userland.LINUX:
        return None, f"the node evidence of {name} can only be read on Linux so far"
    return pod, ""


def _configuration(node: NodeUnderTest) -> NodeConfiguration:
    judged = node.judged.node
    pod, reason = evidence_on(node, judged.name)
    files = None
    if pod is not None:
        said = pod.first.shell(evidence.configuration_command()).output
        files = evidence.read_configuration(said)
        reason = "" if files is not None else said.strip()[:200]
    return NodeConfiguration(
        node=judged.name,
        directory="/etc/cni/net.d",
        files=files,
        reason=reason,
        declared=judged.cni.plugin,
    )


def _wire(node: NodeUnderTest) -> Wire:
    pod_ip = ipv4(node.probe_pod.ips)
    unseen = Wire(
        platform=node.judged.platform,
        node=node.judged.node.name,
        pod=node.probe_pod.name,
        pod_ip=pod_ip or node.probe_pod.ip,
        pod_macs=(),
        receiver=None,
        configuration=configuration(node),
    )
    peer = _receiving_peer(node)
    if peer is None or pod_ip is None:
        reason = "no other Linux node with a peer on it may be captured on"
        return unseen.model_copy(
            update={"reason": reason if pod_ip else f"{unseen.pod} has no IPv4 address"}
        )
    receiver = next(n for n in node.facts.nodes if n.name == peer.node)
    pod, reason = evidence_on(node, receiver.name)
    if pod is None:
        return unseen.model_copy(update={"reason": reason})
    networks = evidence.read_networks(_said(pod.first, evidence.networks_command()))
    address = ipv4(address for address in receiver.internal_ips if address in networks)
    if address is None:
        reason = f"no interface of {receiver.name} has its InternalIP"
        return unseen.model_copy(update={"reason": reason})
    interface = networks[address][0]
    pod_macs, sender_macs = at_once([partial(_pod_macs, node), partial(_sender_macs, node)])
    frames, talked = _capture(
        partial(pod.first.shell, evidence.capture_command(interface, pod_ip)),
        client=node.probe_pod.first,
        peer=peer,
        address=address,
    )
    return unseen.model_copy(
        update={
            "pod_macs": pod_macs,
            "receiver": receiver.name,
            "interface": interface,
            "neighbours": _neighbours(node, receiver, pod.first, interface),
            "sender_macs": sender_macs,
            "talked": talked,
            "frames": frames,
        }
    )


def _receiving_peer(node: NodeUnderTest) -> Pod | None:
    """Return a peer on another node that can capture, on a Linux platform where there is one."""
    peers = [
        peer
        for peer in node.peers_other_node
        if node.fleet.can_capture(peer.node) and ipv4(peer.ips)
    ]
    linux = [peer for peer in peers if peer.platform == _CONTROL_PLATFORM]
    return next(iter((*linux, *peers)), None)


def _pod_macs(node: NodeUnderTest) -> tuple[str, ...]:
    """Return the MACs that the probe pod's containers see; none where they cannot be asked so."""
    if node.probe_pod.userland is not Userland.LINUX:
        return ()
    said = at_once(
        partial(_said, container, evidence.macs_command())
        for container in node.probe_pod.containers
    )
    return tuple(dict.fromkeys(mac for text in said for mac in evidence.read_macs(text)))


def _sender_macs(node: NodeUnderTest) -> tuple[str, ...]:
    pod, _ = evidence_on(node, node.judged.node.name)
    if pod is None:
        return ()
    return evidence.read_macs(_said(pod.first, evidence.macs_command()))


def _neighbours(
    node: NodeUnderTest, receiver: Node, container: Container, interface: str
) -> tuple[Neighbour, ...]:
    """Return what InternalIPs resolve to on the receiver: the judged node's first.

    A node without an IPv4 InternalIP resolves to nothing.
    """
    others = [
        other
        for other in node.facts.nodes
        if other.ready and other.name not in {receiver.name, node.judged.node.name}
    ]
    asked = [
        (other, ipv4(other.internal_ips)) for other in (node.judged.node, *others[:_COMPARED])
    ]
    said = _said(
        container, evidence.neighbours_command(address for _, address in asked if address)
    )
    macs: Mapping[str, str] = evidence.read_neighbours(said, interface)
    return tuple(
        Neighbour(node=other.name, address=address or "", mac=macs.get(address or ""))
        for other, address in asked
    )


def _capture(
    capture: Callable[..., ShellAnswer], *, client: Container, peer: Pod, address: str
) -> tuple[tuple[Frame, ...], tuple[Attempts, ...]]:
    """Let the client talk until the capture has ended, by its count of frames or its time.

    To two addresses: a pod may reach the peer through its own node and the node directly, as
    those of a transparent network do.
    """
    talked: list[Attempts] = []
    peer_ip = ipv4(peer.ips) or peer.ip

    def talk() -> Reply:
        talked.append(client.dial(peer_ip, peer.first.http_port))
        return client.connect(address, KUBELET_PORT)

    limit = evidence.CAPTURE_LIMIT + timeouts.EXEC
    with Beside(1) as beside:
        captured = beside.ask(partial(capture, timeout=limit))
        eventually(
            talk,
            lambda _: captured.done(),
            what=f"the capture beside {peer} has ended",
            timeout=limit,
        )
    return evidence.read_frames(captured.result().output), tuple(talked)


def ipv4(addresses: Iterable[str]) -> str | None:
    """Return the first IPv4 address: what is captured and resolved here is IPv4."""
    return next((a for a in addresses if ip_address(a).version == _IPV4), None)


def _said(container: Container, command: str) -> str:
    answer = container.shell(command)
    if answer.failed:
        raise HarnessError(
            f"{container} - `{command}` ended with {answer.error}: {answer.output.strip()[:200]!r}",
            next_step="see that its image has ip, cat and ping, of busybox or otherwise",
        )
    return answer.output
