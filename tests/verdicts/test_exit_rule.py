"""What a run's end says to its caller: a regression, something left open, or neither."""

import pytest

from tests.verdicts.records import inventory, judged, record
from verdicts.exit_rule import exit_code, harness_broke
from verdicts.findings import FOLLOWS, Finding
from verdicts.inventory import EMULATES_LABEL
from verdicts.report import Cell, CellCheck
from verdicts.vocabulary import Agreement, Feature, Origin, Outcome, Verdict, Weight

V, A = Verdict, Agreement


def cell(
    verdict: Verdict,
    says: Agreement,
    origin: Origin = Origin.MEASURED,
    *,
    platform: str = "linux",
    checks: tuple[CellCheck, ...] = (),
) -> Cell:
    return Cell(
        feature=Feature.CNI_PLUGIN,
        platform=platform,
        verdict=verdict,
        origin=origin,
        agreement=says,
        seen="",
        checks=checks,
    )


def unanswered(weight: Weight, outcome: Outcome = Outcome.INCONCLUSIVE) -> CellCheck:
    return CellCheck(
        check="cni-example", node="linux-kernel-0", weight=weight, outcome=outcome, code="blocked"
    )


FOLLOWING = unanswered(Weight.REQUIRED).model_copy(update={"code": FOLLOWS})
"""What only says once more what another check of the row has failed for."""


def decided_with(*checks: CellCheck) -> Cell:
    """A cell that another check decides, as it is expected to."""
    return cell(V.ALTERNATIVE, A.AS_EXPECTED, Origin.EMULATED, checks=checks)


FINE = cell(V.SUPPORTED, A.AS_EXPECTED)
BROKEN = cell(V.UNSUPPORTED, A.REGRESSION)
BETTER = cell(V.SUPPORTED, A.IMPROVEMENT)
OPEN = cell(V.INCONCLUSIVE, A.UNKNOWN)
READ = cell(V.UNSUPPORTED, A.REGRESSION, Origin.DOCUMENTED)
SAID = cell(V.UNSUPPORTED, A.REGRESSION, Origin.EMULATED, platform="windows-2016")
SHOWN = cell(V.UNSUPPORTED, A.REGRESSION, Origin.EMULATED, platform="windows-1709")
SAID_OPEN = cell(V.INCONCLUSIVE, A.UNKNOWN, Origin.EMULATED, platform="windows-2016")
SAID_BETTER = cell(V.SUPPORTED, A.IMPROVEMENT, Origin.EMULATED, platform="windows-2016")


@pytest.mark.parametrize(
    ("cells", "harness_failed", "strict", "code"),
    [
        ([FINE], False, False, 0),
        ([FINE, decided_with(FOLLOWING)], False, False, 0),
        ([FINE, BETTER], False, False, 0),
        ([FINE, BETTER], False, True, 1),
        ([FINE, OPEN], False, False, 2),
        ([OPEN, BROKEN], False, False, 1),
        ([BROKEN], True, False, 1),
        ([FINE], True, False, 2),
        ([FINE, READ], False, True, 0),
        ([READ], False, False, 2),
        ([], False, False, 2),
        ([decided_with(unanswered(Weight.REQUIRED))], False, False, 2),
        ([decided_with(unanswered(Weight.REQUIRED, Outcome.NOT_RUN))], False, False, 2),
        ([decided_with(unanswered(Weight.SUPPORTING))], False, False, 0),
        ([decided_with(unanswered(Weight.SUPPORTING, Outcome.NOT_RUN))], False, False, 0),
        ([decided_with(unanswered(Weight.REPORTED))], False, False, 0),
        ([decided_with(unanswered(Weight.REQUIRED)), BROKEN], False, False, 1),
        ([FINE, SAID], False, False, 0),
        ([FINE, SAID_OPEN], False, False, 0),
        ([FINE, SAID_BETTER], False, True, 0),
        ([FINE, SHOWN], False, False, 1),
        ([SAID], False, False, 2),
    ],
)
def test_the_exit_code_is_the_verdict_of_the_run(
    *, cells: list[Cell], harness_failed: bool, strict: bool, code: int
) -> None:
    by_word_alone = {"windows-2016"}

    assert (
        exit_code(cells, harness_failed=harness_failed, strict=strict, by_word_alone=by_word_alone)
        == code
    )


@pytest.mark.parametrize(
    ("by", "word"),
    [
        ((), False),
        (("--platform",), True),
        (("facts file",), True),
        ((f"label {EMULATES_LABEL}",), True),
        (("runtime-wrapper", "second-endpoint"), False),
    ],
)
def test_a_platform_is_stood_for_by_word_alone_where_no_means_is_named(
    by: tuple[str, ...], *, word: bool
) -> None:
    met = inventory(judged("linux"), judged("windows-2016", emulated_by=by))

    assert met.stood_for_by_word_alone == ({"windows-2016"} if word else set())


def test_a_node_that_runs_the_platform_counts_beside_one_that_is_merely_called_so() -> None:
    met = inventory(
        judged("windows-2016"), judged("windows-2016", emulated_by=("--platform",), ordinal=1)
    )

    assert met.stood_for_by_word_alone == set()


@pytest.mark.parametrize(
    ("code", "broke"), [("harness-error", True), ("not-judged", True), ("could-not-ask", False)]
)
def test_an_error_of_the_harness_is_told_from_what_could_not_be_asked(
    code: str, *, broke: bool
) -> None:
    finding = Finding.inconclusive(code, "KeyError: 'x'")

    assert harness_broke([record("a-check", judged("linux"), finding)]) is broke
