"""Making the lab's wire: what needs no root to be seen."""

import os
import signal
from collections.abc import Iterator

import pytest

from lab import network


@pytest.fixture
def raising() -> Iterator[None]:
    """A command whose handler of SIGTERM raises, as those do that clean up."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("raising")
def test_a_signal_waits_while_namespaces_are_made_and_is_not_lost() -> None:
    seen = []

    def make() -> None:
        with network._signals_held():
            os.kill(os.getpid(), signal.SIGTERM)
            seen.append("made")

    with pytest.raises(KeyboardInterrupt):
        make()
    assert seen == ["made"]


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
