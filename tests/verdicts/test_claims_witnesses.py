"""Every code and branch of the self-test of a platform, as a table."""

from datetime import UTC, datetime, timedelta

import pytest

from verdicts.claims.witnesses import (
    a_backend_sees_the_pods_own_address,
    the_container_answers_as_itself,
)
from verdicts.observations.attempts import Failure
from verdicts.observations.witnesses import Clock, Identified, OwnSource
from verdicts.vocabulary import Outcome, Reply

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def clock(seconds: float) -> Clock:
    """A clock that is so much ahead, asked within two seconds."""
    return Clock(
        before=NOON, told=NOON + timedelta(seconds=1 + seconds), after=NOON + timedelta(seconds=2)
    )


def identified(
    *, actual: str = "probe", actual_node: str = "node-a", told: Clock | None = None
) -> Identified:
    return Identified(
        container="probe/a",
        transport="pod proxy",
        expected="probe",
        actual=actual,
        node="node-a",
        actual_node=actual_node,
        clock=told,
    )


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(identified(told=clock(0)), Outcome.PASS, "pass", id="itself"),
        pytest.param(identified(), Outcome.PASS, "pass", id="an-unread-clock"),
        pytest.param(identified(actual="<html>"), Outcome.FAIL, "other-identity", id="nonsense"),
        pytest.param(identified(actual_node="node-b"), Outcome.FAIL, "other-node", id="elsewhere"),
        pytest.param(identified(actual_node=""), Outcome.FAIL, "other-node", id="nowhere"),
    ],
)
def test_a_container_answers_as_itself(
    observation: Identified, outcome: Outcome, code: str
) -> None:
    finding = the_container_answers_as_itself(observation)

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen


@pytest.mark.parametrize(
    ("seen", "outcome", "code"),
    [
        (("10.244.1.5", "10.244.1.5"), Outcome.PASS, "pass"),
        (("192.0.2.11",), Outcome.FAIL, "translated"),
        (("10.244.1.5", "192.0.2.11"), Outcome.FAIL, "translated"),
        ((), Outcome.INCONCLUSIVE, "no-answer"),
    ],
)
def test_a_backend_that_is_asked_directly_sees_the_pods_own_address(
    seen: tuple[str, ...], outcome: Outcome, code: str
) -> None:
    lost = () if seen else (Failure(reply=Reply.TIMED_OUT, detail="i/o timeout"),)
    finding = a_backend_sees_the_pods_own_address(
        OwnSource(
            pod="probe",
            addresses=("10.244.1.5",),
            backend="peer",
            backend_node="node-b",
            seen=seen,
            unanswered=lost,
        )
    )

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen


@pytest.mark.parametrize(
    ("ahead", "told"),
    [
        (299, "on node-a"),
        (-299, "on node-a"),
        (311, "whose clock is 310 s ahead of the one here"),
        (-311, "whose clock is 310 s behind the one here"),
    ],
)
def test_clocks_that_differ_are_told_and_decide_nothing(ahead: float, told: str) -> None:
    finding = the_container_answers_as_itself(identified(told=clock(ahead)))

    assert finding.outcome is Outcome.PASS
    assert finding.seen.endswith(told)


def test_the_time_that_asking_takes_is_no_skew() -> None:
    assert [clock(seconds).skew for seconds in (-1, 0, 1)] == [0, 0, 0]
    assert clock(11).skew == 10
    assert clock(-11).skew == -10
