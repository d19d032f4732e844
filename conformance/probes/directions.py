"""Ask in every direction: from each client to each server, by every address a server goes by."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from conformance.batches import at_once
from conformance.errors import NotReadyError
from conformance.handles import NodeUnderTest, Pod
from conformance.probes.direction_servers import TCP_PORT, UDP_PORT, Server, servers_of
from conformance.probes.load_balancing import once_answered
from conformance.probes.paths import KUBELET_PORT
from conformance.probes.wire import evidence_on
from conformance.sites import sites_of
from verdicts.observations.directions import ClientKind, Directions, Flow, FlowEnd, Target
from verdicts.unsupported_flows import unsupported
from verdicts.vocabulary import Placement, Protocol, Reply

_TRIES: Final = 3
_LOST: Final = frozenset({Reply.TIMED_OUT, Reply.UNREACHABLE})
_PROTOCOLS: Final = (Protocol.TCP, Protocol.UDP)
_KUBELET_TRIES: Final = 2


@dataclass(frozen=True, slots=True)
class _Ask:
    """A question that one flow stands for."""

    client: Pod
    server: Server
    target: Target
    protocol: Protocol


def pod_flows(node: NodeUnderTest) -> Directions:
    """Return the flows between the judged node's pods and others, at the pods' own addresses.

    Raises:
        HarnessError: a pod could not be asked, or the Services not be made.
    """
    return _only(_flows(node), ClientKind.POD, {Target.POD_IP})


def service_flows(node: NodeUnderTest) -> Directions:
    """Return the flows by ClusterIP and NodePort, with their controls at the pods' own addresses.

    Raises:
        HarnessError: a pod could not be asked, or the Services not be made.
    """
    wanted = {Target.POD_IP, Target.CLUSTER_IP, Target.NODE_PORT}
    return _only(_flows(node), ClientKind.POD, wanted)


def name_flows(node: NodeUnderTest) -> Directions:
    """Return the flows by full Service name, with their controls by ClusterIP.

    Raises:
        HarnessError: a pod could not be asked, or the Services not be made.
    """
    return _only(_flows(node), ClientKind.POD, {Target.CLUSTER_IP, Target.SERVICE_NAME})


def node_flows(node: NodeUnderTest) -> Directions:
    """Return the handshakes of the judged node itself, from its evidence pod.

    Raises:
        HarnessError: a pod could not be asked, or the Services not be made.
    """
    servers = node.once("directions: servers", partial(servers_of, node))
    flows = node.once("directions: node", partial(_from_node, node, servers))
    return _seen(node, flows)


def _only(seen: Directions, kind: ClientKind, targets: set[Target]) -> Directions:
    kept = tuple(f for f in seen.flows if f.kind is kind and f.target in targets)
    return seen.model_copy(update={"flows": kept})


def _seen(node: NodeUnderTest, flows: Sequence[Flow]) -> Directions:
    return Directions(
        node=node.judged.node.name, platform=node.judged.platform, flows=tuple(flows)
    )


def _flows(node: NodeUnderTest) -> Directions:
    return node.once("directions: pods", partial(_ask_all, node))


def _ask_all(node: NodeUnderTest) -> Directions:
    """Ask all flows that are this node's to answer for, and their controls, in batches."""
    servers = node.once("directions: servers", partial(servers_of, node))
    here = node.judged.node.name
    clients = _clients(node)
    own = node.probe_pod
    mine = [server for server in servers if server.pod.node == here][:1]
    first = [
        _Ask(client, server, Target.POD_IP, protocol)
        for client, server in (
            *((own, server) for server in servers),
            *((client, server) for client in clients for server in mine),
        )
        for protocol in _PROTOCOLS
    ]
    flows = at_once(partial(_ask, node, ask) for ask in first)
    flows += at_once(partial(_neighbour, node, flow, servers) for flow in _deaf(flows, own))
    by_service = [
        _Ask(own, server, Target.CLUSTER_IP, protocol)
        for server in servers
        for protocol in _PROTOCOLS
    ]
    inward = [
        _Ask(client, server, Target.NODE_PORT, protocol)
        for client in (own, *clients)
        for server in mine
        for protocol in _PROTOCOLS
    ]
    # Those of the own node last: they are not waited for, and by then all is programmed.
    flows += at_once(partial(_ask, node, ask) for ask in (*by_service, *reversed(inward)))
    by_name = [
        _Ask(own, server, Target.SERVICE_NAME, protocol)
        for server in servers
        for protocol in _PROTOCOLS
    ]
    flows += at_once(partial(_ask, node, ask) for ask in by_name)
    return _seen(node, flows)


