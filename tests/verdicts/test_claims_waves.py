"""What the claims make of waves of pods, and of host ports."""

import pytest

from tests.verdicts.flows import attempts
from verdicts.claims.waves import a_host_port_leads_to_its_pod, waves_leave_nothing
from verdicts.observations.attempts import Attempts
from verdicts.observations.cni import BookEntry, PlacedPod
from verdicts.observations.waves import HostPort, Wave, WavePod, Waves
from verdicts.vocabulary import Outcome, Protocol, Reply

LIVING = PlacedPod(pod="probe", node="n", addresses=("10.0.0.2",))
OWN = BookEntry(network="pods", address="10.0.0.2")


def visit(*replies: Reply, said: str = "") -> Attempts:
    return attempts(Protocol.TCP, *(replies or (Reply.ANSWERED,)), said=said)


def pod(name: str, address: str, *, seen: Attempts | None = None) -> WavePod:
    addresses = (address,) if address else ()
    return WavePod(pod=name, identity=name, addresses=addresses, visit=seen or visit(said=name))


def wave(*pods: WavePod, left: tuple[str, ...] = ()) -> Wave:
    return Wave(number=1, forced=False, pods=pods, up=3.0, gone=2.0, left=left)


def waves(
    *each: Wave,
    entries: tuple[BookEntry, ...] | None = (OWN,),
    heirs: tuple[PlacedPod, ...] = (),
) -> Waves:
    return Waves(
        node="n", living=(LIVING,), waves=each, entries=entries, heirs=heirs, reason="denied"
    )


GOOD = wave(pod("a", "10.0.0.3"), pod("b", "10.0.0.4"))
LEAKED = BookEntry(network="pods", address="10.0.0.3")


def test_waves_that_leave_nothing_pass() -> None:
    found = waves_leave_nothing(waves(GOOD, GOOD))

    assert found.outcome is Outcome.PASS
    assert (found.facts["pods"], found.facts["addresses"]) == (4, 2)
    assert found.facts["book_read"] is True


def test_an_unread_book_is_told_and_judged_by_nobody() -> None:
    found = waves_leave_nothing(waves(GOOD, entries=None))

    assert (found.outcome, found.facts["book_read"]) == (Outcome.PASS, False)
    assert "denied" in found.seen


@pytest.mark.parametrize(
    ("entries", "heirs", "outcome"),
    [
        ((OWN, LEAKED), (), Outcome.FAIL),
        (
            (OWN, LEAKED),
            (PlacedPod(pod="heir", node="n", addresses=("10.0.0.3",)),),
            Outcome.PASS,
        ),
        ((OWN, LEAKED.model_copy(update={"network": "another"})), (), Outcome.PASS),
        ((LEAKED,), (), Outcome.PASS),
    ],
    ids=["leaked", "inherited", "another network's", "a book that knows no living pod"],
)
def test_an_address_that_is_not_given_back_leaks(
    entries: tuple[BookEntry, ...], heirs: tuple[PlacedPod, ...], outcome: Outcome
) -> None:
    found = waves_leave_nothing(waves(GOOD, entries=entries, heirs=heirs))

    assert found.outcome is outcome
    assert (found.code == "leaked") is (outcome is Outcome.FAIL)


@pytest.mark.parametrize(
    ("bad", "outcome", "code"),
    [
        (wave(pod("a", "10.0.0.3"), pod("b", "10.0.0.3")), Outcome.FAIL, "duplicate-address"),
        (wave(pod("a", "10.0.0.2")), Outcome.FAIL, "duplicate-address"),
        (wave(pod("a", "10.0.0.3", seen=visit(said="x"))), Outcome.FAIL, "other-identity"),
        (wave(pod("a", "10.0.0.3", seen=visit(Reply.TIMED_OUT))), Outcome.FAIL, "silent"),
        (
            wave(pod("a", "10.0.0.3", seen=visit(Reply.OTHER))),
            Outcome.INCONCLUSIVE,
            "unknown-reply",
        ),
        (wave(pod("a", "")), Outcome.INCONCLUSIVE, "not-started"),
        (wave(pod("a", "10.0.0.3"), left=("a",)), Outcome.INCONCLUSIVE, "not-gone"),
    ],
)
def test_what_goes_wrong_in_a_wave_is_told(bad: Wave, outcome: Outcome, code: str) -> None:
    found = waves_leave_nothing(waves(GOOD, bad))

    assert (found.outcome, found.code) == (outcome, code)


@pytest.mark.parametrize(
    ("afterwards", "code"),
    [
        (visit(said="a"), "still-answers"),
        (visit(said="heir"), "pass"),
        (visit(Reply.TIMED_OUT), "pass"),
        (None, "pass"),
    ],
)
def test_a_pod_that_answers_when_it_is_gone_is_told(
    afterwards: Attempts | None, code: str
) -> None:
    ended = pod("a", "10.0.0.3").model_copy(update={"afterwards": afterwards})

    assert waves_leave_nothing(waves(wave(ended))).code == code


def test_no_wave_is_no_answer() -> None:
    assert waves_leave_nothing(waves()).code == "nothing-asked"


def host_port(directly: Attempts | None, through: Attempts | None) -> HostPort:
    return HostPort(
        pod="a",
        identity="a",
        node="n",
        address="192.0.2.1",
        port=38080,
        directly=directly,
        through_node=through,
        reason="it is not allowed",
    )


@pytest.mark.parametrize(
    ("directly", "through", "outcome", "code"),
    [
        (visit(said="a"), visit(said="a"), Outcome.PASS, "pass"),
        (visit(said="a"), visit(Reply.REFUSED), Outcome.FAIL, "no-answer"),
        (visit(said="a"), visit(said="b"), Outcome.FAIL, "other-identity"),
        (visit(Reply.TIMED_OUT), visit(Reply.REFUSED), Outcome.INCONCLUSIVE, "pod-silent"),
        (None, None, Outcome.NOT_APPLICABLE, "not-asked"),
    ],
)
def test_a_host_port_is_judged_beside_its_pod(
    directly: Attempts | None, through: Attempts | None, outcome: Outcome, code: str
) -> None:
    found = a_host_port_leads_to_its_pod(host_port(directly, through))

    assert (found.outcome, found.code) == (outcome, code)
