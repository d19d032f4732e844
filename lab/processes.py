"""Processes of the lab: known by pid *and* start time, and ended by these only."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from lab.errors import LabError
from lab.waiting import eventually

_END_TIMEOUT = 15.0


class RecordedProcess(BaseModel):
    """A process that cannot be mistaken for a later one with the same pid."""

    model_config = ConfigDict(frozen=True)

    pid: int
    started: int
    """Field 22 of /proc/PID/stat: clock ticks since boot, so no clock step moves it."""

    @classmethod
    def of(cls, pid: int) -> Self:
        """Record a process.

        Raises:
            OSError: there is no such process.
        """
        return cls(pid=pid, started=_start_ticks(pid))

    @property
    def is_alive(self) -> bool:
        """Whether this very process still runs; a zombie does not."""
        try:
            return _start_ticks(self.pid) == self.started and _state(self.pid) not in "ZX"
        except OSError:
            return False

    def kill(self) -> None:
        """Send SIGKILL to this very process, if it is still there."""
        try:
            handle = os.pidfd_open(self.pid)
        except OSError:
            return
        try:
            # The handle pins the process, so what is compared is what is killed.
            if self.is_alive:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        except ProcessLookupError:
            pass  # It ended by itself in between, which is what was wanted.
        finally:
            os.close(handle)


def _fields(pid: int) -> list[str]:
    # The command name may hold spaces and brackets; what follows its last bracket does not.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _start_ticks(pid: int) -> int:
    return int(_fields(pid)[19])


def _state(pid: int) -> str:
    return _fields(pid)[0]


def spawn(
    argv: Sequence[str | Path],
    *,
    log: Path,
    pass_fds: Iterable[int] = (),
    env: Mapping[str, str] | None = None,
) -> RecordedProcess:
    """Start a process that outlives this command, in a session of its own, writing to `log`."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(word) for word in argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=tuple(pass_fds),
            env=dict(env) if env is not None else None,
            start_new_session=True,
        )
    recorded = RecordedProcess.of(process.pid)
    # Its end is watched by pid and start time, from whichever command runs then.
    process.returncode = 0
    return recorded


def run(argv: Sequence[str | Path], *, stdin: str | None = None, what: str) -> str:
    """Run a command to its end and return its standard output.

    Raises:
        LabError: it could not be started or ended with another code than 0.
    """
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)
    except OSError as error:
        raise LabError(
            f"{what} - cannot run {words[0]}: {error}",
            next_step="run `netparity lab up` as root, which installs what is missing where apt-get is",
        ) from error
    if done.returncode != 0:
        raise LabError(
            f"{what} - Expected: exit code 0 Actual: {done.returncode} "
            f"of `{' '.join(words)}`: {done.stderr.strip() or done.stdout.strip()}",
            next_step="read the logs in the lab's state directory (`netparity lab status`)",
        )
    return done.stdout


def end(processes: Iterable[RecordedProcess], *, what: str) -> None:
    """Kill these processes and wait until the kernel has done with each.

    Raises:
        LabError: one is still there after 15 s.
    """
    left = list(processes)
    for process in left:
        process.kill()
    _reap(left)
    eventually(
        lambda: [process.pid for process in left if process.is_alive],
        until=lambda alive: not alive,
        what=f"{what} - processes end after SIGKILL",
        timeout=_END_TIMEOUT,
        next_step="look for processes in uninterruptible sleep (`ps -eo pid,stat,wchan,args`)",
    )
    _reap(left)


def _reap(processes: Iterable[RecordedProcess]) -> None:
    for process in processes:
        try:
            os.waitpid(process.pid, os.WNOHANG)
        except ChildProcessError:
            continue  # Another command started it; its reaper is not us.


def in_network_namespaces(inodes: frozenset[int]) -> list[RecordedProcess]:
    """Return every process of the machine whose network namespace is one of these inodes."""
    found: list[RecordedProcess] = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if (entry / "ns/net").stat().st_ino in inodes:
                found.append(RecordedProcess.of(int(entry.name)))
        except OSError:
            continue  # Ended while we looked.
    return found


PYTHON = (sys.executable, "-I", "-S")
"""A Python that starts in some 20 ms: no site, no environment."""
