"""Every code and branch of the claims on paths between pods and nodes, as tables."""

import pytest

from verdicts.claims.paths import (
    a_deleted_pods_address_is_silent,
    a_pod_reaches_its_node,
    every_pod_reaches_every_other,
    the_kubelet_reaches_its_pods,
)
from verdicts.observations.attempts import Attempts, Failure
from verdicts.observations.cni import (
    DeadAddress,
    Handshake,
    NodeToPod,
    PlacedPod,
    PodToNode,
    Reachability,
    ReadinessProbe,
    Visit,
)
from verdicts.vocabulary import Outcome, Protocol, Reply

NODES = {"a0": "node-a", "a1": "node-a", "b0": "node-b", "b1": "node-b"}
HERE = "node-a"


def attempts(answer: str | Reply, address: str = "10.244.0.9") -> Attempts:
    reached = not isinstance(answer, Reply)
    return Attempts(
        client="client",
        address=address,
        port=8080,
        protocol=Protocol.TCP,
        tries=1,
        answers=(answer,) if reached else (),
        failures=() if reached else (Failure(reply=answer, detail=f"connect: {answer}"),),
    )


def reachability(
    changed: dict[tuple[str, str], str | Reply | None] | None = None,
    *,
    names: tuple[str, ...] = tuple(NODES),
    other_nodes: tuple[str, ...] = ("node-b",),
    own: dict[str, str | Reply] | None = None,
) -> Reachability:
    """All pairs with an end on node-a answer truly, but for those changed; None: not asked."""
    answers: dict[tuple[str, str], str | Reply | None] = {
        (client, backend): backend
        for client in names
        for backend in names
        if client != backend and HERE in {NODES[client], NODES[backend]}
    }
    answers.update(changed or {})
    return Reachability(
        node=HERE,
        pods=tuple(
            PlacedPod(pod=name, node=NODES[name], addresses=(f"10.244.0.{number}",))
            for number, name in enumerate(names)
        ),
        other_nodes=other_nodes,
        visits=tuple(
            Visit(client=client, backend=backend, attempts=attempts(answer))
            for (client, backend), answer in answers.items()
            if answer is not None
        ),
        own=tuple(
            Visit(client=pod, backend=pod, attempts=attempts(answer, "127.0.0.1"))
            for pod, answer in (own or {}).items()
        ),
    )


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(reachability(), Outcome.PASS, "pass", id="all"),
        pytest.param(
            reachability({("a0", "b0"): Reply.TIMED_OUT}), Outcome.FAIL, "unreached", id="one-lost"
        ),
        pytest.param(
            reachability({("b0", "a0"): Reply.REFUSED}),
            Outcome.FAIL,
            "unreached",
            id="the-way-back-lost",
        ),
        pytest.param(
            reachability({("a0", "a1"): "a0"}),
            Outcome.FAIL,
            "other-identity",
            id="somebody-else-answers",
        ),
        pytest.param(
            reachability(
                {("a0", "a1"): "stranger", ("a0", "b0"): Reply.TIMED_OUT}, own={"a1": "a1"}
            ),
            Outcome.FAIL,
            "other-identity",
            id="a-stranger-outweighs-a-loss",
        ),
        pytest.param(
            reachability({("a0", "a1"): "garbage"}, own={"a1": "garbage"}),
            Outcome.INCONCLUSIVE,
            "mistaken-server",
            id="a-server-that-does-not-know-its-name",
        ),
        pytest.param(
            reachability({("a0", "a1"): "garbage"}, own={"a1": Reply.REFUSED}),
            Outcome.INCONCLUSIVE,
            "mistaken-server",
            id="a-server-that-does-not-answer-itself",
        ),
        pytest.param(
            reachability({("a0", "a1"): "garbage"}),
            Outcome.INCONCLUSIVE,
            "mistaken-server",
            id="a-server-that-was-not-asked-by-itself",
        ),
        pytest.param(
            reachability({("a0", "a1"): "garbage", ("a0", "b0"): "b1"}, own={"a1": "garbage"}),
            Outcome.FAIL,
            "other-identity",
            id="another-pod-outweighs-a-mistaken-server",
        ),
        pytest.param(
            reachability({("a0", "a1"): "garbage", ("b0", "a1"): "a0"}, own={"a1": "garbage"}),
            Outcome.FAIL,
            "other-identity",
            id="another-pod-answers-for-a-mistaken-server",
        ),
        pytest.param(
            reachability(
                {("a0", "a1"): "garbage", ("a0", "b0"): Reply.TIMED_OUT}, own={"a1": "garbage"}
            ),
            Outcome.FAIL,
            "unreached",
            id="a-loss-outweighs-a-mistaken-server",
        ),
        pytest.param(
            reachability({("a0", "b1"): None}),
            Outcome.INCONCLUSIVE,
            "too-few-pairs",
            id="a-pair-not-asked",
        ),
        pytest.param(
            reachability({("a0", "b1"): None, ("a1", "b1"): Reply.TIMED_OUT}),
            Outcome.FAIL,
            "unreached",
            id="a-loss-outweighs-a-pair-not-asked",
        ),
        pytest.param(
            reachability(names=("a0", "a1")),
            Outcome.INCONCLUSIVE,
            "too-few-pairs",
            id="no-pod-on-the-other-node",
        ),
        pytest.param(
            reachability(names=("a0", "a1"), other_nodes=()),
            Outcome.PASS,
            "pass",
            id="a-cluster-of-one-node",
        ),
        pytest.param(
            reachability(names=("a0",), other_nodes=()),
            Outcome.INCONCLUSIVE,
            "too-few-pairs",
            id="nobody-to-ask",
        ),
    ],
)
def test_every_pod_reaches_every_other(
    observation: Reachability, outcome: Outcome, code: str
) -> None:
    finding = every_pod_reaches_every_other(observation)

    assert (finding.outcome, finding.code) == (outcome, code)


