from itertools import permutations

import pytest

from reports.verification import differences
from verdicts.checks import Check
from verdicts.evidence import Evidence
from verdicts.findings import Finding
from verdicts.fold import fold
from verdicts.observations.attempts import Attempts, Failure
from verdicts.observations.compartment import Ask, Loopback
from verdicts.registry import judge_again
from verdicts.report import Report
from verdicts.timings import Timing
from verdicts.vocabulary import Feature, Outcome, Protocol, Reply, Verdict, Weight

CLAIM = "every_pair_answers_on_loopback"
CHECK = Check(
    id="loopback-tcp",
    title="Every container reaches every other over TCP on 127.0.0.1.",
    feature=Feature.SHARED_COMPARTMENT,
    weight=Weight.REQUIRED,
    claim=CLAIM,
    needs=frozenset(),
    source="https://kubernetes.io/docs/concepts/workloads/pods/#pod-networking",
)


def ask(client: str, server: str, failure: Failure | None = None) -> Ask:
    return Ask(
        client=client,
        server=server,
        attempts=Attempts(
            client=client,
            address="127.0.0.1",
            port=8080,
            protocol=Protocol.TCP,
            tries=1,
            answers=() if failure else ("probe",),
            failures=(failure,) if failure else (),
        ),
    )


def loopback(*, shared: bool) -> Loopback:
    refused = Failure(reply=Reply.REFUSED, detail="connection refused")
    return Loopback(
        pod="probe",
        protocol=Protocol.TCP,
        own=tuple(ask(name, name) for name in "abc"),
        crossed=tuple(
            ask(client, server, None if shared else refused)
            for client, server in permutations("abc", 2)
        ),
    )


@pytest.fixture
def folded(report: Report) -> Report:
    """A report of one check on three nodes, as the fold makes it from real findings."""
    observations = {
        judged.id: loopback(shared=judged.platform != "windows-2016")
        for judged in report.inventory.judged
    }
    evidence = tuple(
        report.evidence[0].model_copy(
            update={
                "check": CHECK.id,
                "node": node,
                "claim": CLAIM,
                "observation": observation.dump(),
                "finding": judge_again(CLAIM, observation.dump()),
            }
        )
        for node, observation in observations.items()
    )
    made = fold(inventory=report.inventory, catalogue=(CHECK,), evidence=evidence)
    return report.model_copy(
        update={
            "catalogue": (CHECK,),
            "evidence": evidence,
            "cells": made.cells,
            "checks": made.checks,
        }
    )


def with_record(report: Report, node: str, **fields: object) -> Report:
    evidence = tuple(
        Evidence.model_validate({**dict(record), **fields}) if record.node == node else record
        for record in report.evidence
    )
    return report.model_copy(update={"evidence": evidence})


def test_a_report_that_follows_from_its_evidence_has_no_difference(folded: Report) -> None:
    assert [result.outcome for result in folded.checks].count(Outcome.PASS) == 2
    assert differences(folded) == ()


def test_an_attempt_that_the_observation_does_not_tell_of_is_found(folded: Report) -> None:
    (line,) = differences(with_record(folded, "linux-kernel-0", attempts=3))

    assert line.endswith("the report says attempt 3, its observation was made by attempt 1")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"because": "blocked by transport"},
            "because 'blocked by transport', its evidence gives ''",
        ),
        ({"attempts": 3}, "attempts 3, its evidence gives 1"),
        ({"seen": "all is well"}, "seen 'all is well', its evidence gives "),
        ({"finding": None}, "finding None, its evidence gives pass (pass)"),
    ],
)
def test_a_result_that_its_evidence_does_not_give_is_found(
    changed: dict[str, object], said: str, folded: Report
) -> None:
    first, *others = folded.checks
    told = folded.model_copy(update={"checks": (first.model_copy(update=changed), *others)})

    assert any(said in line for line in differences(told))


def test_a_result_too_many_and_one_too_few_are_found(folded: Report) -> None:
    first, *others = folded.checks
    strange = first.model_copy(update={"check": "strange"})
    told = folded.model_copy(update={"checks": (*others, strange)})

    assert set(differences(told)) >= {
        f"{first.check} on {first.node}: the report lacks its result",
        f"strange on {first.node}: the report has a result that nothing gives",
    }


def test_a_timing_that_nothing_was_recorded_of_is_found(folded: Report) -> None:
    timing = Timing(
        check="kernel-convergence",
        node="linux-kernel-0",
        platform="linux",
        change="endpoint ready",
        seconds=1,
        soon=10,
        bound=30,
        is_followed=True,
    )

    (line,) = differences(folded.model_copy(update={"timings": (timing,)}))

    assert line == "the timings do not follow from the changes that were recorded"


def test_a_brightened_verdict_is_found(folded: Report) -> None:
    cells = tuple(
        cell.model_copy(update={"verdict": Verdict.SUPPORTED})
        if cell.platform == "windows-2016"
        else cell
        for cell in folded.cells
    )

    (line,) = differences(folded.model_copy(update={"cells": cells}))

    assert line.startswith("shared-compartment on windows-2016: verdict: supported -> ")


def test_a_brightened_finding_is_found(folded: Report) -> None:
    lines = differences(
        with_record(folded, "windows-2016-kernel-0", finding=Finding.passed("all answer"))
    )

    (line,) = lines
    assert line.startswith("loopback-tcp@windows-2016-kernel-0: the report says pass (pass), ")
    assert line.endswith("its observation gives fail (refused)")


def test_a_removed_record_changes_its_cell(folded: Report) -> None:
    kept = tuple(record for record in folded.evidence if record.node != "linux-kernel-0")

    lines = differences(folded.model_copy(update={"evidence": kept}))

    assert any(line.startswith("shared-compartment on linux: ") for line in lines)


def test_an_observation_of_another_form_is_told(folded: Report) -> None:
    lines = differences(with_record(folded, "linux-kernel-0", observation={"pod": "probe"}))

    assert lines[0].startswith(f"loopback-tcp@linux-kernel-0: {CLAIM} does not take this")


def test_what_could_not_be_asked_is_taken_as_it_stands(folded: Report) -> None:
    finding = Finding.inconclusive("forbidden", "the API refused")
    unasked = with_record(folded, "linux-kernel-0", observation=None, finding=finding)
    made = fold(
        inventory=unasked.inventory, catalogue=unasked.catalogue, evidence=unasked.evidence
    )

    again = unasked.model_copy(update={"cells": made.cells, "checks": made.checks})

    assert differences(again) == ()
