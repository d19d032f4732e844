"""The claim that connections to a Service outlive a silence."""

from verdicts.findings import Finding
from verdicts.observations.silence import SilentConnections, SilentRound


def silent_connections_go_on(seen: SilentConnections) -> Finding:
    """What is asked after the silence is answered on the same connection, by the same backend.

    A single connection may be lost with a packet or two: what counts is that all of a round are
    lost, or some of one and some of the next. Codes: `no-answer`, `other-backend`. Not applicable:
    `not-asked`, where the client's userland cannot hold a connection. Inconclusive:
    `never-served`, `control-failed` where a connection straight to a backend does not outlive the
    silence either, and `no-time` where the client gave up before an answer could come.
    """
    if not seen.rounds:
        return Finding.not_applicable(
            "not-asked", "a connection can only be held by a Linux container so far"
        )
    last, silence = seen.rounds[-1], f"silent for {seen.seconds:g} s"
    moved = [
        held.answers for each in seen.rounds for held in each.through if len(set(held.answers)) > 1
    ]
    if moved:
        return Finding.failed(
            "other-backend",
            f"a connection to {seen.service} that was {silence} went from {' to '.join(moved[0])}",
        )
    told = ", then ".join(_told(each) for each in seen.rounds)
    if not last.lost:
        return Finding.passed(f"connections to {seen.service} that were {silence}: {told}")
    return _lost(seen, f"connections to {seen.service} that were {silence}: {told}")


def _lost(seen: SilentConnections, told: str) -> Finding:
    last = seen.rounds[-1]
    if not any(held.answers for each in seen.rounds for held in each.through):
        return Finding.inconclusive("never-served", f"{seen.service} did not answer to begin with")
    if not all(held.went_on for held in last.directly):
        return Finding.inconclusive(
            "control-failed", f"{told}; nor do all straight to {seen.backend} outlive it"
        )
    if not any(held.was_given_time for held in last.lost):
        return Finding.inconclusive("no-time", f"{told}; the client gave up before an answer came")
    return Finding.failed("no-answer", told)


def _told(each: SilentRound) -> str:
    return f"{len(each.lost)} of {len(each.through)} lost"
