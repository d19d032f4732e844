"""Every code and branch of the claim on silent connections, as a table."""

import pytest

from verdicts.claims.kernel_mode import a_kernel_mode_proxy_remembers_a_silent_connection
from verdicts.observations.silence import HeldConnection, SilentConnections, SilentRound
from verdicts.vocabulary import Outcome


def held(*answers: str, again: float | None = 5.0) -> HeldConnection:
    return HeldConnection(answers=answers, again=again, ended=6.1, limit=12, needed=1)


ON, CUT = held("peer-a", "peer-a"), held("peer-a")
NEVER, LATE = held(), held("peer-a", again=None)
WELL = (ON, ON, ON)


def one(*through: HeldConnection, directly: tuple[HeldConnection, ...] = WELL) -> SilentRound:
    return SilentRound(through=through, directly=directly)


@pytest.mark.parametrize(
    ("rounds", "outcome", "code"),
    [
        pytest.param([one(*WELL)], Outcome.PASS, "pass", id="go-on"),
        pytest.param([one(CUT, CUT, CUT)], Outcome.FAIL, "no-answer", id="are-cut"),
        pytest.param([one(ON, CUT, ON), one(*WELL)], Outcome.PASS, "pass", id="one-was-lost"),
        pytest.param(
            [one(ON, CUT, ON), one(CUT, ON, ON)], Outcome.FAIL, "no-answer", id="one-now-and-then"
        ),
        pytest.param(
            [one(ON, held("peer-a", "peer-b"), ON)], Outcome.FAIL, "other-backend", id="one-moves"
        ),
        pytest.param(
            [one(CUT, CUT, CUT, directly=(ON, CUT, ON))],
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="some-without-a-service-are-cut-too",
        ),
        pytest.param(
            [one(*WELL, directly=(ON, CUT, ON))],
            Outcome.PASS,
            "pass",
            id="only-one-without-a-service-is-cut",
        ),
        pytest.param(
            [one(NEVER, NEVER, NEVER)], Outcome.INCONCLUSIVE, "never-served", id="never-answered"
        ),
        pytest.param(
            [one(LATE, LATE, LATE)], Outcome.INCONCLUSIVE, "no-time", id="the-client-was-late"
        ),
        pytest.param([], Outcome.NOT_APPLICABLE, "not-asked", id="another-userland"),
    ],
)
def test_silent_connections(rounds: list[SilentRound], outcome: Outcome, code: str) -> None:
    seen = SilentConnections(service="lb", backend="peer-a", seconds=5, rounds=tuple(rounds))

    found = a_kernel_mode_proxy_remembers_a_silent_connection(seen)

    assert (found.outcome, found.code) == (outcome, code), found.seen
