"""Claims on directions: what of the way from a client to a server this node has to answer for.

A way that leads over another is not judged where that one is closed already: a ClusterIP needs
the pod's own address to be reached, a name needs the ClusterIP.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from verdicts.findings import Finding
from verdicts.observations.directions import ClientKind, Directions, Flow, Target
from verdicts.vocabulary import Placement, Reply

LINUX: Final = "linux"
_LOST: Final = frozenset({Reply.TIMED_OUT, Reply.UNREACHABLE})
_SHOWN: Final = 3


def pods_are_reached_in_every_direction(seen: Directions) -> Finding:
    """Pods of this node reach pods, and are reached, at the pods' own addresses, TCP and UDP.

    The other end is of the same platform, or Linux: what lies between two other platforms, and
    what comes from Linux to them, is theirs to answer for. A peer that is silent for every
    client of the observation may itself be the trouble, and is not judged.
    """
    flows = [
        flow
        for flow in _of(seen, Target.POD_IP)
        if _concerns(flow, seen) and not (_outward(flow, seen) and _is_deaf(flow, seen))
    ]
    return _judged(flows, {})


def services_are_reached_in_every_direction(seen: Directions) -> Finding:
    """Pods of this node reach Services by ClusterIP, and pods elsewhere reach it at a NodePort.

    Whatever the backend's platform: it is this node's proxy that finds the way. A NodePort asked
    from its own node is not judged; Windows documents that way as closed for the node itself, and
    nobody says what holds for its pods.
    """
    outward = [flow for flow in _of(seen, Target.CLUSTER_IP) if _outward(flow, seen)]
    inward = [
        flow
        for flow in _of(seen, Target.NODE_PORT)
        if flow.server.node == seen.node
        and flow.placement is Placement.OTHER_NODE
        and not _way_is_closed(flow)
    ]
    return _judged([*outward, *inward], _controls(seen, Target.POD_IP))


def names_lead_where_their_services_do(seen: Directions) -> Finding:
    """Where a Service answers at its ClusterIP, it answers under its full name."""
    flows = [flow for flow in _of(seen, Target.SERVICE_NAME) if _outward(flow, seen)]
    return _judged(flows, _controls(seen, Target.CLUSTER_IP))


def a_node_reaches_pods_and_services(seen: Directions) -> Finding:
    """The node itself reaches pods, ClusterIPs and NodePorts, where nothing documents otherwise."""
    flows = [flow for flow in seen.flows if flow.kind is ClientKind.NODE]
    return _judged(flows, {})


def _of(seen: Directions, target: Target) -> Iterable[Flow]:
    return (flow for flow in seen.flows if flow.target is target and flow.kind is ClientKind.POD)


def _outward(flow: Flow, seen: Directions) -> bool:
    return flow.client.node == seen.node


def _concerns(flow: Flow, seen: Directions) -> bool:
    """One end is on this node, and the other of a platform that it is judged with."""
    if seen.node not in {flow.client.node, flow.server.node}:
        return False
    other = flow.server if _outward(flow, seen) else flow.client
    return other.platform in {seen.platform, LINUX}


def _is_deaf(flow: Flow, seen: Directions) -> bool:
    """Nobody got an answer of this server over this protocol, its own neighbour included."""
    asked = [
        each
        for each in _of(seen, Target.POD_IP)
        if each.server.pod == flow.server.pod and each.protocol is flow.protocol
    ]
    neighbours = [each for each in asked if each.client.node == flow.server.node]
    return bool(neighbours) and not any(each.is_answered for each in asked)


def _controls(seen: Directions, target: Target) -> Mapping[tuple[str, ...], Flow]:
    return {_pair(flow): flow for flow in _of(seen, target)}


def _pair(flow: Flow) -> tuple[str, ...]:
    return (flow.client.pod, flow.server.pod, flow.protocol)


def _way_is_closed(flow: Flow) -> bool:
    """Whatever is sent to the node's address is lost, as firewalls between nodes have it."""
    return flow.reply in _LOST and flow.kubelet in _LOST


def _judged(flows: Sequence[Flow], controls: Mapping[tuple[str, ...], Flow]) -> Finding:
    asked = [flow for flow in flows if flow.reply is not None]
    if not asked:
        reasons = sorted({flow.not_asked for flow in flows if flow.not_asked})
        return Finding.inconclusive(
            "nothing-asked",
            f"no such flow could be asked: {'; '.join(reasons) or 'none is there'}",
        )
    missed = [flow for flow in asked if not flow.is_answered]
    blamed = [flow for flow in missed if _is_open(flow, controls)]
    strange = [flow for flow in blamed if flow.strangers]
    if strange:
        return Finding.failed(
            "other-identity",
            _listed(strange, lambda flow: f"answered as {', '.join(flow.strangers)}"),
            flows=len(asked),
        )
    known = [flow for flow in blamed if flow.reply is not Reply.OTHER]
    if known:
        unresolved = all(flow.reply is Reply.UNRESOLVED for flow in known)
        return Finding.failed(
            "unresolved" if unresolved else "no-answer",
            _listed(known, lambda flow: str(flow.reply)),
            flows=len(asked),
        )
    if blamed:
        return Finding.inconclusive(
            "unknown-reply", _listed(blamed, _unknown_reply), flows=len(asked)
        )
    if len(missed) == len(asked):
        return Finding.inconclusive(
            "no-direct-way",
            f"the shorter way is closed too: {_listed(missed, lambda flow: str(flow.reply))}",
            flows=len(asked),
        )
    return Finding.passed(
        f"{len(asked) - len(missed)} of {len(asked)} flows answered"
        + (f"; {len(missed)} have no shorter way either" if missed else ""),
        flows=len(asked),
        answered=len(asked) - len(missed),
    )


def _is_open(flow: Flow, controls: Mapping[tuple[str, ...], Flow]) -> bool:
    """The shorter way to the server is open, or there is none."""
    return not controls or (
        (control := controls.get(_pair(flow))) is not None and control.is_answered
    )


def _unknown_reply(flow: Flow) -> str:
    failures = flow.attempts.failures if flow.attempts is not None else ()
    return failures[0].detail if failures else str(flow.reply)


def _listed(flows: Sequence[Flow], say: Callable[[Flow], str]) -> str:
    shown = "; ".join(f"{flow}: {say(flow)}" for flow in flows[:_SHOWN])
    more = f" (and {len(flows) - _SHOWN} more)" if len(flows) > _SHOWN else ""
    return f"{shown}{more}"


CLAIMS: Mapping[str, Callable[..., Finding]] = MappingProxyType(
    {
        claim.__name__: claim
        for claim in (
            pods_are_reached_in_every_direction,
            services_are_reached_in_every_direction,
            names_lead_where_their_services_do,
            a_node_reaches_pods_and_services,
        )
    }
)
