"""A run as the command conducts it: prepare, let a child pytest ask, fold, print, remove."""

import sys
from collections.abc import Callable
from types import FrameType

import typer

import reports
import suites
from conformance.run import Run
from conformance.settings import RunSettings
from netparity.child import handling, interrupt, run_child
from netparity.exits import Exit
from netparity.printing import show_report

_MOST_WORKERS = 8
_REASONS = {
    Exit.REGRESSION: "a regression was seen",
    Exit.COULD_NOT_ASK: "something could not be asked",
}


def conduct(settings: RunSettings, *, ask: Callable[[Run], int | None]) -> int:
    """Return the run's exit code; whatever was created is removed, however it ends.

    `ask` lets pytest ask in the name of the run that was prepared, and returns its exit code, None
    where it was killed.

    Raises:
        UsageError: the caller named what does not exist.
        HarnessError: the cluster could not be read, or refused an object of the fleet.
    """
    with handling(interrupt):
        run = Run.prepare(settings, tell=_tell)
        try:
            with run.asking():
                code = ask(run)
            # A second Ctrl-C must not cost the report of what was asked until the first.
            with handling(_wait):
                path = run.fold(pytest_exit=code)
                report = reports.read(path)
                written = reports.write_all(report, path.parent)
                show_report(report, (path, *written))
        finally:
            left = run.close()
    ending = run.exit_code() or (Exit.COULD_NOT_ASK if left else Exit.AS_EXPECTED)
    if ending in _REASONS:
        _tell(f"netparity: exit {ending}: {_REASONS[Exit(ending)]}")
    return ending


def ask_by_a_child(run: Run, *, workers: str | None = None) -> int | None:
    """Let a child ask, by one worker a judged node, unless said; return its exit code."""
    wanted = workers or str(min(len(run.asked), _MOST_WORKERS))
    by_workers = ["-p", "xdist", "-n", wanted]
    return run_child([sys.executable, "-m", "pytest", *pytest_arguments(run), *by_workers])


def pytest_arguments(run: Run) -> list[str]:
    """Return the arguments by which pytest asks in a run's name."""
    return [
        # An editable installation may list the same folder more than once.
        *dict.fromkeys(suites.__path__),
        "-p",
        "conformance.plugin",
        *run.child_arguments,
        # Plugins that happen to be installed take seconds to load in each worker.
        *("--disable-plugin-autoload", "-p", "no:cacheprovider"),
        *("--quiet", "--no-header", "--tb=short"),
    ]


def _wait(_number: int, _frame: FrameType | None) -> None:
    _tell("the report is being written; this takes a moment")


def _tell(line: str) -> None:
    typer.echo(line, err=True)
