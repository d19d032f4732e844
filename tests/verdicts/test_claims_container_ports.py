"""Every code and branch of the claims on containers' ports, as tables of what was seen."""

from itertools import permutations

import pytest

from tests.verdicts.compartments import PORTS, TEXTS, ask, loopback
from verdicts.claims.container_ports import (
    every_pair_answers_on_loopback,
    every_port_answers_on_the_pod_ip,
)
from verdicts.observations.attempts import Attempts, Failure
from verdicts.observations.compartment import Ask, Loopback, PortsOnPodIp
from verdicts.vocabulary import Outcome, Protocol, Reply


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(loopback(), Outcome.PASS, "pass", id="all-answer"),
        pytest.param(
            loopback(
                own={"a": "WIN-A", "b": "WIN-B", "c": "WIN-C"},
                pairs={
                    client + server: f"WIN-{server.upper()}"
                    for client, server in permutations("abc", 2)
                },
            ),
            Outcome.PASS,
            "pass",
            id="a-hostname-a-container",
        ),
        pytest.param(loopback(Reply.REFUSED), Outcome.FAIL, "refused", id="2016"),
        pytest.param(loopback(Reply.TIMED_OUT), Outcome.FAIL, "timed-out", id="dropped"),
        pytest.param(loopback(Reply.NOT_PERMITTED), Outcome.FAIL, "not-permitted", id="forbidden"),
        pytest.param(loopback(Reply.CLOSED), Outcome.FAIL, "closed", id="closed"),
        pytest.param(
            loopback(Reply.REFUSED, pairs={"ab": Reply.TIMED_OUT}),
            Outcome.FAIL,
            "mixed",
            id="two-kinds-are-not-2016",
        ),
        pytest.param(
            loopback(pairs={"ab": Reply.REFUSED, "cb": Reply.REFUSED}),
            Outcome.FAIL,
            "some-refused",
            id="one-container-apart-is-not-2016",
        ),
        pytest.param(
            loopback(pairs={"ab": Reply.REFUSED, "cb": Reply.CLOSED}),
            Outcome.FAIL,
            "some-mixed",
            id="one-container-apart-in-two-ways",
        ),
        pytest.param(
            loopback(pairs={"ab": "somebody"}), Outcome.FAIL, "other-answer", id="a-strangers-port"
        ),
        pytest.param(
            loopback(Reply.REFUSED, own={"b": Reply.REFUSED}),
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="a-dead-server-refuses-too",
        ),
        pytest.param(
            loopback(Reply.OTHER), Outcome.INCONCLUSIVE, "unreadable-reply", id="unknown-text"
        ),
        pytest.param(
            loopback(Reply.REFUSED, pairs={"ab": Reply.UNRESOLVED}),
            Outcome.INCONCLUSIVE,
            "unreadable-reply",
            id="no-name-was-asked",
        ),
        pytest.param(
            loopback().model_copy(update={"crossed": loopback().crossed[:5]}),
            Outcome.INCONCLUSIVE,
            "no-pair",
            id="a-pair-was-not-asked",
        ),
        pytest.param(
            Loopback(pod="probe", protocol=Protocol.TCP, own=(ask("a", "a"),), crossed=()),
            Outcome.INCONCLUSIVE,
            "no-pair",
            id="one-container",
        ),
    ],
)
def test_pairs_on_loopback(observation: Loopback, outcome: Outcome, code: str) -> None:
    finding = every_pair_answers_on_loopback(observation)

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen


def test_a_refusal_names_each_pair_and_its_kind() -> None:
    finding = every_pair_answers_on_loopback(loopback(pairs={"ab": Reply.REFUSED}))

    assert finding.facts["replies"] == {"a to b": "refused"}
    assert (finding.facts["pairs"], finding.facts["answered"]) == (6, 5)
    assert finding.seen == "1 of 6 pairs get refused on 127.0.0.1"


