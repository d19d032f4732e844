"""The exit code of a finished run, from its cells and from what could not be asked."""

from collections.abc import Iterable

from verdicts.report import Cell
from verdicts.vocabulary import Agreement, Origin, Verdict

AS_EXPECTED = 0
REGRESSION = 1
COULD_NOT_ASK = 2


def exit_code(cells: Iterable[Cell], *, harness_failed: bool, strict: bool) -> int:
    """Return 1 for a regression, else 2 where something could not be asked, else 0.

    `harness_failed` covers what no cell shows: an error of the harness, an interrupted run, no
    check at all, or a required platform that is missing. With `strict` an improvement counts as
    a regression does. Documented cells never count.
    """
    judged = [cell for cell in cells if cell.origin is not Origin.DOCUMENTED]
    loud = {Agreement.REGRESSION} | ({Agreement.IMPROVEMENT} if strict else set())
    if any(cell.agreement in loud for cell in judged):
        return REGRESSION
    open_cells = any(cell.verdict is Verdict.INCONCLUSIVE for cell in judged)
    return COULD_NOT_ASK if harness_failed or open_cells or not judged else AS_EXPECTED
