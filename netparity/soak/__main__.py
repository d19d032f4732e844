"""Entry point: `python -m netparity.soak`, which `make soak` calls."""

from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, Final

import typer

from lab.errors import LabError
from lab.layout import Layout
from lab.paths import state_dir
from netparity import lab_stay
from netparity.asking import Asker, RunBrokeOffError
from netparity.child import handling, interrupt
from netparity.exits import Exit
from netparity.soak.load import BusyLoopEndedError
from netparity.soak.rounds import AnotherLabError, Soaking, lines

ROUNDS: Final = 20


def soak(
    *,
    rounds: Annotated[
        int, typer.Option(min=1, metavar="N", help="How many quiet ones, and how many busy ones.")
    ] = ROUNDS,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where rounds go, else out/soak-<time>; a round that DIR has is not run again.",
        ),
    ] = None,
) -> None:
    """Ask a clean lab again and again: every matrix must be that of the first round."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    folder = (out or Path("out") / f"soak-{stamp}").absolute()
    raise typer.Exit(conduct(folder, rounds=rounds))


def conduct(folder: Path, *, rounds: int) -> int:
    """Return 0 where all rounds agree, 1 where one does not, 2 where it broke off, else 3."""
    layout = Layout(state_dir())
    with handling(interrupt):
        try:
            was_up = lab_stay.bring_up(layout, say=_say)
            soaking = Soaking.into(
                folder, lambda runs: Asker(layout=layout, folder=runs), count=rounds, report=_say
            )
            try:
                found = soaking.run()
            finally:
                with handling(_wait):
                    lab_stay.leave(was_up=was_up, say=_say)
        except LabError as error:
            _say(f"netparity lab: {error}")
            return Exit.USAGE
        except (RunBrokeOffError, AnotherLabError, BusyLoopEndedError) as error:
            _say(f"netparity: {error}")
            return Exit.COULD_NOT_ASK
        except KeyboardInterrupt:
            _say(f"interrupted; while this lab stays up, `--out {folder}` goes on from here")
            return Exit.COULD_NOT_ASK
    for line in (*lines(found), *found.complaints):
        typer.echo(line)
    _say(f"{len(found.rounds)} rounds, {len(found.complaints)} complaints; see {folder}")
    return Exit.REGRESSION if found.complaints else Exit.AS_EXPECTED


def _wait(_number: int, _frame: FrameType | None) -> None:
    _say("the lab is being left; this takes a few seconds")


def _say(line: str) -> None:
    typer.echo(line, err=True)


if __name__ == "__main__":
    typer.run(soak)
