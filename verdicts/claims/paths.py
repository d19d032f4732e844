"""Claims of the row cni-plugin: pods reach each other, their node reaches them, the dead are silent."""

from collections.abc import Callable, Iterable, Mapping

from pydantic import JsonValue

from verdicts.findings import Finding
from verdicts.observations.attempts import Attempts
from verdicts.observations.cni import (
    DeadAddress,
    NodeToPod,
    PodToNode,
    Reachability,
    ReadinessProbe,
    Visit,
)
from verdicts.vocabulary import Reply


def every_pod_reaches_every_other(observation: Reachability) -> Finding:
    """Every pod reaches every other at its pod IP, both ways, on the same and on other nodes.

    Who answered is told by its hostname, which is the pod's name. Codes: `other-identity` (another
    of the pods, or somebody of whose name the pod itself knows nothing), `unreached`.
    Inconclusive: `too-few-pairs`, where an ordered pair with an end on the judged node was not
    asked, or no pair spans two nodes though the cluster has others; `mistaken-server`, where a pod
    does not answer with its name to itself either.

    Facts: `pods`, `pairs` (counts), `nodes`.
    Source: https://kubernetes.io/docs/concepts/services-networking/#the-kubernetes-network-model
    """
    asked = {(visit.client, visit.backend) for visit in observation.visits}
    nodes = sorted({pod.node for pod in observation.pods})
    facts = _reach_facts(observation, asked)
    mistaken = _mistaken(observation)
    for visit in observation.visits:
        strangers = _strangers(visit)
        if strangers and not (visit.backend in mistaken and visit in observation.unknown_answers):
            return Finding.failed(
                "other-identity",
                f"{visit.client} asks {visit.attempts.address} of {visit.backend}, and "
                f"{', '.join(strangers)} answers",
                **facts,
            )
    unreached = [visit for visit in observation.visits if not visit.attempts.answers]
    if unreached:
        return Finding.failed(
            "unreached",
            f"{len(unreached)} of {len(asked)} ordered pairs do not answer, first "
            f"{unreached[0].client} to {unreached[0].backend}: {_why(unreached[0].attempts)}",
            unreached=[f"{visit.client} to {visit.backend}" for visit in unreached[:20]],
            **facts,
        )
    if mistaken:
        return Finding.inconclusive(
            "mistaken-server",
            f"{', '.join(mistaken)} does not answer to itself with its own name either",
            **facts,
        )
    missing = _pairs_wanted(observation) - asked
    spans = len(nodes) > 1 or not observation.other_nodes
    if missing or not asked or not spans:
        what = f"{len(missing)} pairs were not asked" if missing else "no pair spans two nodes"
        return Finding.inconclusive("too-few-pairs", what, **facts)
    return Finding.passed(
        f"{len(asked)} ordered pairs of {len(observation.pods)} pods on {', '.join(nodes)}",
        **facts,
    )


def a_deleted_pods_address_is_silent(observation: DeadAddress) -> Finding:
    """After a pod is gone, its address no longer answers with that pod's identity.

    Another pod may have the address by then: only the dead one's own name counts. Code:
    `still-answers`. Inconclusive: `never-answered`, where the pod did not answer while it lived.

    Facts: `address`, `after` (what was seen instead).
    Source: https://www.cni.dev/docs/spec/#del-remove-container-from-network-or-un-apply-modifications
    """
    alive = [answer for attempts in observation.before for answer in attempts.answers]
    instead = _outcomes(observation.after)
    if observation.pod in {answer for a in observation.after for answer in a.answers}:
        return Finding.failed(
            "still-answers",
            f"{observation.pod} is gone, and {observation.address} still answers as it",
            address=observation.address,
            after=[*instead],
        )
    if observation.pod not in alive:
        return Finding.inconclusive(
            "never-answered",
            f"{observation.pod} did not answer at {observation.address} while it lived: "
            f"{', '.join(_outcomes(observation.before)) or 'it was not asked'}",
        )
    if not observation.after:
        return Finding.inconclusive("not-asked", "nobody asked after the deletion")
    return Finding.passed(
        f"{observation.address} of the deleted pod is {' and '.join(instead)}",
        address=observation.address,
        after=[*instead],
    )


