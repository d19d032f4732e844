"""Making the lab's wire: what needs no root to be seen."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from lab import network


@pytest.fixture
def raising() -> Iterator[None]:
    """A command whose handler of SIGTERM raises, as those do that clean up."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield
    signal.signal(signal.SIGTERM, before)


HOLDS_A_SIGNAL = """
import os, signal, threading
from lab import network
threading.Thread(target=threading.Event().wait, daemon=True).start()
signal.signal(signal.SIGTERM, signal.default_int_handler)
try:
    with network._signals_held():
        os.kill(os.getpid(), signal.SIGTERM)
        print("made", flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_a_signal_waits_while_namespaces_are_made_and_is_not_lost() -> None:
    # Another thread may take a signal that is sent to the process; it is the main one that acts.
    done = subprocess.run(
        [sys.executable, "-c", HOLDS_A_SIGNAL], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["made", "interrupted"]


@pytest.mark.usefixtures("raising")
def test_a_child_forked_meanwhile_is_not_unwound_by_the_signal_that_ends_it() -> None:
    read, write = os.pipe()
    with network._signals_held():
        child = os.fork()
        if child == 0:
            try:
                os.kill(os.getpid(), signal.SIGTERM)
            except KeyboardInterrupt:
                os.write(write, b"unwound")
            finally:
                os._exit(0)
        os.waitpid(child, 0)
    os.close(write)

    assert os.read(read, 16) == b""
    os.close(read)
