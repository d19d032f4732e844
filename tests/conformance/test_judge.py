"""What a judge writes down beside the finding: by which attempt, and what there was too much of."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conformance.catalogue import Declared
from conformance.errors import HarnessError
from conformance.exchanges import Recorder
from conformance.judge import CheckJudge
from tests.conformance.asked_fleet import asking
from tests.conformance.fake_cluster import FakeCluster
from verdicts.checks import Check
from verdicts.evidence import Evidence, Exchange
from verdicts.findings import Finding
from verdicts.observations.dns import Lookup, LookupTry
from verdicts.vocabulary import Feature, Weight


def a_name_resolves(observation: Lookup) -> Finding:
    return Finding.passed(f"{observation.name} yields {observation.addresses}")


CHECK = Check(
    id="name",
    title="A name resolves.",
    feature=Feature.DNS_SUFFIXES,
    weight=Weight.REQUIRED,
    claim=a_name_resolves.__name__,
    source="https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/",
)
EXCHANGE = Exchange(
    at=datetime(2026, 1, 2, tzinfo=UTC),
    transport="exec",
    target="probe/a",
    request="getent ahostsv4 twin",
    answer="",
    milliseconds=1.0,
)
LOST, FOUND = LookupTry(detail="no answer"), LookupTry(addresses=("10.96.0.1",))


def recorded(directory: Path, *tries: LookupTry, exchanges: int = 0) -> Evidence:
    asked = asking(FakeCluster(), directory)
    judge = CheckJudge(
        declared=Declared(check=CHECK, claim=a_name_resolves),
        node=asked.node("linux-kernel-0"),
        journal=asked.journal,
        mark=asked.recorder.mark(),
    )
    asked.recorder.repeat([EXCHANGE] * exchanges)
    judge(Lookup(name="twin", tries=tries))
    assert judge.line is not None
    record = asked.journal.find(judge.line.key)
    assert record is not None
    return record


@pytest.mark.parametrize(("tries", "attempt"), [((FOUND,), 1), ((LOST, LOST, FOUND), 3)])
def test_the_attempt_that_succeeded_is_recorded(
    tries: tuple[LookupTry, ...], attempt: int, tmp_path: Path
) -> None:
    record = recorded(tmp_path, *tries)

    assert record.attempts == attempt
    assert record.left_out == 0


def claim_that_fails(observation: Lookup) -> Finding:
    return Finding.failed("unresolved", f"{observation.name} yields nothing")


def test_what_became_of_pods_is_recorded_beside_a_failure_only(tmp_path: Path) -> None:
    cluster = FakeCluster()
    asked = asking(cluster, tmp_path)
    node = asked.node("linux-kernel-0")
    cluster.delete(node.probe_pod.path, grace=0)

    def recorded_by(claim: Callable[[Lookup], Finding]) -> tuple[str, ...]:
        judge = CheckJudge(
            declared=Declared(check=CHECK, claim=claim),
            node=node,
            journal=asked.journal,
            mark=asked.recorder.mark(),
        )
        with suppress(HarnessError):
            judge(Lookup(name=node.probe_pod.name, tries=(LOST,)))
        assert judge.line is not None
        record = asked.journal.find(judge.line.key)
        assert record is not None
        return record.departed

    assert recorded_by(a_name_resolves) == ()
    assert recorded_by(claim_that_fails) == ("probe-linux-kernel-0 was deleted",)


def test_exchanges_that_are_too_many_are_counted(tmp_path: Path) -> None:
    record = recorded(tmp_path, FOUND, exchanges=403)

    assert (len(record.exchanges), record.left_out) == (400, 3)


def test_nothing_is_left_out_of_an_empty_record() -> None:
    recorder = Recorder()

    assert recorder.left_out(recorder.mark()) == 0
