"""Claims of the row shared-compartment on who answers at which container's port, and where."""

from collections.abc import Callable, Collection, Iterable, Mapping

from pydantic import JsonValue

from verdicts.findings import Finding
from verdicts.observations.compartment import Ask, Loopback, PortsOnPodIp
from verdicts.vocabulary import Reply

_Facts = dict[str, JsonValue]

_FILTERED = frozenset({Reply.TIMED_OUT, Reply.UNREACHABLE, Reply.NOT_PERMITTED})
"""Replies that a firewall between two pods gives as well as a compartment without that port."""
UNREADABLE = frozenset({Reply.OTHER, Reply.UNRESOLVED})
"""Replies that are no answer of the network: unknown texts, and names where none was asked."""


def every_pair_answers_on_loopback(observation: Loopback) -> Finding:
    """Every container reaches every other's port on loopback, and it is that other who answers.

    Codes: the kind of reply (`refused`, `timed-out`, ...) where no pair answers, `mixed` where
    there are several kinds; `some-` before it where other pairs do answer; `other-answer` where
    somebody else answers. Inconclusive: `control-failed` (a server does not answer itself),
    `no-pair` (an ordered pair was not asked), `unreadable-reply`.

    Facts: `containers` (names), `address`, `protocol`, `pairs`, `answered` (counts), and on
    failure `replies` (`"a to b" -> kind`).
    Source: https://kubernetes.io/docs/concepts/workloads/pods/#pod-networking; refused between
    containers of Windows Server 2016: https://github.com/Azure/acs-engine/issues/375.
    """
    where = f"{observation.protocol} on loopback"
    blocked = _without_control(observation.own, where) or _no_pair(
        observation.crossed, needed=len(observation.own) * (len(observation.own) - 1)
    )
    if blocked:
        return blocked
    answered = [ask for ask in observation.crossed if not ask.attempts.failures]
    address = observation.crossed[0].attempts.address
    facts: _Facts = {
        "containers": [ask.server for ask in observation.own],
        "address": address,
        "protocol": observation.protocol.value,
        "pairs": len(observation.crossed),
        "answered": len(answered),
    }
    strangers = _answered_by_others(observation.crossed, observation.own)
    if strangers:
        return Finding.failed(
            "other-answer",
            f"{strangers[0]} was answered by somebody else on {address}",
            **facts,
        )
    replies = _replies(observation.crossed)
    if not replies:
        return Finding.passed(f"{len(answered)} of {len(answered)} pairs answer {where}", **facts)
    if doubt := _doubt(observation.crossed, {"unreadable-reply": UNREADABLE}, facts):
        return doubt
    code = _kind(replies.values())
    if any(ask.attempts.answered for ask in observation.crossed):
        code = f"some-{code}"
    return Finding.failed(
        code,
        f"{len(replies)} of {len(observation.crossed)} pairs get {_named(replies)} on {address}",
        replies={pair: reply.value for pair, reply in replies.items()},
        **facts,
    )


