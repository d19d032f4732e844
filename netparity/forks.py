"""Runs in forks of a process that has imported all: what each start of a Python takes is not spent.

Whoever asks again and again, of a few nodes each time, would otherwise wait as long for imports as
for answers. `Forked` is a run as `netparity run` conducts it, and its parts are asked at once.

Nothing is forked but of processes that never had a thread that speaks TLS: one that is just ending
may hold a lock of OpenSSL's, and a fork would wait for that for ever. So the server of
`multiprocessing` forks for a run, and that fork lets another conduct, and asks itself.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import pytest
import typer

from conformance.run import Run
from conformance.settings import RunSettings
from netparity.conducting import conduct, pytest_arguments
from netparity.endings import told

_SERVER: Final = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["netparity.imported"])
_FORK: Final = multiprocessing.get_context("fork")


class Forked:
    """A fork in a process group of its own that does one thing and ends; `work` can be pickled."""

    def __init__(self, work: Callable[[], int], *, log: Path) -> None:
        grouped, its = _SERVER.Pipe(duplex=False)
        self._process = _SERVER.Process(target=_begin, args=(work, log, its))
        self._process.start()
        its.close()
        # Nothing may be sent to the group before it is there; who has ended already needs none.
        with grouped, suppress(EOFError):
            grouped.recv()

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
    """Start a run in a fork: what `netparity run` does, its parts asked at once."""
    return Forked(partial(_run, settings), log=log)


def _run(settings: RunSettings) -> int:
    """Ask in the name of a process that conducts; return the run's exit code."""
    mine, its = _FORK.Pipe()
    conductor = _FORK.Process(target=_conduct, args=(settings, its))
    conductor.start()
    its.close()
    # It has gone where no more is received, and where nothing can be sent.
    with suppress(EOFError, BrokenPipeError):
        _ask(mine, conductor.pid or 0)
    while conductor.is_alive():
        try:
            conductor.join()
        except KeyboardInterrupt:
            os.kill(conductor.pid or 0, signal.SIGINT)
    return conductor.exitcode or 0


def _ask(conductor: Connection, pid: int) -> None:
    try:
        arguments = conductor.recv()
    except KeyboardInterrupt:
        os.kill(pid, signal.SIGINT)
        return
    # It ends when the server does, and that with whoever waits for this run.
    by_forks = [f"--conductor={os.getppid()}", "-p", "netparity.forked_loop"]
    conductor.send(int(pytest.main([*arguments, *by_forks])))


def _conduct(settings: RunSettings, asker: Connection) -> None:
    def ask(run: Run) -> int:
        asker.send(pytest_arguments(run))
        code: int = asker.recv()
        return code

    try:
        with told():
            sys.exit(conduct(settings, ask=ask))
    except typer.Exit as end:
        sys.exit(end.exit_code)


def _begin(work: Callable[[], int], log: Path, grouped: Connection) -> None:
    os.setpgid(0, 0)
    with grouped:
        grouped.send(os.getpid())
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with log.open("ab") as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
    # Whatever stood in their place in the process that this is a fork of.
    sys.stdout, sys.stderr = (os.fdopen(n, "w", buffering=1, closefd=False) for n in (1, 2))
    sys.exit(work())
