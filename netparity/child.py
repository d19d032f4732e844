"""The child process that asks: started in a group of its own, interrupted once, ended for sure."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from queue import Empty, SimpleQueue
from types import FrameType
from typing import NoReturn, Protocol

Handler = Callable[[int, FrameType | None], object]

GRACE = 12.0
"""Seconds that an interrupted child may take to end what it is asking, before it is killed."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def handling(handler: Handler, *, signals: Iterable[int] = _SIGNALS) -> Iterator[None]:
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

    before = {number: signal.getsignal(number) for number in signals}
    try:
        for number in before:
            signal.signal(number, handle)
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
    # Handlers that only take a note leave no moment in which a signal is lost or breaks anything
    # off: what comes before there is a child, or while it is being ended, is read after it.
    # Blocking signals would not do: other threads take them, and a child inherits the mask.
    came: SimpleQueue[int] = SimpleQueue()
    with handling(lambda number, _frame: came.put(number), signals=(*_SIGNALS, signal.SIGCHLD)):
        child = subprocess.Popen(command, stdout=sys.stderr.fileno(), process_group=0)
        code = _see_out(child, came, grace=grace)
    return code if code >= 0 else None


def _see_out(child: "subprocess.Popen[bytes]", came: SimpleQueue[int], *, grace: float) -> int:
    """Return the child's exit code; `came` tells of each signal, a child's end among them."""
    ends: float | None = None
    while child.poll() is None:
        try:
            number = came.get(timeout=None if ends is None else max(0.0, ends - time.monotonic()))
        except Empty:
            return kill_group(child)
        if number == signal.SIGCHLD:
            continue
        if ends is not None:
            return kill_group(child)
        child.send_signal(signal.SIGINT)
        ends = time.monotonic() + grace
    return child.wait()


class Child(Protocol):
    """A process that was started with a process group of its own."""

    @property
    def pid(self) -> int:
        """The process, and its group."""

    def wait(self) -> int:
        """Return its exit code."""


def kill_group(child: Child) -> int:
    """Kill a child that has a process group of its own, with the group; return its exit code."""
    # The group has the child's pid, which is not given to another before it is waited for.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    return child.wait()
