"""`netparity lab fault`: defects that real clusters have had, made on the lab and taken back."""

from typing import Annotated

import typer
from rich.table import Table

from netparity.lab_messages import out, progress, told

fault = typer.Typer(
    name="fault",
    help="Make a defect on the lab that is up, and take it back.",
    no_args_is_help=True,
)
_INTERRUPTED = "what it had changed is put back, or `netparity lab fault clear` does so"


@fault.command(name="list")
def listed() -> None:
    """List the faults: what each does, where it can be made, and what it must turn."""
    with told(interrupted=_INTERRUPTED):
        from lab.faults.catalogue import FAULTS
        from lab.faults.told import turned

        table = Table(box=None, pad_edge=False, show_lines=False)
        for heading in ("fault", "applies to", "must turn", "what it does"):
            table.add_column(heading, overflow="fold", no_wrap=heading == "fault")
        for each in FAULTS:
            table.add_row(each.name, each.where.words, turned(each), each.sentence)
        out.print(table)


@fault.command()
def inject(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A fault, as `list` names it.")],
    *,
    node: Annotated[
        str, typer.Option(help="Where to make it; not for faults of the whole cluster.")
    ] = "",
) -> None:
    """Make a fault on a node of the lab that is up."""
    with told(interrupted=_INTERRUPTED):
        from lab.faults import injection

        injection.inject(name, node, report=progress.print)


@fault.command()
def clear() -> None:
    """Take every fault back, so that the lab is as it was."""
    with told(interrupted=_INTERRUPTED):
        from lab.faults import injection

        injection.clear(report=progress.print)
