"""A warm Python is one to whoever starts it: its command line, its files, its signals, its end."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from lab.waiting import eventually
from netparity.warm import warm_python

WAITS = "import os, signal; print(os.getpid(), flush=True); signal.pause()"


@pytest.fixture(scope="module")
def python() -> Iterator[Path]:
    with warm_python() as program:
        yield program


def ends(pid: int) -> None:
    eventually(
        lambda: not psutil.pid_exists(pid),
        what=f"{pid} has ended",
        timeout=10.0,
        next_step="see what it does",
    )


def test_it_runs_a_command_with_the_files_the_folder_and_the_environment_of_its_start(
    python: Path, tmp_path: Path
) -> None:
    script = (
        "import os, sys; print(sys.argv[1:], sys.stdin.read(), os.getcwd(), os.environ['GIVEN'])"
    )

    done = subprocess.run(
        [python, "-u", "-c", script, "one", "two"],
        input="said",
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "GIVEN": "here"},
    )

    assert done.stdout == f"['one', 'two'] said {tmp_path} here\n"
    assert done.stderr == ""


def test_it_runs_a_module_as_python_does(python: Path) -> None:
    words = ["-m", "netparity", "cases", "--format", "json"]
    cold, warm = (
        subprocess.run([each, *words], capture_output=True, text=True, check=True)
        for each in (sys.executable, python)
    )

    assert warm.stdout == cold.stdout


@pytest.mark.parametrize("end", ["sys.exit(3)", "sys.exit('no')", "1 / 0", "os._exit(7)", "0"])
def test_it_ends_as_python_ends(python: Path, end: str) -> None:
    words = ["-c", f"import os, sys; {end}"]

    cold, warm = (
        subprocess.run([each, *words], capture_output=True, check=False).returncode
        for each in (sys.executable, python)
    )

    assert warm == cold


def test_what_is_imported_already_is_not_imported_again(python: Path) -> None:
    script = "import sys; print('kubernetes.client' in sys.modules, 'conformance.plugin' in sys.modules)"

    done = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == "True False\n"


def test_it_is_the_child_of_whoever_started_it_and_starts_its_own_kind(python: Path) -> None:
    script = "import os, subprocess, sys; print(os.getppid(), sys.executable)"

    done = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == f"{os.getpid()} {python}\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_it_and_ends_what_stands_for_it(python: Path, number: int) -> None:
    started = subprocess.Popen(
        [python, "-c", WAITS], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert started.stdout is not None
    pid = int(started.stdout.readline())

    started.send_signal(number)

    assert started.wait(10) == -number
    started.stdout.close()
    assert not psutil.pid_exists(pid)


def test_nothing_runs_on_when_what_stands_for_it_is_killed(python: Path) -> None:
    with subprocess.Popen([python, "-c", WAITS], stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        pid = int(started.stdout.readline())
        assert os.getpgid(pid) == os.getpgid(started.pid)

        started.kill()

        ends(pid)


def test_what_it_started_ends_with_it() -> None:
    with warm_python() as program:
        started = subprocess.Popen([program, "-c", WAITS], stdout=subprocess.PIPE, text=True)
        assert started.stdout is not None
        pid = int(started.stdout.readline())

    assert started.wait(10) == -signal.SIGKILL
    started.stdout.close()
    assert not psutil.pid_exists(pid)
    assert not program.exists()
