"""What the templates are given: the report laid out, nothing computed that a report does not say."""

from typing import TypedDict

from reports import directions, retries
from reports.directions import DirectionRow, RuledOut
from reports.headline import headline, moment
from reports.matrix import (
    MEANINGS,
    ORIGINS,
    SYMBOLS,
    Matrix,
    checks_of,
    in_order,
    matrix,
    notable,
)
from reports.text import block, one_line, web_address
from reports.timings import Timings, timings
from verdicts.checks import Check
from verdicts.directions import Direction
from verdicts.evidence import Evidence
from verdicts.report import Cell, CheckResult, Report
from verdicts.vocabulary import Agreement, Feature, Origin, Outcome, Verdict


class CellView(TypedDict):
    """A cell and the results behind it."""

    anchor: str
    cell: Cell
    results: tuple[CheckResult, ...]
    tally: str


class View(TypedDict):
    """The names that the templates know."""

    report: Report
    headline: tuple[str, ...]
    matrix: Matrix
    notable: tuple[Cell, ...]
    cells: list[CellView]
    symbols: dict[Verdict, str]
    meanings: dict[Verdict, str]
    origins: dict[Origin, str]
    titles: dict[str, Check]
    evidence: dict[str, Evidence]
    directions: tuple[DirectionRow, ...]
    targets: tuple[str, ...]
    closed: tuple[Direction, ...]
    ruled_out: tuple[RuledOut, ...]
    timings: Timings | None
    late: tuple[CheckResult, ...]
    late_heading: str


def view(report: Report) -> View:
    """Lay a report out for the templates."""
    cells = in_order(report)
    verdicts = {cell.verdict for cell in cells}
    origins = {cell.origin for cell in cells}
    late = retries.late_passes(report)
    return View(
        report=report,
        headline=headline(report),
        matrix=matrix(report),
        notable=notable(report),
        cells=[_cell_view(report, cell) for cell in cells],
        symbols=SYMBOLS,
        meanings={word: text for word, text in MEANINGS.items() if word in verdicts},
        origins={word: text for word, text in ORIGINS.items() if word in origins},
        titles={check.id: check for check in report.catalogue},
        evidence={record.key: record for record in report.evidence},
        directions=directions.rows(report),
        targets=tuple(directions.HEADINGS.values()),
        closed=directions.closed(report),
        ruled_out=directions.ruled_out(report),
        timings=timings(report),
        late=late,
        late_heading=retries.heading(len(late)),
    )


def anchor(feature: Feature, platform: str) -> str:
    """Return the id of a cell's section, free of anything that a platform's name may bring."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-.") else "-" for c in platform)
    return f"{feature}-on-{safe}"


def _cell_view(report: Report, cell: Cell) -> CellView:
    results = checks_of(report, cell)
    counts = {outcome: sum(r.outcome is outcome for r in results) for outcome in Outcome}
    return CellView(
        anchor=anchor(cell.feature, cell.platform),
        cell=cell,
        results=results,
        tally=", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count),
    )


def is_loud(cell: Cell) -> bool:
    """Say whether a cell's agreement is printed in the table: asked, and not as expected."""
    return cell.origin is not Origin.DOCUMENTED and cell.agreement is not Agreement.AS_EXPECTED


FILTERS = {
    "one_line": one_line,
    "block": block,
    "web_address": web_address,
    "moment": moment,
    "anchor": lambda cell: anchor(cell.feature, cell.platform),
    "loud": is_loud,
    "direction": directions.named,
    "attempt": retries.ordinal,
}
