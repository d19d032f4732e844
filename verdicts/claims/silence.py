"""The claim that a connection to a Service outlives a silence."""

from verdicts.findings import Finding
from verdicts.observations.load_balancing import SilentConnection


def a_silent_connection_goes_on(seen: SilentConnection) -> Finding:
    """What is asked after the silence is answered on the same connection, by the same backend.

    Codes: `no-answer`, `other-backend`. Not applicable: `not-asked`, where the client's userland
    cannot hold a connection. Inconclusive: `never-served`, and `control-failed` where a connection
    straight to a backend does not outlive the silence either.
    """
    if seen.through is None:
        return Finding.not_applicable(
            "not-asked", "a connection can only be held by a Linux container so far"
        )
    told = f"a connection to {seen.service} that was silent for {seen.seconds:g} s"
    if not seen.through:
        return Finding.inconclusive("never-served", f"{seen.service} did not answer to begin with")
    if len(seen.directly) < 2:
        return Finding.inconclusive(
            "control-failed",
            f"nor does a connection straight to {seen.backend} outlive {seen.seconds:g} s",
        )
    if len(seen.through) < 2:
        return Finding.failed("no-answer", f"{told} was not answered any more")
    first, second = seen.through[:2]
    if first != second:
        return Finding.failed("other-backend", f"{told} went from {first} to {second}")
    return Finding.passed(f"{told} was answered by {second} again")
