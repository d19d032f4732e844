"""Claims on who answers through a Service, shared by both proxy modes."""

from collections import Counter
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from verdicts.claims.data_planes import CHOOSING_ONE, named_in
from verdicts.findings import Finding
from verdicts.observations.attempts import Failure
from verdicts.observations.load_balancing import Backend, ServiceSample
from verdicts.vocabulary import Outcome, Protocol, Reply

FALSE_ALARM = 1e-6
"""How likely a check may be to blame a proxy for the luck of the draw."""

UDP_LOSS = 0.05
"""The share of datagrams that may stay unanswered: UDP promises no delivery (RFC 768)."""


def chance_of_missing_one(backends: int, answered: int) -> float:
    """Return how likely a fair random choice leaves one of so many backends out."""
    return backends * (1 - 1 / backends) ** answered


def only_unknown(failures: Sequence[Failure]) -> str:
    """Return the text of failures of which none is of a known kind; empty where one is.

    A text that nobody knows may well be the client's own trouble (Windows says so when it is out
    of ports), and is not taken for an answer of the network.
    """
    if not failures or any(failure.reply not in _UNKNOWN for failure in failures):
        return ""
    return failures[0].detail or failures[0].reply.value


_UNKNOWN = frozenset({Reply.OTHER, Reply.UNRESOLVED})


def doubt_about(backends: Sequence[Backend], *, least: int) -> Finding | None:
    """Return why these backends cannot judge a Service, or None where they can.

    Each must have answered the very client at its own address, with a text of its own.
    """
    if len(backends) < least:
        return Finding.inconclusive(
            "too-few-backends", f"{len(backends)} backends, {least} are needed to tell anything"
        )
    silent = [backend.pod for backend in backends if not backend.identity]
    if silent:
        return Finding.inconclusive(
            "backend-silent", f"does not answer at its own address: {', '.join(silent)}"
        )
    if len({backend.identity for backend in backends}) < len(backends):
        return Finding.inconclusive(
            "indistinct-backends",
            f"backends share an identity: {', '.join(b.identity for b in backends)}",
        )
    return None


def exactly_the_backends_answer(sample: ServiceSample, *, least: int = 2) -> Finding:
    """All connections are answered, by every ready backend and by nothing else.

    A few datagrams may be lost on the way (`UDP_LOSS`); connections may not. The order of the
    codes is that of how much they tell: `no-answer`, `backend-foreign`, `backend-missing`.
    """
    doubt = doubt_about(sample.backends, least=least)
    if doubt is not None:
        return doubt
    return _if_nothing_excuses_it(sample, _who_answered(sample))


def connections_go_round(sample: ServiceSample) -> Finding:
    """Successive connections reach the backends in one order, over and over."""
    answered = exactly_the_backends_answer(sample)
    if answered.outcome is not Outcome.PASS:
        return answered
    period = len(sample.backends)
    if len(sample.answers) < 4 * period:
        return Finding.inconclusive(
            "too-few-tries", f"{len(sample.answers)} answers, {4 * period} are needed for an order"
        )
    names = _names(sample)
    order = [names[answer] for answer in sample.answers]
    for index, pod in enumerate(order[period:], start=period):
        if pod != order[index - period]:
            found = Finding.failed(
                "not-round-robin",
                f"connection {index + 1} went to {pod}, not to {order[index - period]}",
                backends=period,
                tries=sample.tries,
            )
            return _if_nothing_excuses_it(sample, found)
    return Finding.passed(
        f"strict round robin over {period} backends in {len(order)} connections",
        backends=period,
        tries=sample.tries,
        order=list(order[:period]),
    )


def _names(sample: ServiceSample) -> dict[str, str]:
    return {backend.identity: backend.pod for backend in sample.backends}


def _who_answered(sample: ServiceSample) -> Finding:
    names = _names(sample)
    counts = Counter(names.get(answer, answer) for answer in sample.answers)
    kinds = sorted({failure.reply.value for failure in sample.failures})
    facts: dict[str, JsonValue] = {
        "backends": len(sample.backends),
        "tries": sample.tries,
        "answered": sample.answered,
        "counts": {**counts},
        "failures": [*kinds],
        "seconds": round(sum(wait.seconds for wait in sample.readiness), 3),
    }
    if not sample.answered:
        waited = "; ".join(
            f"{wait.what} not within {wait.bound:g} s"
            for wait in sample.readiness
            if not wait.reached
        )
        return Finding.failed(
            "no-answer", f"nothing answered: {', '.join(kinds)} {waited}".rstrip(), **facts
        )
    foreign = sorted(set(counts) - set(names.values()))
    if foreign:
        return Finding.failed(
            "backend-foreign", f"answered without being a backend: {', '.join(foreign)}", **facts
        )
    missing = sorted(set(names.values()) - set(counts))
    if missing or len(sample.failures) > _tolerated(sample):
        return _fell_short(sample, missing, facts)
    return Finding.passed(
        f"{len(names)} of {len(names)} backends answered {sample.answered} of {sample.tries}",
        **facts,
    )


def _fell_short(
    sample: ServiceSample, missing: Sequence[str], facts: Mapping[str, JsonValue]
) -> Finding:
    """Say what it was: connections that nobody answered, else a backend that never answered."""
    lost = [failure.reply for failure in sample.failures if failure.reply not in _UNKNOWN]
    never = f"never answered: {', '.join(missing)}"
    if len(lost) > _tolerated(sample):
        kinds = ", ".join(sorted({reply.value for reply in lost}))
        said = f"{len(lost)} of {sample.tries} unanswered ({kinds})"
        return Finding.failed(
            "no-answer", f"{said}, {never}" if missing and sample.answers else said, **facts
        )
    if missing and _is_by_schedule(sample):
        return Finding.inconclusive(
            "one-backend-by-schedule",
            f"only {sample.answers[0]} answered, as some {sample.data_plane} schedulers have it",
            **facts,
        )
    if missing and _can_miss_one(sample):
        return Finding.failed("backend-missing", never, **facts)
    if missing:
        return Finding.inconclusive(
            "too-few-tries", f"{len(sample.answers)} answers are too few; {never}", **facts
        )
    return Finding.inconclusive(
        "unknown-reply", f"unknown error: {only_unknown(sample.failures)}", **facts
    )


def _can_miss_one(sample: ServiceSample) -> bool:
    return chance_of_missing_one(len(sample.backends), len(sample.answers)) <= FALSE_ALARM


def _is_by_schedule(sample: ServiceSample) -> bool:
    one = len(set(sample.answers)) == 1
    return one and named_in(CHOOSING_ONE, sample.data_plane) is not None


def _tolerated(sample: ServiceSample) -> float:
    udp = all(attempts.protocol is Protocol.UDP for attempts in sample.samples)
    return UDP_LOSS * sample.tries if udp else 0


def _if_nothing_excuses_it(sample: ServiceSample, found: Finding) -> Finding:
    """Blame no proxy for unknown errors, or while the API's own list of endpoints was another."""
    if found.outcome is not Outcome.FAIL:
        return found
    unknown = only_unknown(sample.failures)
    if found.code == "no-answer" and unknown:
        return Finding.inconclusive("unknown-reply", f"unknown error: {unknown}", **found.facts)
    wanted = {backend.address for backend in sample.backends}
    for when, ready in (("before", sample.ready_before), ("after", sample.ready_after)):
        if set(ready) != wanted:
            return Finding.inconclusive(
                "endpoints-changed",
                f"{found.seen}; but {when} the sample the API listed {', '.join(ready) or 'none'}",
                **found.facts,
            )
    return found
