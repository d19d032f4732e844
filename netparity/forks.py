"""Runs in forks of a process that has imported all: what each start of a Python takes is not spent.

Whoever asks again and again, of a few nodes each time, would otherwise wait as long for imports as
for answers. `Forked` is a run as `netparity run` conducts it, and its parts are asked at once.
"""

import gc
import importlib
import multiprocessing
import os
import pkgutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import pytest
import typer

from conformance import probes
from conformance.run import Run
from conformance.settings import RunSettings
from netparity.conducting import conduct, pytest_arguments
from netparity.endings import told

_FORK: Final = multiprocessing.get_context("fork")
# Not the plugin itself: pytest could not rewrite its assertions any more, and says so.
_IMPORTED: Final = (
    "_pytest.assertion.rewrite",
    "_pytest.main",
    "_pytest.terminal",
    "kubernetes.client",
    "kubernetes.config",
    "kubernetes.stream.ws_client",
)


def import_what_runs_import() -> None:
    """Import what every run does, and keep it out of the forks' garbage collections."""
    found = (f"{probes.__name__}.{each.name}" for each in pkgutil.iter_modules(probes.__path__))
    for name in (*_IMPORTED, *found):
        importlib.import_module(name)
    gc.freeze()


class Forked:
    """A fork of this process, in a process group of its own, that does one thing and ends."""

    def __init__(self, work: Callable[[], int], *, log: Path) -> None:
        self._process = _FORK.Process(target=_begin, args=(work, log))
        self._process.start()
        # Whoever is first: nothing may be sent to the group before it is there.
        with suppress(ProcessLookupError, PermissionError):
            os.setpgid(self.pid, self.pid)

    @property
    def pid(self) -> int:
        """The process, and its group."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None as long as it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code.

        Raises:
            subprocess.TimeoutExpired: it still runs after `timeout` seconds.
        """
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired([str(self._process)], timeout or 0.0)
        return code

    def send_signal(self, sig: int, /) -> None:
        """Send a signal to the process alone."""
        if self._process.is_alive():
            os.kill(self.pid, sig)


def start_fork(settings: RunSettings, log: Path) -> Forked:
    """Start a run in a fork of this process: what `netparity run` does, its parts asked at once."""
    return Forked(partial(_run, settings, os.getpid()), log=log)


def _run(settings: RunSettings, parent: int) -> int:
    try:
        with told():
            return conduct(settings, ask=partial(_ask_in_parts, parent=parent))
    except typer.Exit as end:
        return end.exit_code


def _begin(work: Callable[[], int], log: Path) -> None:
    with suppress(PermissionError):
        os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with log.open("ab") as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
    # Whatever stood in their place in the process that this is a fork of.
    sys.stdout, sys.stderr = (os.fdopen(n, "w", buffering=1, closefd=False) for n in (1, 2))
    sys.exit(work())


def _ask_in_parts(run: Run, *, parent: int) -> int:
    """Ask the checks of a run that this process has prepared; return pytest's exit code.

    It ends when whoever waits for this run does, its parent.
    """
    arguments = [*pytest_arguments(run), f"--conductor={parent}", "-p", "netparity.forked_loop"]
    return int(pytest.main(arguments))