def the_kubelet_reaches_its_pods(observation: NodeToPod) -> Finding:
    """A node reaches its pods: pods that the kubelet probes over HTTP at their own IP are ready.

    Code: `never-ready`, where a peer on the same node reaches the pod at the very port, and the
    server there says that it is well. Inconclusive: `no-probe`; `not-ready`, where the peer does
    not reach it either, or nothing shows that the server is well.

    Facts: `pods` (those that the kubelet reached).
    Source: https://kubernetes.io/docs/concepts/services-networking/#the-kubernetes-network-model
    """
    probed = [probe for probe in observation.probes if probe.host in {"", probe.address}]
    if not probed:
        return Finding.inconclusive(
            "no-probe", f"no pod on {observation.node} has an HTTP readiness probe of its own IP"
        )
    unready = [probe for probe in probed if not probe.ready]
    answering = [
        probe for probe in unready if probe.peer is Reply.ANSWERED and probe.status in _WELL
    ]
    ready: list[JsonValue] = [probe.pod for probe in probed if probe.ready]
    if answering:
        return Finding.failed(
            "never-ready",
            f"{answering[0].pod} answers a peer at {answering[0].address}:{answering[0].port}, "
            "and never its kubelet",
            pods=ready,
        )
    if unready:
        return Finding.inconclusive(
            "not-ready", f"{unready[0].pod} is not ready: {_why_unready(unready[0])}", pods=ready
        )
    return Finding.passed(f"the kubelet's probes reach {len(ready)} pods", pods=ready)


# What a kubelet takes for success:
# https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/#http-probe
_WELL = range(200, 400)


def _why_unready(probe: ReadinessProbe) -> str:
    if probe.peer is not Reply.ANSWERED:
        return f"a peer does not reach it either ({probe.peer or 'none was asked'})"
    return f"nothing says that {probe.path or 'its server'} is well (status {probe.status})"


_MAY_BE_FILTERED = frozenset({Reply.TIMED_OUT, Reply.UNREACHABLE, Reply.NOT_PERMITTED})
_UNREAD = frozenset({Reply.OTHER, Reply.UNRESOLVED})


def a_pod_reaches_its_node(observation: PodToNode) -> Finding:
    """Every container of a pod gets a TCP handshake from its own node, at the kubelet's port.

    Codes: the kind of reply that came instead. Inconclusive: `not-asked`, `unreadable-reply`, and
    `filtered` where a firewall may have taken it, as it often does at that port.

    Facts: `address`, `port`.
    Source: https://kubernetes.io/docs/concepts/services-networking/#the-kubernetes-network-model
    """
    if not observation.handshakes:
        return Finding.inconclusive("not-asked", f"{observation.node} has no InternalIP to ask")
    missed = [each for each in observation.handshakes if each.reply is not Reply.ANSWERED]
    refused = [each for each in missed if each.reply not in _MAY_BE_FILTERED | _UNREAD]
    if missed:
        worst = next(iter(refused), missed[0])
        seen = f"{worst.client} to {worst.address}:{worst.port} is {worst.reply}"
        if not refused:
            unread = worst.reply in _UNREAD
            return Finding.inconclusive("unreadable-reply" if unread else "filtered", seen)
        return Finding.failed(worst.reply.value, seen, address=worst.address, port=worst.port)
    first = observation.handshakes[0]
    clients = ", ".join(handshake.client for handshake in observation.handshakes)
    return Finding.passed(
        f"a handshake from {first.address}:{first.port} for {clients}",
        address=first.address,
        port=first.port,
    )


CLAIMS: Mapping[str, Callable[..., Finding]] = {
    claim.__name__: claim
    for claim in (
        every_pod_reaches_every_other,
        a_deleted_pods_address_is_silent,
        the_kubelet_reaches_its_pods,
        a_pod_reaches_its_node,
    )
}


def _strangers(visit: Visit) -> list[str]:
    return sorted(set(visit.attempts.answers) - {visit.backend})


def _mistaken(observation: Reachability) -> list[str]:
    """Return the pods that answered with an unknown name, and were not seen to know their own."""
    sure = {
        each.backend for each in observation.own if set(each.attempts.answers) == {each.backend}
    }
    return sorted({each.backend for each in observation.unknown_answers} - sure)


def _pairs_wanted(observation: Reachability) -> set[tuple[str, str]]:
    return {
        (client.pod, backend.pod)
        for client in observation.pods
        for backend in observation.pods
        if client is not backend and observation.node in {client.node, backend.node}
    }


def _reach_facts(observation: Reachability, asked: set[tuple[str, str]]) -> dict[str, JsonValue]:
    return {
        "pods": len(observation.pods),
        "pairs": len(asked),
        "nodes": [*sorted({pod.node for pod in observation.pods})],
    }


def _why(attempts: Attempts) -> str:
    return "; ".join(dict.fromkeys(f.detail for f in attempts.failures)) or "no answer was kept"


def _outcomes(asked: Iterable[Attempts]) -> list[str]:
    """Return every kind of outcome once: replies, and the names of whoever answered."""
    outcomes: dict[str, None] = {}
    for attempts in asked:
        outcomes.update((f"answered by {answer}", None) for answer in attempts.answers)
        outcomes.update((failure.reply.value, None) for failure in attempts.failures)
    return list(outcomes)
