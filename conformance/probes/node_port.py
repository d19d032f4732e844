"""Asking a node's address for a NodePort, from another node."""

import ipaddress
from functools import partial
from typing import Final

from conformance.batches import at_once
from conformance.errors import HarnessError, NotReadyError
from conformance.handles import NodeUnderTest, Service
from conformance.probes.load_balancing import sample
from conformance.probes.wire import evidence_on
from verdicts.observations.load_balancing import NodePortSample
from verdicts.vocabulary import Mode, Reply

_TRIES: Final = 10
_KUBELET: Final = 10250
_KUBELET_TRIES: Final = 2
_NODE_TRIES: Final = 2


def node_port(node: NodeUnderTest) -> NodePortSample:
    """Connect to the judged node's InternalIP at two NodePorts, from a pod on another node.

    Of one the backend is on the judged node, of the other one elsewhere: a node owes its clients
    both (https://kubernetes.io/docs/reference/networking/virtual-ips/#external-traffic-policy).

    Raises:
        HarnessError: the client could not be asked, or the node has no IPv4 address.
    """
    service, away = node.services.nodeport, node.services.awayport
    address, port, away_port = _ipv4(node), _port(service), _port(away)
    others = node.peers_other_node
    asked = NodePortSample(
        service=service.name,
        data_plane=node.judged.node.proxy.data_plane,
        address=address,
        node_port=port,
        port=service.port,
        client="",
        client_node="",
        sample=None,
    )
    if not others:
        return asked
    client = others[0].first
    ask = partial(sample, node, client=client, address=address, tries=_TRIES)
    seen, beyond = at_once([partial(ask, service, port=port), partial(ask, away, port=away_port)])
    kubelet = (
        ()
        if seen.answered
        else at_once([partial(client.connect, address, _KUBELET)] * _KUBELET_TRIES)
    )
    return asked.model_copy(
        update={
            "client": others[0].name,
            "client_node": others[0].node,
            "sample": seen,
            "away": beyond,
            "away_port": away_port,
            "kubelet": tuple(kubelet),
            "from_node": _from_node(node, away) if seen.answered and not beyond.answered else (),
        }
    )


def _from_node(node: NodeUnderTest, away: Service) -> tuple[Reply, ...]:
    """Ask the node itself for handshakes with the backend that it did not lead to."""
    if node.judged.mode is Mode.USER:
        return ()
    try:
        evidence, _ = evidence_on(node, node.judged.node.name)
    except NotReadyError:
        return ()
    if evidence is None:
        return ()
    (backend,) = away.backends
    ask = partial(evidence.first.connect, backend.service_ip, backend.first.http_port)
    return tuple(at_once([ask] * _NODE_TRIES))


def _port(service: Service) -> int:
    if service.node_port is None:
        raise HarnessError(
            f"{service} has no NodePort", next_step="see the Service's status and events"
        )
    return service.node_port


def _ipv4(node: NodeUnderTest) -> str:
    for address in node.judged.node.internal_ips:
        if ipaddress.ip_address(address).version == 4:
            return address
    raise HarnessError(
        f"{node} has no IPv4 InternalIP",
        next_step="Services of netparity are IPv4; see the node's addresses",
    )
