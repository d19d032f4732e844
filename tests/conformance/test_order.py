"""Heavy checks keep some nodes busy while others wait for their clusters."""

from collections.abc import Sequence

from conformance.catalogue import Declared
from conformance.order import Question, ranks
from tests.verdicts.records import check
from verdicts.findings import Finding
from verdicts.vocabulary import Feature

COMPARTMENT, CNI = Feature.SHARED_COMPARTMENT, Feature.CNI_PLUGIN


def asked(name: str, node: str | None, feature: Feature, *, is_heavy: bool = False) -> Question:
    declared = Declared(
        check=check(name, feature), claim=lambda _: Finding.passed(""), is_heavy=is_heavy
    )
    return Question(declared=declared, node=node)


def order(nodes: Sequence[str | None]) -> dict[str | None, list[str]]:
    """Return the names of each node's checks in the order that they are asked."""
    questions = [
        question
        for node in nodes
        for question in (
            asked("waves", node, CNI, is_heavy=True),
            asked("pods", node, CNI),
            asked("loopback", node, COMPARTMENT),
        )
    ]
    ranked = sorted(zip(ranks(questions), questions, strict=True), key=lambda each: each[0])
    return {
        node: [each.declared.check.id for _, each in ranked if each.node == node] for node in nodes
    }


EARLY, LATE = ["waves", "loopback", "pods"], ["loopback", "pods", "waves"]


def test_every_other_node_has_its_heavy_checks_first() -> None:
    assert order(["a", "b", "c", "d", "e"]) == {
        "a": EARLY,
        "b": LATE,
        "c": EARLY,
        "d": LATE,
        "e": EARLY,
    }


def test_of_two_nodes_one_is_busy_while_the_other_waits() -> None:
    assert order(["a", "b"]) == {"a": LATE, "b": EARLY}


def test_a_single_node_has_its_heavy_checks_last() -> None:
    assert order(["a"]) == {"a": LATE}


def test_a_check_without_a_node_has_a_place_all_the_same() -> None:
    assert order([None]) == {None: LATE}
