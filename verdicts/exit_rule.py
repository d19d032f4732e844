"""The exit code of a finished run, from its cells and from what could not be asked."""

from collections.abc import Collection, Iterable

from verdicts.evidence import Evidence
from verdicts.findings import FOLLOWS, HARNESS_ERROR, NOT_JUDGED
from verdicts.report import Cell
from verdicts.vocabulary import UNANSWERED, Agreement, Origin, Verdict, Weight

AS_EXPECTED = 0
REGRESSION = 1
COULD_NOT_ASK = 2


def exit_code(
    cells: Iterable[Cell],
    *,
    harness_failed: bool,
    strict: bool,
    by_word_alone: Collection[str] = (),
) -> int:
    """Return 1 for a regression, else 2 where something could not be asked, else 0.

    With `strict` an improvement counts as a regression does. A required check without an answer
    leaves something open whatever its cell says by the others; one that only supports its cell,
    or is reported, does not, nor does one that follows from a failure, which the cell counts.
    Documented cells never count, nor do those of platforms that are stood for `by_word_alone`.

    Args:
        cells: the matrix.
        harness_failed: what no cell shows: an error of the harness, an interrupted run, no check
            at all, or a required platform that is missing.
        strict: whether an improvement is one too many.
        by_word_alone: platforms that no judged node runs, and of which nobody names what makes
            their nodes behave so.
    """
    judged = [
        cell
        for cell in cells
        if cell.origin is not Origin.DOCUMENTED and cell.platform not in by_word_alone
    ]
    loud = {Agreement.REGRESSION} | ({Agreement.IMPROVEMENT} if strict else set())
    if any(cell.agreement in loud for cell in judged):
        return REGRESSION
    is_open = harness_failed or not judged or any(map(_is_open, judged))
    return COULD_NOT_ASK if is_open else AS_EXPECTED


def harness_broke(evidence: Iterable[Evidence]) -> bool:
    """Say whether a check of any weight ended in an error of ours, which says nothing of a node."""
    return any(record.finding.code in {HARNESS_ERROR, NOT_JUDGED} for record in evidence)


def _is_open(cell: Cell) -> bool:
    return cell.verdict is Verdict.INCONCLUSIVE or any(
        check.weight is Weight.REQUIRED and check.outcome in UNANSWERED and check.code != FOLLOWS
        for check in cell.checks
    )
