"""Every code and branch of the claim on a restarted container, as a table."""

import pytest

from verdicts.claims.restart import a_restarted_container_stays_in_the_compartment
from verdicts.observations.attempts import Attempts, Failure
from verdicts.observations.compartment import Restart
from verdicts.vocabulary import Outcome, Protocol, Reply


def tried(answer: str | Reply, *, port: int = 8090) -> Attempts:
    reached = not isinstance(answer, Reply)
    return Attempts(
        client="quiet/a",
        address="127.0.0.1",
        port=port,
        protocol=Protocol.TCP,
        tries=1,
        answers=(answer,) if reached else (),
        failures=() if reached else (Failure(reply=answer, detail=f"dial: {answer}"),),
    )


def restart(
    *,
    before: str | Reply = "quiet",
    ending: str | Reply | None = Reply.CLOSED,
    after: str | Reply | None = "quiet",
    own: str | Reply | None = None,
    restarts: tuple[int, ...] = (0,),
    is_running: bool | None = None,
) -> Restart:
    return Restart(
        pod="quiet",
        container="b",
        sibling="a",
        before=tried(before),
        ending=None if ending is None else tried(ending),
        after=None if after is None else tried(after),
        own=None if own is None else tried(own, port=8070),
        restarts=restarts,
        is_running=is_running,
        seconds=1.2,
    )


APART = restart(after=Reply.REFUSED, own="quiet", restarts=(0, 1), is_running=True)


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(restart(), Outcome.PASS, "pass", id="back"),
        pytest.param(APART, Outcome.FAIL, "refused", id="apart"),
        pytest.param(
            APART.model_copy(update={"after": tried(Reply.TIMED_OUT)}),
            Outcome.FAIL,
            "timed-out",
            id="silent",
        ),
        pytest.param(
            restart(before=Reply.REFUSED, ending=None, after=None, restarts=()),
            Outcome.NOT_APPLICABLE,
            "never-shared",
            id="2016",
        ),
        pytest.param(
            restart(ending="quiet"), Outcome.INCONCLUSIVE, "not-restarted", id="it-did-not-end"
        ),
        pytest.param(
            restart(ending=None, after=None), Outcome.INCONCLUSIVE, "not-restarted", id="not-asked"
        ),
        pytest.param(
            APART.model_copy(update={"is_running": False}),
            Outcome.INCONCLUSIVE,
            "not-restarted",
            id="it-backs-off",
        ),
        pytest.param(
            APART.model_copy(update={"restarts": (1, 1)}),
            Outcome.INCONCLUSIVE,
            "not-restarted",
            id="the-api-has-not-heard-of-it",
        ),
        pytest.param(
            APART.model_copy(update={"own": tried(Reply.REFUSED)}),
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="the-sibling-is-silent-too",
        ),
        pytest.param(
            APART.model_copy(update={"after": tried(Reply.OTHER)}),
            Outcome.INCONCLUSIVE,
            "unreadable-reply",
            id="words-that-nobody-knows",
        ),
    ],
)
def test_a_restart(observation: Restart, outcome: Outcome, code: str) -> None:
    finding = a_restarted_container_stays_in_the_compartment(observation)

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen
