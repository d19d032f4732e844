"""Every code and branch of the claim on the sources that peers see, as a table."""

import pytest

from verdicts.claims.endpoint import (
    peers_see_the_containers_own_address,
)
from verdicts.observations.attempts import Attempts, Failure
from verdicts.observations.endpoint import SourceAsk, Sources
from verdicts.vocabulary import Outcome, Placement, Protocol, Reply


def ask(
    *answers: str,
    own: tuple[str, ...] = ("10.244.0.5",),
    path_source: str = "",
    failures: tuple[Failure, ...] = (),
    container: str = "a",
) -> SourceAsk:
    return SourceAsk(
        container=container,
        peer="peer-0",
        peer_node="node-b",
        own=own,
        path_source=path_source,
        attempts=Attempts(
            client=f"probe/{container}",
            address="10.244.1.9",
            port=8080,
            protocol=Protocol.TCP,
            tries=len(answers) + len(failures),
            answers=answers,
            failures=failures,
        ),
    )


def sources(
    *asks: SourceAsk,
    placement: Placement = Placement.OTHER_NODE,
    nodes: tuple[str, ...] = ("node-b",),
) -> Sources:
    return Sources(
        pod="probe", pod_ips=("10.244.0.5",), placement=placement, nodes=nodes, asks=asks
    )


TIMED_OUT = Failure(reply=Reply.TIMED_OUT, detail="i/o timeout")


BOTH = ("10.244.0.5", "172.20.0.2")


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(
            sources(ask("10.244.0.5:40000", "10.244.0.5:40001", path_source="10.244.0.5")),
            Outcome.PASS,
            "pass",
            id="own-address",
        ),
        pytest.param(
            sources(ask("[fd00::5]:40000", own=("fd00:0::5",), path_source="fd00::5")),
            Outcome.PASS,
            "pass",
            id="ipv6-in-brackets",
        ),
        pytest.param(
            sources(ask("[::ffff:10.244.0.5]:40000")), Outcome.PASS, "pass", id="mapped-ipv4"
        ),
        pytest.param(
            sources(ask("10.244.0.5:40000", own=BOTH, path_source="10.244.0.5")),
            Outcome.PASS,
            "pass",
            id="2016-by-the-endpoint-of-that-path",
        ),
        pytest.param(
            sources(ask("172.20.0.2:40000", own=BOTH)),
            Outcome.PASS,
            "pass",
            id="either-where-the-path-is-unknown",
        ),
        pytest.param(
            sources(ask("10.244.0.5:40000", path_source="192.0.2.7")),
            Outcome.PASS,
            "pass",
            id="a-path-that-names-no-own-address-binds-nobody",
        ),
        pytest.param(
            sources(
                ask("10.244.0.5:40000"),
                ask("10.244.0.6:40000", own=("10.244.0.6",), container="b"),
            ),
            Outcome.PASS,
            "pass",
            id="2016-each-container-its-own",
        ),
        pytest.param(
            sources(ask("10.244.0.5:40000", failures=(TIMED_OUT,))),
            Outcome.PASS,
            "pass",
            id="one-lost-try-translates-nothing",
        ),
        pytest.param(
            sources(ask("172.30.0.11:40000")), Outcome.FAIL, "translated", id="the-nodes-address"
        ),
        pytest.param(
            sources(ask("172.20.0.2:40000", own=BOTH, path_source="10.244.0.5")),
            Outcome.FAIL,
            "translated",
            id="the-other-endpoints-address",
        ),
        pytest.param(
            sources(ask("10.244.0.5:40000", "172.30.0.11:40001")),
            Outcome.FAIL,
            "translated",
            id="now-and-then",
        ),
        pytest.param(
            sources(
                ask("10.244.0.5:40000"),
                ask("10.244.0.5:40000", own=("10.244.0.6",), container="b"),
            ),
            Outcome.FAIL,
            "translated",
            id="a-neighbours-address-is-not-its-own",
        ),
        pytest.param(
            sources(ask(failures=(TIMED_OUT,)), ask("172.30.0.11:40000", container="b")),
            Outcome.FAIL,
            "translated",
            id="translation-outweighs-silence",
        ),
        pytest.param(
            sources(ask("10.244.0.5:40000"), ask(failures=(TIMED_OUT,), container="b")),
            Outcome.INCONCLUSIVE,
            "peer-not-reached",
            id="a-silent-peer",
        ),
        pytest.param(
            sources(ask()), Outcome.INCONCLUSIVE, "peer-not-reached", id="no-answer-was-kept"
        ),
        pytest.param(
            sources(ask("<html>")), Outcome.INCONCLUSIVE, "unreadable-answer", id="no-address"
        ),
        pytest.param(
            sources(ask("peer.example:80")),
            Outcome.INCONCLUSIVE,
            "unreadable-answer",
            id="a-name-is-no-address",
        ),
        pytest.param(
            sources(ask("10.244.0.5:40000", own=())),
            Outcome.INCONCLUSIVE,
            "no-own-address",
            id="nothing-to-compare-with",
        ),
        pytest.param(
            sources(nodes=()), Outcome.NOT_APPLICABLE, "no-other-node", id="one-node-alone"
        ),
        pytest.param(sources(), Outcome.INCONCLUSIVE, "no-peer", id="nobody-placed-there"),
        pytest.param(
            sources(placement=Placement.SAME_NODE, nodes=()),
            Outcome.INCONCLUSIVE,
            "no-peer",
            id="nobody-beside-the-pod",
        ),
    ],
)
def test_sources_that_peers_see(observation: Sources, outcome: Outcome, code: str) -> None:
    finding = peers_see_the_containers_own_address(observation)

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen


def test_a_translation_names_who_saw_what() -> None:
    finding = peers_see_the_containers_own_address(
        sources(ask("172.30.0.11:40000", own=BOTH, path_source="10.244.0.5"))
    )

    assert finding.seen == "peer-0 sees 172.30.0.11 where a has 10.244.0.5"
    assert finding.facts["saw"] == "172.30.0.11"
    assert finding.facts["node"] == "node-b"
