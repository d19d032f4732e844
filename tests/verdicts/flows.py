"""Flows as a probe records them, in a few words."""

from verdicts.observations.attempts import Attempts, Failure
from verdicts.observations.directions import ClientKind, Directions, Flow, FlowEnd, Target
from verdicts.vocabulary import Protocol, Reply

SERVER = "peer-{}-0"


def end(node: str, pod: str = "", identity: str = "") -> FlowEnd:
    return FlowEnd(node=node, platform=node.rstrip("ab").rstrip("-"), pod=pod, identity=identity)


def attempts(protocol: Protocol, *replies: Reply, said: str = "", detail: str = "") -> Attempts:
    failures = tuple(
        Failure(reply=reply, detail=detail or reply)
        for reply in replies
        if reply is not Reply.ANSWERED
    )
    answered = len(replies) - len(failures)
    return Attempts(
        client="c",
        address="192.0.2.1",
        port=80,
        protocol=protocol,
        tries=len(replies),
        answers=(said,) * answered,
        failures=failures,
    )


def flow(  # the words of a flow
    client: str,
    server: str,
    *replies: Reply,
    target: Target = Target.POD_IP,
    protocol: Protocol = Protocol.TCP,
    said: str | None = None,
    kubelet: Reply | None = None,
    detail: str = "",
) -> Flow:
    """Return a pod's flow between two nodes; the platform is the node's name without its letter."""
    pod = SERVER.format(server)
    asked = replies or (Reply.ANSWERED,) * 3
    return Flow(
        kind=ClientKind.POD,
        client=end(client, f"probe-{client}"),
        server=end(server, pod, pod),
        target=target,
        protocol=protocol,
        address="192.0.2.1",
        port=80,
        attempts=attempts(protocol, *asked, said=pod if said is None else said, detail=detail),
        kubelet=kubelet,
    )


def from_node(node: str, server: str, handshake: Reply | None, *, not_asked: str = "") -> Flow:
    return flow(node, server).model_copy(
        update={
            "kind": ClientKind.NODE,
            "client": end(node),
            "attempts": None,
            "handshake": handshake,
            "not_asked": not_asked,
        }
    )


def seen(node: str, *flows: Flow) -> Directions:
    return Directions(node=node, platform=end(node).platform, flows=flows)
