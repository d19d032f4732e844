"""The table itself, as every rendering shows it: which columns, which rows, which cell where."""

from dataclasses import dataclass

from verdicts.documented import SEED_COLUMNS
from verdicts.report import Cell, CheckResult, Report
from verdicts.vocabulary import Agreement, Feature, Origin, Outcome, Verdict

_ORDER = (
    "windows-2016",
    "windows-1709",
    "windows-1803",
    "windows-2019",
    "windows-1903",
    "windows-1909",
    "windows-2004",
    "windows-20h2",
    "windows-2022",
    "windows-23h2",
    "windows-2025",
)

SYMBOLS = {
    Verdict.SUPPORTED: "✓",
    Verdict.PARTIAL: "◐",
    Verdict.ALTERNATIVE: "≈",
    Verdict.UNSUPPORTED: "✗",
    Verdict.NOT_ACTIVE: "○",
    Verdict.NOT_APPLICABLE: "-",
    Verdict.INCONCLUSIVE: "?",
}
"""A sign beside each verdict's word; never the only thing that tells two verdicts apart."""

MEANINGS = {
    Verdict.SUPPORTED: "every required check passed",
    Verdict.PARTIAL: "required checks passed, a supporting one failed",
    Verdict.ALTERNATIVE: "another mechanism does the job; the sentence says which",
    Verdict.UNSUPPORTED: "a required check failed, or the mode asked for does not run",
    Verdict.NOT_ACTIVE: "no node runs that mode",
    Verdict.NOT_APPLICABLE: "this release or platform does not have it",
    Verdict.INCONCLUSIVE: "could not be asked; not a no",
}

ORIGINS = {
    Origin.MEASURED: "asked of nodes that run this system",
    Origin.EMULATED: "asked of Linux nodes that emulate its documented behaviour",
    Origin.DOCUMENTED: "no such node here; quoted from the named sources",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One feature across the columns; None where a report holds no such cell."""

    feature: Feature
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Columns in the order of their releases, Linux last, and the six rows."""

    platforms: tuple[str, ...]
    rows: tuple[Row, ...]

    def narrowed(self, start: int, stop: int) -> "Matrix":
        """Return the same rows with only some of the columns."""
        return Matrix(
            platforms=self.platforms[start:stop],
            rows=tuple(Row(row.feature, row.cells[start:stop]) for row in self.rows),
        )


def matrix(report: Report) -> Matrix:
    """Lay the report's cells out as the table: the columns met, and always the seed's three.

    Rows that were not asked for are left out; a report without any cell has all six.
    """
    by_place = {(cell.feature, cell.platform): cell for cell in report.cells}
    met = {*report.inventory.platforms, *(cell.platform for cell in report.cells)}
    platforms = tuple(sorted(met.union(SEED_COLUMNS), key=_release_order))
    asked = {cell.feature for cell in report.cells} or set(Feature)
    return Matrix(
        platforms=platforms,
        rows=tuple(
            Row(feature, tuple(by_place.get((feature, platform)) for platform in platforms))
            for feature in Feature
            if feature in asked
        ),
    )


def in_order(report: Report) -> tuple[Cell, ...]:
    """Return the cells row by row, in the order of the columns."""
    return tuple(cell for row in matrix(report).rows for cell in row.cells if cell is not None)


def notable(report: Report) -> tuple[Cell, ...]:
    """Return the cells that are not as expected, regressions first; quoted cells never are."""
    order = (Agreement.REGRESSION, Agreement.UNKNOWN, Agreement.IMPROVEMENT)
    asked = [cell for cell in in_order(report) if cell.origin is not Origin.DOCUMENTED]
    return tuple(cell for kind in order for cell in asked if cell.agreement is kind)


def checks_of(report: Report, cell: Cell) -> tuple[CheckResult, ...]:
    """Return the results behind a cell: what counts against it first, then by check and node."""
    order = list(Outcome)
    order.sort(key=lambda outcome: outcome is Outcome.PASS)
    order.sort(key=lambda outcome: outcome is not Outcome.FAIL)
    listed = {(check.check, check.node) for check in cell.checks}
    return tuple(
        sorted(
            (
                result
                for result in report.checks
                if result.platform == cell.platform
                and result.feature is cell.feature
                and (result.check, result.node) in listed
            ),
            key=lambda result: (order.index(result.outcome), result.check, result.node),
        )
    )


def _release_order(platform: str) -> tuple[int, str]:
    if platform == "linux":
        return len(_ORDER) + 1, platform
    return (_ORDER.index(platform) if platform in _ORDER else len(_ORDER)), platform
