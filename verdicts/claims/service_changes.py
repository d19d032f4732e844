"""Claims on Services that change: what one of them loses is its own loss, and is lost for good."""

from verdicts.claims.empty_service import completes_no_handshake
from verdicts.claims.load_balancing import exactly_the_backends_answer
from verdicts.findings import Finding
from verdicts.observations.load_balancing import LastEndpoint, SharedBackends
from verdicts.vocabulary import Reply


def the_other_service_goes_on(seen: SharedBackends) -> Finding:
    """After one of two Services over the same pods was deleted, the other reaches them all.

    Codes: those of who answers through a Service (`no-answer`, `backend-missing`,
    `backend-foreign`). Inconclusive: `never-served` where either did not answer while both were
    there, `not-deleted` where the deleted one goes on completing handshakes.
    """
    if not seen.before.answered or seen.doomed_before is not Reply.ANSWERED:
        quiet = seen.goes if seen.before.answered else seen.stays
        return Finding.inconclusive(
            "never-served", f"{quiet} did not answer while {seen.stays} and {seen.goes} were there"
        )
    if not seen.silence.reached:
        return Finding.inconclusive(
            "not-deleted",
            f"{seen.goes} was deleted, and completes handshakes {seen.silence.seconds:.0f} s later",
        )
    found = exactly_the_backends_answer(seen.sample)
    told = f"after {seen.goes} was deleted, at {seen.stays}: {found.seen}"
    return found.model_copy(update={"seen": told})


def nothing_answers_any_more(seen: LastEndpoint) -> Finding:
    """A Service that has lost its last endpoint completes no handshake, as one that never had any.

    Codes: `still-answers`, `handshake-completed`. How it is turned away is recorded and decides
    nothing. Inconclusive: `never-served` where it did not answer while it had the endpoint,
    `api-lists-it` where the API still does, and what makes the same of an empty Service.
    """
    emptied = seen.emptied
    if not seen.before.answered:
        return Finding.inconclusive(
            "never-served",
            f"{emptied.service} did not answer while it had {seen.backend.pod} behind it",
        )
    if seen.ready_after:
        return Finding.inconclusive(
            "api-lists-it",
            f"the API still lists {', '.join(seen.ready_after)} behind {emptied.service}",
        )
    live = Reply.ANSWERED in emptied.live
    if live and emptied.exchanges is not None and emptied.exchanges.answered:
        who = ", ".join(dict.fromkeys(emptied.exchanges.answers)) or "somebody"
        return Finding.failed(
            "still-answers",
            f"{emptied.service} has no endpoint any more, and {who} answers at it",
            data_plane=emptied.data_plane,
            backend=seen.backend.pod,
            kinds=[reply.value for reply in sorted(set(emptied.handshakes))],
        )
    return completes_no_handshake(emptied)
