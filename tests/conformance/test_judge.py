"""A failure is not judged where pods of the fleet went while it was seen."""

from pathlib import Path

import pytest

from conformance.asking import Asking
from conformance.catalogue import Declared, check, declared_by
from conformance.errors import ConformanceFailure, HarnessError
from conformance.judge import CheckJudge
from conformance.waiting import eventually
from tests.conformance.asked_fleet import asking
from tests.conformance.fake_cluster import FakeCluster
from tests.verdicts.services import attempts
from verdicts.claims.witnesses import every_address_answers
from verdicts.observations.witnesses import Reached
from verdicts.vocabulary import Feature, Outcome, Reply, Weight

REFUSED = Reached(attempts=(attempts([], Reply.REFUSED),))


@check(
    id="answers",
    title="Every address answers.",
    feature=Feature.CNI_PLUGIN,
    weight=Weight.REQUIRED,
    claim=every_address_answers,
    source="https://example.com/",
)
def answers() -> None:
    raise AssertionError("it is declared, and not run")


@pytest.fixture
def asked(tmp_path: Path) -> Asking:
    return asking(FakeCluster(), tmp_path)


def judge_of(asked: Asking) -> CheckJudge:
    declared = declared_by(answers)
    assert isinstance(declared, Declared)
    return CheckJudge(
        declared=declared, node=asked.node("linux-kernel-0"), journal=asked.journal, mark=0
    )


def test_a_failure_is_judged_where_all_pods_are_there(asked: Asking) -> None:
    judge = judge_of(asked)
    assert judge.node.probe_pod

    with pytest.raises(ConformanceFailure):
        judge(REFUSED)


def test_a_failure_is_left_open_where_somebody_deleted_a_pod_meanwhile(asked: Asking) -> None:
    judge = judge_of(asked)
    asked.cluster.delete(judge.node.probe_pod.path)
    eventually(judge.node.fleet.lost, bool, what="the loss is noticed", timeout=10.0)

    with pytest.raises(HarnessError, match="probe-linux-kernel-0 was deleted meanwhile"):
        judge(REFUSED)

    found = asked.journal.find("answers@linux-kernel-0")
    assert found is not None
    assert (found.finding.outcome, found.finding.code) == (Outcome.INCONCLUSIVE, "pod-lost")
