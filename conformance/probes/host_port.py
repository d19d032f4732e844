"""Ask a node for a port that one of its pods has of it."""

from functools import partial
from typing import Final

from conformance.errors import Forbidden
from conformance.handles import NodeUnderTest
from conformance.probes import own_pods
from conformance.probes.load_balancing import converge
from conformance.probes.own_pods import HTTP_PORT, Wanted
from conformance.probes.wire import ipv4
from verdicts.observations.waves import HostPort

PORT: Final = 38080
"""Out of the range of NodePorts, and of the ports that clients are given."""
_TRIES: Final = 3


def host_port(node: NodeUnderTest) -> HostPort:
    """Make a pod with a hostPort, and ask for it from a pod on another node.

    Raises:
        HarnessError: the pod did not start, or the client could not be asked.
    """
    wanted = Wanted(name=f"host-port-{node.id}", labels={}, host_port=PORT)
    name = node.judged.node.name
    address = ipv4(node.judged.node.internal_ips) or ""
    unasked = HostPort(
        pod=wanted.name,
        identity="",
        node=name,
        address=address,
        port=PORT,
        directly=None,
        through_node=None,
    )
    others = node.peers_other_node
    if not others or not address:
        reason = "it has no IPv4 address" if others else "there is no pod on another node to ask"
        return unasked.model_copy(update={"reason": reason})
    client = others[0].first
    try:
        with own_pods.made(node, [wanted]):
            pod = own_pods.running(node, wanted, ready=True)
            directly = client.dial(pod.service_ip, HTTP_PORT, tries=_TRIES)
            first, _ = converge(
                partial(client.dial, address, PORT, tries=_TRIES),
                lambda attempts: not attempts.failures,
                what=f"{address}:{PORT} answers",
                bound=node.patience.host_port_mapped if directly.answered else 0.0,
            )
            identity = pod.first.ask("hostname").body.strip()
    except Forbidden as error:
        return unasked.model_copy(update={"reason": f"it is not allowed: {error}"})
    return unasked.model_copy(
        update={"directly": directly, "through_node": first, "identity": identity}
    )
