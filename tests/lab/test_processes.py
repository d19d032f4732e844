"""Processes known by pid and start time."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.processes import RecordedProcess, end, run, spawn


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_a_running_process_is_alive(sleeper: subprocess.Popen[bytes]) -> None:
    assert RecordedProcess.of(sleeper.pid).is_alive


def test_a_zombie_is_not_alive(sleeper: subprocess.Popen[bytes]) -> None:
    recorded = RecordedProcess.of(sleeper.pid)
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)

    assert not recorded.is_alive


def test_another_process_with_the_same_pid_is_neither_taken_for_it_nor_killed(
    sleeper: subprocess.Popen[bytes],
) -> None:
    earlier = RecordedProcess(pid=sleeper.pid, started=RecordedProcess.of(sleeper.pid).started - 1)

    earlier.kill()

    assert not earlier.is_alive
    assert sleeper.poll() is None


def test_a_process_that_is_gone_is_killed_without_complaint(
    sleeper: subprocess.Popen[bytes],
) -> None:
    recorded = RecordedProcess.of(sleeper.pid)
    sleeper.kill()
    sleeper.wait()

    recorded.kill()

    assert not recorded.is_alive


def test_a_spawned_process_writes_to_its_log_in_a_session_of_its_own(tmp_path: Path) -> None:
    log = tmp_path / "log"
    program = "import os, time; print(os.getsid(0) == os.getpid(), flush=True); time.sleep(60)"
    process = spawn([sys.executable, "-c", program], log=log)
    try:
        wait_for_text(log)
        assert log.read_text() == "True\n"
    finally:
        end([process], what="the test's process")
    assert not process.is_alive


def wait_for_text(path: Path) -> None:
    from lab.waiting import eventually  # noqa: PLC0415

    eventually(lambda: path.stat().st_size, what="a line", timeout=10, next_step="look")


def test_a_command_that_ends_badly_is_told_with_its_words_and_its_complaint() -> None:
    with pytest.raises(LabError, match=r"exit code 0 Actual: 2 of `ls /nowhere`.*No such file"):
        run(["ls", "/nowhere"], what="list")


def test_a_command_that_is_not_there_is_told_with_what_to_do() -> None:
    with pytest.raises(LabError, match="cannot run no-such-program") as told:
        run(["no-such-program"], what="try")

    assert "netparity lab up" in told.value.next_step