def _clients(node: NodeUnderTest) -> list[Pod]:
    """Return the probe pods of the other judged nodes; one that is not ready asks nothing."""
    found = []
    for judged in node.facts.judged:
        if judged.node.name == node.judged.node.name:
            continue
        try:
            found.append(node.fleet.pod(f"probe-{judged.id}"))
        except NotReadyError:
            # Its own node answers for it: every check there is inconclusive by the same cause.
            continue
    return found


def _ask(node: NodeUnderTest, ask: _Ask) -> Flow:
    server, protocol = ask.server, ask.protocol
    service_port = TCP_PORT if protocol is Protocol.TCP else UDP_PORT
    address, port = {
        Target.POD_IP: (server.pod.service_ip, server.port(protocol)),
        Target.CLUSTER_IP: (server.cluster_ip, service_port),
        Target.SERVICE_NAME: (server.fqdn, service_port),
        Target.NODE_PORT: (server.node_address, server.node_ports.get(protocol, 0)),
    }[ask.target]
    flow = Flow(
        kind=ClientKind.POD,
        client=FlowEnd(node=ask.client.node, platform=ask.client.platform, pod=ask.client.name),
        server=server.end,
        target=ask.target,
        protocol=protocol,
        address=address,
        port=port,
    )
    if not address or not port:
        return flow.model_copy(update={"not_asked": f"{server.end.node} has no such IPv4 address"})
    client = ask.client.first
    attempts = (
        client.dial(address, port, protocol=protocol, tries=_TRIES)
        if ask.target is Target.POD_IP or _is_only_told(flow)
        else once_answered(
            partial(client.dial, address, port, protocol=protocol),
            tries=_TRIES,
            what=f"first answer to {flow}",
            bound=node.patience.service_programmed,
        )
    )
    flow = flow.model_copy(update={"attempts": attempts})
    if ask.target is Target.NODE_PORT and flow.reply in _LOST:
        replies = at_once([partial(client.connect, address, KUBELET_PORT)] * _KUBELET_TRIES)
        open_ = [reply for reply in replies if reply not in _LOST]
        flow = flow.model_copy(update={"kubelet": (open_ or replies)[0]})
    return flow


def _is_only_told(flow: Flow) -> bool:
    """A NodePort asked from its own node: nobody promises an answer, so none is waited for."""
    return flow.target is Target.NODE_PORT and flow.placement is Placement.SAME_NODE


def _deaf(flows: Sequence[Flow], own: Pod) -> list[Flow]:
    return [
        flow
        for flow in flows
        if flow.client.pod == own.name
        and flow.placement is Placement.OTHER_NODE
        and not flow.is_answered
    ]


def _neighbour(node: NodeUnderTest, flow: Flow, servers: Sequence[Server]) -> Flow:
    """Let a neighbour of a server that stayed silent ask the same: the control of both ends."""
    server = next(each for each in servers if each.pod.name == flow.server.pod)
    site = next(s for s in sites_of(node.facts) if s.peer(0) == server.pod.name)
    client = node.fleet.pod(site.peer(1))
    return _ask(node, _Ask(client, server, Target.POD_IP, flow.protocol))


def _from_node(node: NodeUnderTest, servers: Sequence[Server]) -> list[Flow]:
    """Ask for handshakes from the node's own network, where its platform documents any."""
    judged = node.judged
    try:
        evidence, reason = evidence_on(node, judged.node.name)
    except NotReadyError as error:
        evidence, reason = None, str(error)
    client = FlowEnd(node=judged.node.name, platform=judged.platform)

    def ask(server: Server, target: Target) -> Flow | None:
        address, port = {
            Target.POD_IP: (server.pod.service_ip, server.port(Protocol.TCP)),
            Target.CLUSTER_IP: (server.cluster_ip, TCP_PORT),
            Target.NODE_PORT: (server.node_address, server.node_ports.get(Protocol.TCP, 0)),
        }[target]
        flow = Flow(
            kind=ClientKind.NODE,
            client=client,
            server=server.end,
            target=target,
            protocol=Protocol.TCP,
            address=address,
            port=port,
        )
        if unsupported(
            judged.platform,
            ClientKind.NODE,
            target,
            placement=flow.placement,
            build=judged.node.build,
        ):
            return None
        if evidence is None or not address or not port:
            return flow.model_copy(update={"not_asked": reason or "there is no such address"})
        return flow.model_copy(update={"handshake": evidence.first.connect(address, port)})

    targets = (Target.POD_IP, Target.CLUSTER_IP, Target.NODE_PORT)
    asked = at_once(partial(ask, server, target) for server in servers for target in targets)
    return [flow for flow in asked if flow is not None]
