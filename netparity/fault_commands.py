"""`netparity lab fault`: defects that real clusters have had, made on the lab and taken back."""

from typing import Annotated

import typer

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

        for each in FAULTS:
            out.print(f"{each.name}\n  {each.sentence}", markup=False)
            out.print(f"  on {each.where.words}, {each.moment}", markup=False)
            out.print(f"  must turn {turned(each)}", markup=False)


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
