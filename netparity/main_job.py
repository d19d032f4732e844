"""The main job, `make matrix`: bring the lab up, ask it, print the matrix, leave what was there.

Only a lab that this job started is taken down. The run is a process of its own, in a process
group of its own, so that Ctrl-C reaches it once, through here: it then removes its fleet and
writes what it has, and the lab goes after it.
"""

import signal
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType

import typer

from lab.errors import LabError
from lab.layout import Layout
from lab.paths import state_dir
from netparity import lab_stay
from netparity.child import handling, interrupt
from netparity.exits import Exit


def main(arguments: Sequence[str]) -> int:
    """Return the run's own exit code; 3 where no lab could be brought up, 2 on Ctrl-C."""
    layout = Layout(state_dir())
    with handling(interrupt):
        try:
            was_up = lab_stay.bring_up(layout, say=_say)
            return _run_and_leave(layout, arguments, was_up=was_up)
        except LabError as error:
            _say(f"netparity lab: {error}")
            return Exit.USAGE
        except KeyboardInterrupt:
            _say("interrupted; what this job had started is gone")
            return Exit.COULD_NOT_ASK


def _run_and_leave(layout: Layout, arguments: Sequence[str], *, was_up: bool) -> int:
    try:
        code = _run(layout, arguments)
    finally:
        with handling(_wait):
            remaining = _leave(was_up=was_up)
    return code or remaining


def _leave(*, was_up: bool) -> int:
    try:
        lab_stay.leave(was_up=was_up, say=_say)
    except LabError as error:
        # The run's own exit code stands; a lab that stays behind must not look like success.
        _say(f"netparity lab: {error}")
        return Exit.COULD_NOT_ASK
    return Exit.AS_EXPECTED


def _run(layout: Layout, arguments: Sequence[str]) -> int:
    command = [sys.executable, "-m", "netparity", "run"]
    options = ["--kubeconfig", str(layout.kubeconfig), "--facts", str(layout.facts)]
    run: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if run is None:
            early.append(number)
        else:
            run.send_signal(number)

    with handling(pass_on):
        run = subprocess.Popen([*command, *options, *arguments], process_group=0)
        for number in early:
            run.send_signal(number)
        code = run.wait()
    if code < 0:
        _say(f"the run was ended by {signal.Signals(-code).name}")
        return Exit.COULD_NOT_ASK
    return code


def _wait(_number: int, _frame: FrameType | None) -> None:
    _say("the lab is being taken down; this takes a few seconds")


def _say(line: str) -> None:
    typer.echo(line, err=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
