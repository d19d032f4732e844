"""Claims on a backend that refuses connections beside a live one: masked, or not."""

from pydantic import JsonValue

from verdicts.claims.data_planes import RETRYING, named_in
from verdicts.claims.load_balancing import FALSE_ALARM, only_unknown
from verdicts.findings import Finding
from verdicts.observations.attempts import Attempts, Failure
from verdicts.observations.load_balancing import RefusingBackend
from verdicts.vocabulary import Reply

_DEAD = frozenset({Reply.REFUSED, Reply.TIMED_OUT, Reply.UNREACHABLE})


def is_masked(seen: RefusingBackend) -> Finding:
    """Every connection is answered by the live backend: the proxy tries another one."""
    doubt = _doubt(seen)
    if doubt is not None:
        return doubt
    facts = _facts(seen)
    if _unanswered(seen):
        return Finding.failed(
            "not-masked", f"{_unanswered(seen)} of {_tries(seen)} connections failed", **facts
        )
    if _too_few(seen):
        return _too_few_tries(seen)
    if not _is_known(seen):
        return _is_unknown(seen)
    return Finding.passed("a refusing backend is masked", **facts)


def is_not_masked(seen: RefusingBackend) -> Finding:
    """Some connections fail: a packet goes to the backend that was chosen, and to no other.

    A failure counts where the proxy was seen to know that backend, and where it is of a kind in
    which a dead backend shows itself; any other is nobody's answer.
    """
    doubt = _doubt(seen)
    if doubt is not None:
        return doubt
    facts = _facts(seen)
    if not _is_known(seen):
        return _is_unknown(seen)
    if _unanswered(seen):
        return _what_failed(seen)
    if _too_few(seen):
        return _too_few_tries(seen)
    documented = named_in(RETRYING, seen.data_plane)
    if documented is not None:
        return Finding.not_applicable(
            "documented-to-retry",
            f"{seen.data_plane} is documented to retry: {documented}",
            as_control=None,
            **facts,
        )
    return Finding.failed(
        "masked", f"all of {_tries(seen)} connections reached the live backend", **facts
    )


def _what_failed(seen: RefusingBackend) -> Finding:
    shown = sum(failure.reply in _DEAD for failure in _failures(seen))
    if shown:
        return Finding.passed(
            f"a refusing backend shows: {shown} of {_tries(seen)} connections failed",
            **_facts(seen),
        )
    kinds = ", ".join(sorted({failure.reply for failure in _failures(seen)}))
    return Finding.inconclusive(
        "other-failure",
        f"{_unanswered(seen)} of {_tries(seen)} connections failed as no dead backend does: "
        f"{kinds}",
        **_facts(seen),
    )


def _doubt(seen: RefusingBackend) -> Finding | None:
    return _doubt_about_the_pair(seen) or _doubt_about_the_way(seen)


def _doubt_about_the_pair(seen: RefusingBackend) -> Finding | None:
    """Return why the pair of backends cannot judge a proxy, or None where it can.

    The dead backend refuses where its platform sends resets; where a firewall drops instead, it
    is dead all the same. What it may never do is answer.
    """
    facts = _facts(seen)
    directly = seen.live_directly
    identity = seen.live.identity
    if not identity or directly.failures or set(directly.answers) != {identity}:
        return Finding.inconclusive(
            "control-failed", f"the live backend {seen.live.pod} does not answer directly", **facts
        )
    if not seen.refusing_directly or not set(seen.refusing_directly) <= _DEAD:
        return Finding.inconclusive(
            "control-failed", f"the backend {seen.refusing.pod} does not refuse directly", **facts
        )
    return None


def _doubt_about_the_way(seen: RefusingBackend) -> Finding | None:
    """Return why the way through the Service cannot judge a proxy, or None where it can."""
    facts = _facts(seen)
    late = [wait for wait in seen.readiness if not wait.reached]
    if late:
        return Finding.inconclusive(
            "not-programmed", f"{late[0].what} not within {late[0].bound:g} s", **facts
        )
    if not _tries(seen) or _unanswered(seen) == _tries(seen):
        return Finding.inconclusive(
            "control-failed", "the live backend is not reached through the Service", **facts
        )
    unknown = only_unknown(_failures(seen))
    if unknown:
        return Finding.inconclusive("unknown-reply", f"unknown error: {unknown}", **facts)
    foreign = sorted(_answers(seen.through_service) - {seen.live.identity})
    if foreign:
        return Finding.failed(
            "backend-foreign", f"answered without being a backend: {', '.join(foreign)}", **facts
        )
    return None


def _facts(seen: RefusingBackend) -> dict[str, JsonValue]:
    kinds = {failure.reply for failure in _failures(seen)}
    return {
        "tries": _tries(seen),
        "failed": _unanswered(seen),
        "kinds": [reply.value for reply in sorted(kinds)],
        "directly": [reply.value for reply in sorted(set(seen.refusing_directly))],
        "data_plane": seen.data_plane,
    }


def _tries(seen: RefusingBackend) -> int:
    return sum(sample.tries for sample in seen.through_service)


def _unanswered(seen: RefusingBackend) -> int:
    return len(_failures(seen))


def _failures(seen: RefusingBackend) -> list[Failure]:
    return [failure for sample in seen.through_service for failure in sample.failures]


def _answers(samples: tuple[Attempts, ...]) -> set[str]:
    return {answer for sample in samples for answer in sample.answers}


def _is_known(seen: RefusingBackend) -> bool:
    """Say whether the proxy was seen to send anything to the refusing backend's pod."""
    identity = seen.refusing.identity
    return bool(identity) and identity in _answers(seen.other_port)


def _too_few(seen: RefusingBackend) -> bool:
    # Of two backends a proxy that does not retry picks the dead one every second time.
    return 0.5 ** _tries(seen) > FALSE_ALARM


def _too_few_tries(seen: RefusingBackend) -> Finding:
    return Finding.inconclusive(
        "too-few-tries", f"{_tries(seen)} connections prove nothing", **_facts(seen)
    )


def _is_unknown(seen: RefusingBackend) -> Finding:
    return Finding.inconclusive(
        "refusing-backend-unknown",
        f"nothing shows that the proxy knows {seen.refusing.pod} as a backend",
        **_facts(seen),
    )