def test_answers_that_agnhost_forgot_are_not_a_stranger() -> None:
    forgotten = Attempts(
        client="a",
        address="127.0.0.1",
        port=8080,
        protocol=Protocol.TCP,
        tries=2,
        failures=(Failure(reply=Reply.TIMED_OUT, detail=TEXTS[Reply.TIMED_OUT]),),
    )
    observation = loopback()
    own = (Ask(client="a", server="a", attempts=forgotten), *observation.own[1:])

    finding = every_pair_answers_on_loopback(observation.model_copy(update={"own": own}))

    assert finding.outcome is Outcome.PASS


def ports(
    outcomes: dict[str, dict[str, str | Reply]], own: dict[str, str | Reply] | None = None
) -> PortsOnPodIp:
    """Outcomes by address and container; containers not named answer."""
    own = own or {}
    return PortsOnPodIp(
        pod="probe",
        peer="peer-0",
        own=tuple(ask(name, name, own.get(name, "probe")) for name in PORTS),
        peered=tuple(
            ask("peer-0", name, seen.get(name, "probe"), address)
            for address, seen in outcomes.items()
            for name in PORTS
        ),
    )


NOBODY = dict.fromkeys(PORTS, Reply.TIMED_OUT)


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(ports({"10.244.0.5": {}}), Outcome.PASS, "pass", id="all-answer"),
        pytest.param(
            ports({"10.244.0.5": {}, "fd00::5": {}}), Outcome.PASS, "pass", id="dual-stack"
        ),
        pytest.param(
            ports({"10.244.0.5": {"b": Reply.REFUSED, "c": Reply.REFUSED}}),
            Outcome.FAIL,
            "refused",
            id="2016",
        ),
        pytest.param(
            ports({"10.244.0.5": {"b": Reply.REFUSED, "c": Reply.CLOSED}}),
            Outcome.FAIL,
            "mixed",
            id="two-kinds",
        ),
        pytest.param(
            ports({"10.244.0.5": {"b": Reply.TIMED_OUT, "c": Reply.TIMED_OUT}}),
            Outcome.INCONCLUSIVE,
            "filtered-port",
            id="a-firewall-that-lets-one-port-pass",
        ),
        pytest.param(
            ports({"10.244.0.5": {"b": "somebody"}}), Outcome.FAIL, "other-answer", id="a-stranger"
        ),
        pytest.param(
            ports({"10.244.0.5": {"b": Reply.REFUSED}, "fd00::5": NOBODY}),
            Outcome.FAIL,
            "refused",
            id="a-closed-family-hides-no-refusal",
        ),
        pytest.param(
            ports({"10.244.0.5": NOBODY}),
            Outcome.INCONCLUSIVE,
            "peer-cannot-reach-pod",
            id="a-firewall-before-the-pod",
        ),
        pytest.param(
            ports({"10.244.0.5": {}, "fd00::5": NOBODY}),
            Outcome.INCONCLUSIVE,
            "peer-cannot-reach-pod",
            id="one-family-is-closed",
        ),
        pytest.param(
            ports({"10.244.0.5": {"b": Reply.OTHER}}),
            Outcome.INCONCLUSIVE,
            "unreadable-reply",
            id="unknown-text",
        ),
        pytest.param(
            ports({"10.244.0.5": {"b": Reply.REFUSED}}, own={"b": Reply.REFUSED}),
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="a-dead-server",
        ),
        pytest.param(ports({}), Outcome.INCONCLUSIVE, "no-pair", id="nothing-asked"),
    ],
)
def test_ports_on_the_pod_ip(observation: PortsOnPodIp, outcome: Outcome, code: str) -> None:
    finding = every_port_answers_on_the_pod_ip(observation)

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen


def test_a_silent_port_is_named() -> None:
    finding = every_port_answers_on_the_pod_ip(ports({"10.244.0.5": {"c": Reply.REFUSED}}))

    assert finding.facts["answered"] == ["a", "b"]
    assert finding.facts["silent"] == ["c"]
    assert finding.seen == "peer-0 gets refused on the pod IP from c"
