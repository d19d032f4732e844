"""`report`, `diff`, `verify` and `cases`: what needs a finished run, or none at all."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from netparity.endings import told
from netparity.exits import Exit

ReportPath = Annotated[Path, typer.Argument(help="A run's folder, or its report.json.")]


class Form(StrEnum):
    """How a list is printed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def report(path: ReportPath = Path("out/latest")) -> None:
    """Render a run's report.json again: print the matrix, write every other form beside it."""
    with told():
        import reports
        from netparity.printing import show_report

        found = reports.read(path)
        show_report(found, reports.write_all(found, path if path.is_dir() else path.parent))


def diff(
    before: Annotated[Path, typer.Argument(help="The earlier run's folder or report.json.")],
    after: Annotated[Path, typer.Argument(help="The later one's.")],
) -> None:
    """Compare two reports cell by cell; exit 1 where the later one has a regression."""
    with told():
        import reports
        from netparity.printing import show_changes
        from reports.comparison import compare

        changes = compare(reports.read(before), reports.read(after))
        show_changes(changes)
    if any(change.regression for change in changes):
        raise typer.Exit(Exit.REGRESSION)


def verify(path: ReportPath = Path("out/latest")) -> None:
    """Judge a report's stored observations once more; exit 1 where it says something else."""
    with told():
        import reports
        from reports.verification import differences

        found = reports.read(path)
        lines = differences(found)
    for line in lines:
        typer.echo(line)
    if lines:
        raise typer.Exit(Exit.REGRESSION)
    size = len(found.evidence)
    typer.echo(f"{size} records judged again: all {len(found.cells)} cells follow from them")


def cases(
    *,
    form: Annotated[Form, typer.Option("--format", help="How to print them.")] = Form.TEXT,
) -> None:
    """List every check, without a cluster: id, row, weight, level, title."""
    with told():
        from rich.console import Console

        from netparity.declared import declared_checks
        from netparity.kills import killers
        from reports import catalogue

        checks, killed_by = declared_checks(), killers()
    if form is Form.JSON:
        typer.echo(catalogue.as_json(checks, killed_by=killed_by), nl=False)
    elif form is Form.MARKDOWN:
        typer.echo(catalogue.as_markdown(checks, killed_by=killed_by), nl=False)
    else:
        Console(highlight=False).print(catalogue.as_terminal(checks))
