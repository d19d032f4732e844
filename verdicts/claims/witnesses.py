"""Claims of witnesses: a node where they do not hold is not blamed for more than that."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from verdicts.findings import Finding
from verdicts.observations.witnesses import Identified, OwnSource, Reached

SANE_SKEW: Final = 300.0
"""Seconds from which on clocks that differ are told: Kubernetes dates its certificates back by as much.

https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/controller/certificates/signer/signer.go
"""


def the_container_answers_as_itself(observation: Identified) -> Finding:
    """Judge whether the container that was asked answers, and on its node.

    Codes: `other-identity`, `other-node`. Clocks that are further apart than `SANE_SKEW` are told
    and decide nothing: it may be this machine's that is wrong, and no check compares the two.

    Facts: `transport`, `skew` (seconds, None where it was not read).
    """
    if observation.actual != observation.expected:
        return Finding.failed(
            "other-identity",
            f"{observation.container} answers as {observation.actual!r} "
            f"through {observation.transport}",
        )
    if observation.actual_node != observation.node:
        return Finding.failed(
            "other-node",
            f"{observation.container} runs on {observation.actual_node or 'no node'}, not on "
            f"{observation.node}",
        )
    skew = None if observation.clock is None else observation.clock.skew
    return Finding.passed(
        f"{observation.container} answers through {observation.transport} on "
        f"{observation.node}{_told_of_clocks(skew)}",
        transport=observation.transport,
        skew=skew,
    )


def _told_of_clocks(skew: float | None) -> str:
    if skew is None:
        return ", whose clock was not read"
    if abs(skew) <= SANE_SKEW:
        return ""
    return (
        f", whose clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} the one here"
    )


def every_address_answers(observation: Reached) -> Finding:
    """Judge whether each address answered at least once; a lost datagram is no verdict."""
    silent = [attempts for attempts in observation.attempts if not attempts.answered]
    if not observation.attempts:
        return Finding.inconclusive("nothing-asked", "no address was asked")
    if silent:
        shown = ", ".join(
            f"{attempts.address}:{attempts.port} ({', '.join(sorted(attempts.replies))})"
            for attempts in silent
        )
        return Finding.failed("unreached", f"no answer over {silent[0].protocol} from {shown}")
    first = observation.attempts[0]
    return Finding.passed(
        f"{len(observation.attempts)} addresses answer {first.client} over {first.protocol}"
    )


def a_backend_sees_the_pods_own_address(observation: OwnSource) -> Finding:
    """Judge whether a backend that is asked without any Service sees the pod's own address alone.

    Codes: `translated`. Inconclusive: `no-answer`.
    """
    where = f"{observation.backend} on {observation.backend_node}"
    if not observation.seen:
        kinds = sorted({failure.reply.value for failure in observation.unanswered})
        return Finding.inconclusive(
            "no-answer", f"{where} did not answer {observation.pod}: {', '.join(kinds)}"
        )
    seen = ", ".join(dict.fromkeys(observation.seen))
    if not set(observation.seen) <= set(observation.addresses):
        own = ", ".join(observation.addresses)
        return Finding.failed(
            "translated", f"{where} sees {seen} where {observation.pod} has {own}"
        )
    return Finding.passed(f"{where} sees {seen}, as {observation.pod} has")


CLAIMS: Mapping[str, Callable[..., Finding]] = MappingProxyType(
    {
        claim.__name__: claim
        for claim in (
            the_container_answers_as_itself,
            every_address_answers,
            a_backend_sees_the_pods_own_address,
        )
    }
)
