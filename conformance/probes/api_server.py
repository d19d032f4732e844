"""Asking for the API server at its own Service, whose endpoints are no pods."""

from functools import partial
from typing import Final

from conformance import timeouts
from conformance.batches import Beside, at_once
from conformance.cluster import Cluster
from conformance.handles import NodeUnderTest
from conformance.objects import ApiService, read
from conformance.probes.load_balancing import converge
from verdicts.observations.api_server import ApiServerSample, AskedElsewhere
from verdicts.vocabulary import Mode, Reply

_HTTPS: Final = 443
_ON_THE_WAY: Final = frozenset({Reply.REFUSED, Reply.TIMED_OUT, Reply.UNREACHABLE})
"""What comes of a Service whose endpoint is away for a moment."""


def kubernetes_service(cluster: Cluster) -> ApiService:
    """Return `default/kubernetes`, which the API server keeps for itself.

    Raises:
        ClusterError: the API refused to tell.
    """
    return read(ApiService, cluster.get("/api/v1/namespaces/default/services/kubernetes"))


def api_server(node: NodeUnderTest) -> ApiServerSample:
    """Send the API server's Service a plain HTTP request, and have it sent from other nodes.

    Raises:
        HarnessError: a client could not be asked.
    """
    client = node.probe_pod.first
    service = kubernetes_service(node.cluster).spec
    port = next((each.port for each in service.ports), _HTTPS)
    ask = partial(client.dial, service.cluster_ip, port)
    request, readiness = converge(
        ask,
        lambda made: not made.replies <= _ON_THE_WAY,
        what=f"something of {service.cluster_ip}:{port} comes back",
        bound=timeouts.API_SERVICE,
    )
    seen = ApiServerSample(
        address=service.cluster_ip,
        port=port,
        client=client.pod.name,
        readiness=readiness,
        requests=(request,),
    )
    if request.answered:
        return seen
    elsewhere = _elsewhere(node, service.cluster_ip, port)
    with Beside(1) as beside:
        handshake = beside.ask(partial(client.connect, service.cluster_ip, port))
        # Once more when others were answered: an API server that was away is back for all.
        again = ask()
    return seen.model_copy(
        update={
            "handshake": handshake.result(),
            "elsewhere": elsewhere,
            "requests": (request, again),
        }
    )


def _elsewhere(node: NodeUnderTest, address: str, port: int) -> tuple[AskedElsewhere, ...]:
    modes = {each.name: each.proxy.effective for each in node.facts.nodes}
    peers = node.peers_other_node
    made = at_once(partial(peer.first.dial, address, port) for peer in peers)
    return tuple(
        AskedElsewhere(
            client=peer.name,
            node=peer.node,
            mode=modes.get(peer.node, Mode.UNKNOWN),
            request=request,
        )
        for peer, request in zip(peers, made, strict=True)
    )