def test_pairs_between_other_nodes_are_not_asked_for() -> None:
    finding = every_pod_reaches_every_other(reachability())

    assert (finding.facts["pods"], finding.facts["pairs"]) == (4, 10)


def dead(before: list[str | Reply], after: list[str | Reply]) -> DeadAddress:
    return DeadAddress(
        pod="doomed",
        address="10.244.0.9",
        client="probe/a",
        before=tuple(attempts(answer) for answer in before),
        after=tuple(attempts(answer) for answer in after),
    )


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(dead(["doomed"], [Reply.UNREACHABLE] * 3), Outcome.PASS, "pass", id="gone"),
        pytest.param(dead(["doomed"], [Reply.TIMED_OUT]), Outcome.PASS, "pass", id="black-hole"),
        pytest.param(dead(["doomed"], [Reply.REFUSED]), Outcome.PASS, "pass", id="azure-answers"),
        pytest.param(
            dead(["doomed"], ["heir"]), Outcome.PASS, "pass", id="given-to-another-already"
        ),
        pytest.param(
            dead(["doomed"], [Reply.TIMED_OUT, "doomed"]),
            Outcome.FAIL,
            "still-answers",
            id="a-ghost",
        ),
        pytest.param(
            dead([Reply.TIMED_OUT], [Reply.TIMED_OUT]),
            Outcome.INCONCLUSIVE,
            "never-answered",
            id="nothing-to-lose",
        ),
        pytest.param(
            dead(["somebody"], [Reply.TIMED_OUT]),
            Outcome.INCONCLUSIVE,
            "never-answered",
            id="somebody-else-answered",
        ),
        pytest.param(dead([], []), Outcome.INCONCLUSIVE, "never-answered", id="nobody-asked"),
        pytest.param(
            dead(["doomed"], []), Outcome.INCONCLUSIVE, "not-asked", id="nobody-asked-after"
        ),
    ],
)
def test_a_deleted_pods_address_is_silent(
    observation: DeadAddress, outcome: Outcome, code: str
) -> None:
    finding = a_deleted_pods_address_is_silent(observation)

    assert (finding.outcome, finding.code) == (outcome, code)


def probe(
    *, ready: bool = True, host: str = "", peer: Reply | None = None, status: int | None = None
) -> ReadinessProbe:
    return ReadinessProbe(
        pod="probe",
        address="10.244.0.5",
        port=8080,
        host=host,
        path="/healthz",
        ready=ready,
        peer=peer,
        status=status,
    )


@pytest.mark.parametrize(
    ("probes", "outcome", "code"),
    [
        pytest.param([probe()], Outcome.PASS, "pass", id="ready"),
        pytest.param([probe(host="10.244.0.5")], Outcome.PASS, "pass", id="its-own-ip-by-name"),
        pytest.param(
            [probe(), probe(ready=False, peer=Reply.ANSWERED, status=200)],
            Outcome.FAIL,
            "never-ready",
            id="peers-reach-it-and-the-node-does-not",
        ),
        pytest.param(
            [probe(ready=False, peer=Reply.REFUSED)],
            Outcome.INCONCLUSIVE,
            "not-ready",
            id="nobody-reaches-it",
        ),
        pytest.param(
            [probe(ready=False, peer=Reply.ANSWERED, status=412)],
            Outcome.INCONCLUSIVE,
            "not-ready",
            id="its-server-is-not-well",
        ),
        pytest.param(
            [probe(ready=False, peer=Reply.ANSWERED)],
            Outcome.INCONCLUSIVE,
            "not-ready",
            id="whether-its-server-is-well-is-unknown",
        ),
        pytest.param(
            [probe(ready=False)], Outcome.INCONCLUSIVE, "not-ready", id="no-peer-was-asked"
        ),
        pytest.param([], Outcome.INCONCLUSIVE, "no-probe", id="no-http-probe"),
        pytest.param(
            [probe(host="192.0.2.1")], Outcome.INCONCLUSIVE, "no-probe", id="of-another-host"
        ),
    ],
)
def test_the_kubelet_reaches_its_pods(
    probes: list[ReadinessProbe], outcome: Outcome, code: str
) -> None:
    finding = the_kubelet_reaches_its_pods(NodeToPod(node=HERE, probes=tuple(probes)))

    assert (finding.outcome, finding.code) == (outcome, code)


@pytest.mark.parametrize(
    ("replies", "outcome", "code"),
    [
        pytest.param([Reply.ANSWERED], Outcome.PASS, "pass", id="answered"),
        pytest.param([Reply.TIMED_OUT], Outcome.INCONCLUSIVE, "filtered", id="firewalled"),
        pytest.param([Reply.REFUSED], Outcome.FAIL, "refused", id="refused"),
        pytest.param([Reply.OTHER], Outcome.INCONCLUSIVE, "unreadable-reply", id="unread"),
        pytest.param([], Outcome.INCONCLUSIVE, "not-asked", id="no-internal-ip"),
    ],
)
def test_a_pod_reaches_its_node(replies: list[Reply], outcome: Outcome, code: str) -> None:
    finding = a_pod_reaches_its_node(
        PodToNode(
            pod="probe",
            node=HERE,
            handshakes=tuple(
                Handshake(client="probe/a", address="172.30.0.13", port=10250, reply=reply)
                for reply in replies
            ),
        )
    )

    assert (finding.outcome, finding.code) == (outcome, code)
