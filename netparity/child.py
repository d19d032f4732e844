"""The child process that asks: started in a group of its own, interrupted once, ended for sure."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import NoReturn

Handler = Callable[[int, FrameType | None], object]

GRACE = 12.0
"""Seconds that an interrupted child may take to end what it is asking, before it is killed."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def handling(handler: Handler) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM do this for a while; the caller's handlers come back after it.

    A forked copy of this process, such as pyroute2 makes and ends by SIGTERM, dies of them as if
    nothing was handled: what the handler does is this process's own to do, once.
    """
    owner = os.getpid()

    def handle(number: int, frame: FrameType | None) -> None:
        if os.getpid() == owner:
            handler(number, frame)
        else:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """Handle a signal as Ctrl-C is handled."""
    raise KeyboardInterrupt


def run_child(command: Sequence[str], *, grace: float = GRACE) -> int | None:
    """Run a command with its output on standard error; return its exit code, None if killed.

    Ctrl-C and SIGTERM reach it as one SIGINT. A second of them, or `grace` seconds, and its whole
    group is killed.
    """
    early: list[int] = []
    started = False

    def take(number: int, _frame: FrameType | None) -> None:
        if started:
            raise KeyboardInterrupt
        # Nobody would know the child if its start were interrupted.
        early.append(number)

    with handling(take):
        child = subprocess.Popen(command, stdout=sys.stderr.fileno(), process_group=0)
        try:
            started = True
            code = _end(child, grace=grace) if early else child.wait()
        except KeyboardInterrupt:
            code = _end(child, grace=grace)
    return code if code >= 0 else None


def _end(child: "subprocess.Popen[bytes]", *, grace: float) -> int:
    try:
        child.send_signal(signal.SIGINT)
        return child.wait(grace)
    except (KeyboardInterrupt, subprocess.TimeoutExpired):
        # The group has the child's pid, which is not given to another before it is waited for.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        return child.wait()
