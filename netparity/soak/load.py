"""A busy loop on one processor, for as long as somebody wants it there."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


class BusyLoopEndedError(Exception):
    """The busy loop ended by itself, so that what was done was not done beside it."""


@contextmanager
def busy_processor() -> Iterator[None]:
    """Keep one of the processors busy meanwhile; the loop ends with this process, too.

    Raises:
        BusyLoopEndedError: it ended before its time.
    """
    loop = subprocess.Popen([sys.executable, "-m", __name__, str(os.getpid())])
    try:
        yield
        if loop.poll() is not None:
            raise BusyLoopEndedError(
                f"the busy loop ended by itself, with exit code {loop.returncode}: see who kills it"
            )
    finally:
        loop.kill()
        loop.wait()


def spin(parent: int) -> None:
    """Take all of one processor until the parent is gone."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    while os.getppid() == parent:
        # Asking for the parent is a system call: between two of them the loop is the load.
        for _ in range(1_000_000):
            pass


if __name__ == "__main__":
    spin(int(sys.argv[1]))
