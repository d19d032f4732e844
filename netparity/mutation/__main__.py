"""Entry point: `python -m netparity.mutation`, which `make mutation` calls."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, Final

import typer

from conformance.errors import HarnessError
from lab import cluster
from lab.errors import LabError
from lab.faults import injection, records
from lab.faults.catalogue import FAULTS
from lab.faults.fault import Fault
from lab.layout import Layout
from lab.paths import state_dir
from lab.topology import Topology
from netparity import lab_stay
from netparity.asking import RunBrokeOffError
from netparity.child import handling, interrupt
from netparity.exits import Exit
from netparity.mutation import kill_table
from netparity.mutation.clean_runs import CleanRunAlarmsError
from netparity.mutation.experiments import Unclean
from netparity.mutation.outcomes import Mutation
from netparity.mutation.session import Session

TABLE: Final = Path(__file__).parents[2] / "docs" / "kill-table.md"

_BROKE_OFF: Final = (CleanRunAlarmsError, RunBrokeOffError, Unclean, HarnessError)


def mutation(
    *,
    only: Annotated[
        list[str] | None, typer.Option(metavar="FAULT", help="Only this fault; repeatable.")
    ] = None,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="On each column that could show it, not on one.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where runs and outcomes go, else out/mutation-<time>; a fault that DIR has an "
            "outcome of is not made again.",
        ),
    ] = None,
) -> None:
    """Make every fault on the lab, and see that the suite catches each where it must."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    folder = (out or Path("out") / f"mutation-{stamp}").absolute()
    raise typer.Exit(conduct(only or (), everywhere=everywhere, folder=folder))


def conduct(only: Sequence[str], *, everywhere: bool, folder: Path) -> int:
    """Return 0 where every fault was caught, 1 where one was not, 2 where it broke off, else 3."""
    layout = Layout(state_dir())
    with handling(interrupt):
        try:
            faults = tuple(injection.known(name) for name in only) or FAULTS
            was_up = _bring_up(layout)
            session = Session(
                layout=layout,
                topology=Topology(),
                folder=folder,
                faults=faults,
                everywhere=everywhere,
                report=_say,
            )
            try:
                found = session.run()
            finally:
                # A signal waits meanwhile: no fault may stay, nor what this run started.
                with handling(_wait):
                    _leave(session, was_up=was_up)
        except LabError as error:
            _say(f"netparity lab: {error}")
            return Exit.USAGE
        except _BROKE_OFF as error:
            _say(f"netparity: {error}")
            return Exit.COULD_NOT_ASK
        except KeyboardInterrupt:
            _say(f"interrupted; no fault is left. `--out {folder}` goes on from here")
            return Exit.COULD_NOT_ASK
    return _concluded(found, faults, folder)


def _bring_up(layout: Layout) -> bool:
    """Bring the whole lab up, without what a killed mutation run left; say whether it was up."""
    if cluster.recorded_lab(layout) is not None and records.recorded(layout):
        try:
            injection.clear(report=_say)
        except LabError as error:
            # A lab that does not stand is brought up anew, and its faults went with it.
            _say(f"faults of an earlier run are not cleared: {error}")
    return lab_stay.bring_up(layout, say=_say)


def _leave(session: Session, *, was_up: bool) -> None:
    # A lab that goes takes its faults and fleets with it.
    if was_up and records.recorded(session.layout):
        injection.clear(report=_say)
    left = session.remove_fleets() if was_up else ()
    if left:
        _say(f"left in the cluster: {', '.join(left)}")
    lab_stay.leave(was_up=was_up, say=_say)


def _concluded(found: Mutation, faults: Sequence[Fault], folder: Path) -> int:
    table = kill_table.as_markdown(faults, found.experiments)
    (folder / TABLE.name).write_text(table, encoding="utf-8")
    if len(faults) == len(FAULTS):
        TABLE.write_text(table, encoding="utf-8")
    for complaint in found.complaints:
        _say(complaint)
    _say(f"{kill_table.caught(faults, found.experiments)} {found.seconds:.0f} s; see {folder}")
    missed = any(experiment.is_missed for experiment in found.experiments)
    return Exit.REGRESSION if missed or found.complaints else Exit.AS_EXPECTED


def _wait(_number: int, _frame: FrameType | None) -> None:
    _say("what this run had started is being taken back; this takes a few seconds")


def _say(line: str) -> None:
    typer.echo(line, err=True)


if __name__ == "__main__":
    typer.run(mutation)
