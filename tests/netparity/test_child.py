import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from netparity.child import run_child

ENDS_ITSELF = """
import signal, sys, os
signal.signal(signal.SIGINT, lambda *_: sys.exit(2))
os.kill(os.getppid(), {number})
while True:
    signal.pause()
"""
IS_DEAF = """
import signal, os, subprocess, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
with open({file!r}, "w") as stream:
    stream.write(str(grandchild.pid))
os.kill(os.getppid(), signal.SIGTERM)
while True:
    signal.pause()
"""


def python(script: str) -> list[str]:
    return [sys.executable, "-c", script]


@pytest.mark.parametrize("code", [0, 1, 2, 5])
def test_a_childs_exit_code_comes_back(code: int) -> None:
    assert run_child(python(f"raise SystemExit({code})")) == code


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_interrupts_the_child_and_lets_it_end(number: signal.Signals) -> None:
    assert run_child(python(ENDS_ITSELF.format(number=int(number)))) == 2


def test_a_deaf_child_is_killed_with_its_own_children(tmp_path: Path) -> None:
    file = tmp_path / "grandchild"

    assert run_child(python(IS_DEAF.format(file=str(file))), grace=0.2) is None

    assert _is_gone(int(file.read_text()))


def test_a_killed_child_has_no_exit_code() -> None:
    assert run_child(python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")) is None


def test_the_childs_output_goes_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    run_child(python("print('asked')"))

    assert capfd.readouterr() == ("", "asked\n")


def test_a_forked_copy_dies_of_a_signal_and_handles_none(tmp_path: Path) -> None:
    handled = tmp_path / "handled"
    script = f"""
import os, signal
from pathlib import Path
from netparity.child import handling
begun, begin = os.pipe()
with handling(lambda *_: Path({str(handled)!r}).touch()):
    child = os.fork()
    if not child:
        os.write(begin, b"x")  # a signal that comes while Python sets the copy up is lost
        while True:
            signal.pause()
    os.read(begun, 1)
    os.kill(child, signal.SIGTERM)
    _, status = os.waitpid(child, 0)
raise SystemExit(os.WTERMSIG(status))
"""

    done = subprocess.run(python(script), check=False)

    assert done.returncode == signal.SIGTERM
    assert not handled.exists()


def test_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    run_child(python(""))

    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def _is_gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except FileNotFoundError:
            return True
        if stat.rpartition(")")[2].split()[0] == "Z":
            return True
    return False
