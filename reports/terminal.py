"""The matrix on a terminal: at 80 columns, with words before colours."""

from collections.abc import Iterable, Iterator

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from reports import directions, retries
from reports.headline import headline
from reports.matrix import MEANINGS, ORIGINS, SYMBOLS, Matrix, in_order, matrix, notable
from reports.text import one_line
from reports.view import is_loud
from verdicts.directions import Passage
from verdicts.report import Cell, Report
from verdicts.vocabulary import Agreement, Origin, Verdict

WIDTH = 80
_FEATURE_WIDTH = 25
_CELL_WIDTH = 14

_STYLES = {
    Verdict.SUPPORTED: "green",
    Verdict.PARTIAL: "yellow",
    Verdict.ALTERNATIVE: "cyan",
    Verdict.UNSUPPORTED: "red",
    Verdict.NOT_ACTIVE: "bright_black",
    Verdict.NOT_APPLICABLE: "bright_black",
    Verdict.INCONCLUSIVE: "magenta",
}

_PASSAGES = {
    Passage.OPEN: "green",
    Passage.PARTLY: "yellow",
    Passage.CLOSED: "red",
    Passage.NOT_ASKED: "bright_black",
    Passage.NOT_APPLICABLE: "bright_black",
}
_TARGET_WIDTH = 10
_PAIR_WIDTH = 28

_MARKS = {
    Agreement.REGRESSION: ("REGRESSION", "bold red"),
    Agreement.IMPROVEMENT: ("IMPROVEMENT", "bold green"),
    Agreement.UNKNOWN: ("UNKNOWN", "bold magenta"),
}


def as_text(report: Report, *, width: int = WIDTH) -> str:
    """Return the matrix without colours, for a file."""
    console = Console(width=width, color_system=None, force_terminal=False, legacy_windows=False)
    with console.capture() as captured:
        console.print(render(report, width=width))
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def print_matrix(report: Report, console: Console) -> None:
    """Print the matrix to a console, never wider than it is."""
    symbols = console.encoding.lower().startswith("utf")
    console.print(render(report, width=console.width, symbols=symbols))


def render(report: Report, *, width: int = WIDTH, symbols: bool = True) -> RenderableType:
    """Return headline, what is not as expected, the table, and a sentence for each cell.

    `symbols` adds a sign before each verdict's word; without it only ASCII lines are drawn.
    """
    whole = matrix(report)
    return Group(
        *(Text(line) for line in headline(report)),
        Text(),
        *_surprises(report),
        *_tables(whole, width=width, symbols=symbols),
        *_legend(whole),
        *_sentences(report),
        *_retries(report),
        *_directions(report),
        *_notes(report),
    )


def _surprises(report: Report) -> Iterator[RenderableType]:
    cells = notable(report)
    if not cells:
        yield Text("Every cell that was asked is as expected.", style="bold")
        yield Text()
        return
    yield Text("Not as expected", style="bold")
    for cell in cells:
        word, style = _MARKS[cell.agreement]
        expected = f", expected {cell.expected}" if cell.expected else ""
        line = Text()
        line.append(word, style=style)
        line.append(f"  {cell.feature} on {one_line(cell.platform)}: {cell.verdict}{expected}")
        yield Padding(line, (0, 0, 0, 2), expand=False)
        yield Padding(Text(one_line(cell.seen)), (0, 0, 0, 6), expand=False)
    yield Text()


def _tables(whole: Matrix, *, width: int, symbols: bool) -> Iterator[RenderableType]:
    fitting = max(1, (width - _FEATURE_WIDTH - 2) // (_CELL_WIDTH + 2))
    for start in range(0, len(whole.platforms), fitting):
        yield _table(whole.narrowed(start, start + fitting), symbols=symbols)
        yield Text()


def _table(part: Matrix, *, symbols: bool) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD if symbols else box.ASCII2,
        padding=(0, 1),
        show_edge=False,
        pad_edge=False,
    )
    table.add_column("feature", width=_FEATURE_WIDTH, overflow="fold")
    for platform in part.platforms:
        table.add_column(one_line(platform), min_width=_CELL_WIDTH, overflow="fold")
    for row in part.rows:
        cells = (_cell(cell, symbols=symbols) for cell in row.cells)
        table.add_row(Text(row.feature.heading), *cells)
    return table


