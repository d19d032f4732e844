"""A fork does what a process that is started anew would do, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from lab.waiting import eventually
from netparity.child import kill_group
from netparity.forks import Forked


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def _wait_for_a_signal() -> int:
    try:
        signal.pause()
    except KeyboardInterrupt:
        return 5
    return 0


def _say() -> int:
    print("said")  # noqa: T201  # what is printed is what is looked for
    sys.stderr.write("complained\n")
    subprocess.run(["echo", "as a child"], check=True)
    return 3


def _wait_for_a_child() -> int:
    child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    print(child.pid, flush=True)  # noqa: T201  # told to the test
    return child.wait()


def test_it_ends_with_what_its_work_returns_and_its_words_are_in_the_log(log: Path) -> None:
    assert Forked(_say, log=log).wait(10) == 3
    assert sorted(log.read_text().splitlines()) == ["as a child", "complained", "said"]


def test_it_is_in_a_group_of_its_own_and_takes_an_interrupt_as_python_does(log: Path) -> None:
    fork = Forked(_wait_for_a_signal, log=log)

    assert os.getpgid(fork.pid) == fork.pid
    with pytest.raises(subprocess.TimeoutExpired):
        fork.wait(0.2)
    assert fork.poll() is None
    fork.send_signal(signal.SIGINT)

    assert fork.wait(10) == 5
    assert fork.poll() == 5


def test_its_whole_group_is_killed_where_nothing_else_helps(log: Path) -> None:
    fork = Forked(_wait_for_a_child, log=log)
    child = eventually(
        lambda: int(log.read_text() or 0) if log.exists() else 0,
        what="the child is started",
        timeout=10.0,
        next_step="read the log",
    )

    assert kill_group(fork) == -signal.SIGKILL
    eventually(
        lambda: not psutil.pid_exists(child),
        what="the child is gone",
        timeout=10.0,
        next_step="see what it does",
    )
