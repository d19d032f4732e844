"""Claims on a Service that never had endpoints: what becomes of a TCP connection to it."""

from collections.abc import Sequence

from pydantic import JsonValue

from verdicts.claims.data_planes import WITHOUT_BACKENDS, named_in
from verdicts.findings import Finding
from verdicts.observations.load_balancing import EmptyService
from verdicts.vocabulary import Reply


def accepts_and_closes(seen: EmptyService) -> Finding:
    """Every handshake completes, and then the connection is closed without an answer.

    End of file and a reset are the same here: which it is depends on who sent first.
    """
    doubt = _doubt(seen)
    if doubt is not None:
        return doubt
    turned_away = [reply for reply in seen.handshakes if reply is not Reply.ANSWERED]
    if turned_away:
        return Finding.failed(
            turned_away[0].value,
            f"{len(turned_away)} of {len(seen.handshakes)} handshakes: {_said(turned_away)}",
            **_facts(seen),
        )
    if Reply.ANSWERED in seen.elsewhere:
        return _anything_answers(seen)
    return _what_follows(seen)


def completes_no_handshake(seen: EmptyService) -> Finding:
    """No handshake ever completes; how it is turned away is recorded and decides nothing."""
    doubt = _doubt(seen)
    if doubt is not None:
        return doubt
    facts = _facts(seen)
    completed = [r for r in seen.handshakes if r in {Reply.ANSWERED, Reply.CLOSED}]
    if completed and Reply.ANSWERED in seen.elsewhere:
        return _anything_answers(seen)
    if completed:
        return Finding.failed(
            "handshake-completed",
            f"{len(completed)} of {len(seen.handshakes)} handshakes completed",
            **facts,
        )
    kinds = sorted(set(seen.handshakes))
    if not set(kinds) <= _TURNED_AWAY:
        return Finding.inconclusive(
            "unknown-reply",
            f"handshakes ended in a way that nobody knows: {_said(kinds)}",
            **facts,
        )
    known = named_in(WITHOUT_BACKENDS, seen.data_plane)
    usual = None if known is None else set(kinds) <= known[0]
    note = f", unlike {seen.data_plane} elsewhere" if usual is False else ""
    return Finding.passed(
        f"no handshake of {len(seen.handshakes)} completes: {_said(kinds)}{note}",
        **facts,
        usual=usual,
    )


_TURNED_AWAY = frozenset({Reply.REFUSED, Reply.TIMED_OUT, Reply.UNREACHABLE, Reply.NOT_PERMITTED})


def _what_follows(seen: EmptyService) -> Finding:
    facts = _facts(seen)
    if seen.exchanges is None or not seen.exchanges.tries:
        return Finding.inconclusive(
            "not-asked", "handshakes completed, and nobody asked what follows", **facts
        )
    if seen.exchanges.answered:
        return Finding.failed("answered", "a Service without endpoints answered", **facts)
    kinds = {failure.reply for failure in seen.exchanges.failures}
    if kinds == {Reply.CLOSED}:
        return Finding.passed("an empty Service accepts, then closes", **facts)
    if Reply.TIMED_OUT in kinds:
        return Finding.failed("held-open", "handshakes complete, then nothing follows", **facts)
    odd = sorted(kinds - {Reply.CLOSED})
    return Finding.failed(odd[0].value, f"after some handshakes: {_said(odd)}", **facts)


def _doubt(seen: EmptyService) -> Finding | None:
    if Reply.ANSWERED not in seen.live:
        return Finding.inconclusive(
            "control-failed",
            f"the same client reaches no live Service either: {_said(sorted(set(seen.live)))}",
            **_facts(seen),
        )
    if not seen.handshakes:
        return Finding.inconclusive("not-asked", "no handshake was tried", **_facts(seen))
    return None


def _anything_answers(seen: EmptyService) -> Finding:
    return Finding.inconclusive(
        "anything-answers",
        "handshakes complete at a port of this address that no Service has, too: something on "
        "the way answers every SYN",
        **_facts(seen),
    )


def _facts(seen: EmptyService) -> dict[str, JsonValue]:
    follows = () if seen.exchanges is None else tuple(sorted(seen.exchanges.replies))
    return {
        "kinds": [reply.value for reply in sorted(set(seen.handshakes))],
        "follows": [reply.value for reply in follows],
        "data_plane": seen.data_plane,
    }


def _said(replies: Sequence[Reply]) -> str:
    return ", ".join(dict.fromkeys(reply.value for reply in replies)) or "nothing was asked"