def _cell(cell: Cell | None, *, symbols: bool) -> Text:
    if cell is None:
        return Text("not asked", style="bright_black")
    sign = f"{SYMBOLS[cell.verdict]} " if symbols else ""
    text = Text()
    text.append(f"{sign}{cell.verdict}", style=_STYLES[cell.verdict])
    text.append(
        f"\n{' ' * len(sign)}{cell.origin}",
        style="default" if cell.origin is Origin.MEASURED else "italic bright_black",
    )
    if is_loud(cell):
        word, style = _MARKS[cell.agreement]
        text.append(f"\n{' ' * len(sign)}{word}", style=style)
    return text


def _legend(whole: Matrix) -> Iterator[RenderableType]:
    cells = [cell for row in whole.rows for cell in row.cells if cell is not None]
    verdicts = {cell.verdict for cell in cells}
    origins = {cell.origin for cell in cells}
    for verdict in Verdict:
        if verdict in verdicts:
            yield Text(f"{verdict}: {MEANINGS[verdict]}", style="bright_black")
    for origin in Origin:
        if origin in origins:
            yield Text(f"{origin}: {ORIGINS[origin]}", style="bright_black")
    yield Text()


def _sentences(report: Report) -> Iterator[RenderableType]:
    yield Text("What was seen", style="bold")
    feature = None
    for cell in in_order(report):
        if cell.feature is not feature:
            feature = cell.feature
            yield Text(feature.heading, style="underline")
        line = Text(f"{one_line(cell.platform)} ({cell.origin}): ", style="bold")
        line.append(one_line(cell.seen), style="not bold")
        yield Padding(line, (0, 0, 0, 2), expand=False)


def _retries(report: Report) -> Iterator[RenderableType]:
    late = retries.late_passes(report)
    if not late:
        return
    yield Text()
    yield Text(retries.heading(len(late)), style="bold")
    for result in late:
        said = f"{result.check} on {result.node}: {retries.ordinal(result)}"
        yield Padding(Text(one_line(said)), (0, 0, 0, 2), expand=False)


def _directions(report: Report) -> Iterator[RenderableType]:
    rows = directions.rows(report)
    if not rows:
        return
    yield Text()
    yield Text("Directions: who reaches whom, and by what", style="bold")
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_edge=False, pad_edge=False)
    table.add_column("client to server", width=_PAIR_WIDTH, overflow="fold")
    for heading in directions.HEADINGS.values():
        table.add_column(heading, width=_TARGET_WIDTH, overflow="fold")
    for row in rows:
        pair = f"{one_line(row.client)}\nto {one_line(row.server)}, {row.placement}"
        table.add_row(Text(pair), *(_passings(cell) for cell in row.cells))
    yield table
    for each in directions.closed(report):
        said = f"{directions.named(each)}: {each.because}"
        yield Padding(Text(one_line(said)), (0, 0, 0, 2), expand=False)
    for ruled in directions.ruled_out(report):
        said = f"n/a on {', '.join(ruled.platforms)}: {ruled.because} <{ruled.source}>"
        yield Padding(Text(one_line(said), style="bright_black"), (0, 0, 0, 2), expand=False)


def _passings(cell: Iterable[directions.Passing]) -> Text:
    lines = [
        Text(
            passing.word if "," in passing.protocol else f"{passing.protocol} {passing.word}",
            style=_PASSAGES[passing.passage],
        )
        for passing in cell
    ]
    return Text("\n").join(lines) if lines else Text("-", style="bright_black")


def _notes(report: Report) -> Iterator[RenderableType]:
    if report.provenance.notes:
        yield Text()
        yield Text("Notes", style="bold")
    for note in report.provenance.notes:
        yield Padding(Text(one_line(note)), (0, 0, 0, 2), expand=False)