def every_port_answers_on_the_pod_ip(observation: PortsOnPodIp) -> Finding:
    """A peer reaches the port of every container on each address of the pod.

    Codes, where some ports answer and others do not: the kind of reply (`refused`, `closed`, or
    `mixed`), `other-answer`. Inconclusive: `control-failed`, `no-pair`, `unreadable-reply`;
    `filtered-port` where the others are silent, which a firewall by port is too (security groups
    for pods on EKS, https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html);
    `peer-cannot-reach-pod` where an address answers on no port at all: that is a matter of the
    network between pods, or of a firewall (Windows Server 2016 denies inbound by default,
    https://learn.microsoft.com/virtualization/windowscontainers/container-networking/network-isolation-security).

    Facts: `addresses`; `answered`, the containers that answer at every address; `silent`, the
    others.
    Source: https://kubernetes.io/docs/concepts/workloads/pods/#pod-networking.
    """
    blocked = _without_control(observation.own, "on loopback") or _no_pair(
        observation.peered, needed=len(observation.own)
    )
    if blocked:
        return blocked
    asked = {ask.attempts.address for ask in observation.peered}
    reached = {ask.attempts.address for ask in observation.peered if ask.attempts.answered}
    failed = [
        ask
        for ask in observation.peered
        if ask.attempts.failures and ask.attempts.address in reached
    ]
    silent = list(dict.fromkeys(ask.server for ask in observation.peered if ask.attempts.failures))
    facts: _Facts = {
        "addresses": [*sorted(asked)],
        "answered": [ask.server for ask in observation.own if ask.server not in silent],
        "silent": [*silent],
    }
    strangers = _answered_by_others(observation.peered, observation.own)
    if strangers:
        return Finding.failed(
            "other-answer", f"{strangers[0]} was answered by somebody else", **facts
        )
    doubts = {"unreadable-reply": UNREADABLE, "filtered-port": _FILTERED}
    if doubt := _doubt(failed, doubts, facts):
        return doubt
    replies = _replies(failed)
    if failed:
        return Finding.failed(
            _kind(replies.values()),
            f"{observation.peer} gets {_named(replies)} on the pod IP from "
            f"{listed(dict.fromkeys(ask.server for ask in failed))}",
            **facts,
        )
    if asked - reached:
        return Finding.inconclusive(
            "peer-cannot-reach-pod",
            f"{observation.peer} reaches no port at all on {listed(sorted(asked - reached))}",
            **facts,
        )
    return Finding.passed(
        f"{observation.peer} reaches every container's port on {listed(sorted(asked))}", **facts
    )


CLAIMS: Mapping[str, Callable[..., Finding]] = {
    claim.__name__: claim
    for claim in (every_pair_answers_on_loopback, every_port_answers_on_the_pod_ip)
}


def _without_control(own: Iterable[Ask], where: str) -> Finding | None:
    silent = [ask for ask in own if not ask.attempts.answered]
    if not silent:
        return None
    return Finding.inconclusive(
        "control-failed",
        f"{listed(ask.server for ask in silent)} gives itself no answer, {where} or elsewhere",
    )


def _no_pair(asks: Iterable[Ask], *, needed: int) -> Finding | None:
    pairs = {_pair(ask) for ask in asks}
    if pairs and len(pairs) >= needed:
        return None
    return Finding.inconclusive("no-pair", f"{len(pairs)} pairs were asked where {needed} are")


def _answered_by_others(asks: Iterable[Ask], own: Iterable[Ask]) -> list[str]:
    """Return the asks whose answer is none that the server gives itself."""
    identities = {ask.server: frozenset(ask.attempts.answers) for ask in own}
    return [
        _pair(ask)
        for ask in asks
        if identities[ask.server] and not identities[ask.server].issuperset(ask.attempts.answers)
    ]


def _replies(asks: Iterable[Ask]) -> dict[str, Reply]:
    return {_pair(ask): failure.reply for ask in asks for failure in ask.attempts.failures[:1]}


def _kind(replies: Iterable[Reply]) -> str:
    kinds = set(replies)
    return kinds.pop().value if len(kinds) == 1 else "mixed"


def _named(replies: Mapping[str, Reply]) -> str:
    return listed(sorted({reply.value for reply in replies.values()}))


def _pair(ask: Ask) -> str:
    return f"{ask.client} to {ask.server}"


def _doubt(
    asks: Iterable[Ask], doubts: Mapping[str, Collection[Reply]], facts: _Facts
) -> Finding | None:
    """Return the inconclusive finding of the first failure whose kind says nothing here."""
    failures = [(ask, failure) for ask in asks for failure in ask.attempts.failures]
    for code, kinds in doubts.items():
        for ask, failure in failures:
            if failure.reply in kinds:
                return Finding.inconclusive(code, f"{_pair(ask)}: {failure.detail}", **facts)
    return None


def listed(words: Iterable[str]) -> str:
    """Return the words as a sentence names them."""
    return ", ".join(words) or "none"
