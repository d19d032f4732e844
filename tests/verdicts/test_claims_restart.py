"""Every code and branch of the claim on a restarted container, as a table."""

import pytest

from tests.verdicts.compartments import ask, loopback
from verdicts.claims.restart import a_restarted_container_stays_in_the_compartment
from verdicts.observations.attempts import Attempts
from verdicts.observations.compartment import ContainerLife, Loopback, Restart
from verdicts.vocabulary import Outcome, Reply


def tried(answer: str | Reply) -> Attempts:
    return ask("a", "b", answer).attempts


def life(
    identity: str, restarts: int, *, is_running: bool = True, waits_for: str = ""
) -> ContainerLife:
    return ContainerLife(
        identity=f"containerd://{identity}",
        restarts=restarts,
        is_running=is_running,
        waits_for=waits_for,
    )


FIRST, SECOND = life("one", 0), life("two", 1)


def restart(
    *lives: ContainerLife,
    after: str | Reply | None = "quiet",
    control: str | Reply | None = None,
    answers_itself: bool = True,
) -> Restart:
    return Restart(
        pod="quiet",
        container="b",
        sibling="a",
        own=tried("quiet"),
        before=tried("quiet"),
        lives=lives or (FIRST, SECOND),
        ending=tried(Reply.CLOSED),
        after=None if after is None else tried(after),
        control=None if control is None else tried(control),
        answers_itself=None if control is None else answers_itself,
        seconds=1.2,
    )


def never_answered(
    reply: Reply = Reply.REFUSED,
    *,
    own: str | Reply = "quiet",
    elsewhere: Loopback | None = None,
) -> Restart:
    return Restart(
        pod="quiet",
        container="b",
        sibling="a",
        own=tried(own),
        before=tried(reply),
        elsewhere=elsewhere,
    )


APART = restart(FIRST, SECOND, SECOND, after=Reply.REFUSED, control="quiet")


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
            APART.model_copy(update={"answers_itself": False}),
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="its-server-is-not-up",
        ),
        pytest.param(
            restart(FIRST, FIRST), Outcome.INCONCLUSIVE, "not-restarted", id="it-did-not-end"
        ),
        pytest.param(
            restart(FIRST, life("one", 1)),
            Outcome.INCONCLUSIVE,
            "not-restarted",
            id="counted-and-not-another",
        ),
        pytest.param(
            restart(FIRST), Outcome.INCONCLUSIVE, "not-restarted", id="told-of-one-alone"
        ),
        pytest.param(
            restart(FIRST, SECOND, after=None), Outcome.INCONCLUSIVE, "not-restarted", id="unasked"
        ),
        pytest.param(
            restart(
                life("one", 1),
                life("one", 1, is_running=False, waits_for="CrashLoopBackOff"),
                after=None,
            ),
            Outcome.INCONCLUSIVE,
            "not-restarted",
            id="it-backs-off",
        ),
        pytest.param(
            restart(
                FIRST,
                SECOND,
                life("two", 1, is_running=False, waits_for="CrashLoopBackOff"),
                after=Reply.REFUSED,
                control="quiet",
            ),
            Outcome.INCONCLUSIVE,
            "not-restarted",
            id="it-ended-anew-meanwhile",
        ),
        pytest.param(
            APART.model_copy(update={"control": tried(Reply.REFUSED)}),
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="the-sibling-is-silent-too",
        ),
        pytest.param(
            APART.model_copy(update={"control": None}),
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="the-sibling-was-not-asked",
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


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(
            never_answered(elsewhere=loopback(Reply.REFUSED)),
            Outcome.NOT_APPLICABLE,
            "never-shared",
            id="nor-do-others-on-the-node",
        ),
        pytest.param(
            never_answered(elsewhere=loopback()),
            Outcome.INCONCLUSIVE,
            "never-answered",
            id="others-on-the-node-do",
        ),
        pytest.param(
            never_answered(elsewhere=loopback(own={"c": Reply.TIMED_OUT})),
            Outcome.INCONCLUSIVE,
            "never-answered",
            id="others-could-not-be-asked",
        ),
        pytest.param(
            never_answered(), Outcome.INCONCLUSIVE, "never-answered", id="others-were-not-asked"
        ),
        pytest.param(
            never_answered(own=Reply.REFUSED, elsewhere=loopback(Reply.REFUSED)),
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="nothing-listens",
        ),
        pytest.param(
            never_answered(Reply.OTHER, elsewhere=loopback(Reply.REFUSED)),
            Outcome.INCONCLUSIVE,
            "unreadable-reply",
            id="words-that-nobody-knows",
        ),
    ],
)
def test_a_container_that_never_answered_its_sibling(
    observation: Restart, outcome: Outcome, code: str
) -> None:
    finding = a_restarted_container_stays_in_the_compartment(observation)

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen


def test_a_backoff_is_named() -> None:
    waits = life("one", 1, is_running=False, waits_for="CrashLoopBackOff")

    finding = a_restarted_container_stays_in_the_compartment(restart(FIRST, waits, after=None))

    assert "restarts: 0, 1; CrashLoopBackOff" in finding.seen
