import itertools
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import pytest

from netparity import child
from netparity.child import handling, run_child

if TYPE_CHECKING:
    from _typeshed import TraceFunction

HANDLERS = {"handle", "<lambda>"}
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


@pytest.mark.parametrize("storm", [False, True], ids=["one-signal", "a-signal-at-every-line"])
def test_a_signal_at_any_line_leaves_no_child_behind(
    monkeypatch: pytest.MonkeyPatch, *, storm: bool
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def note(command: list[str], **options: object) -> subprocess.Popen[bytes]:
        started.append(popen(command, **options))  # type: ignore[call-overload]  # passed on
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", note)
    try:
        for line in itertools.count(1):
            signalled = _ask_with_a_signal_at(line, storm=storm)
            left = [each for each in started if each.returncode is None]
            assert not left, f"a signal at line {line} left the child behind"
            if not signalled:
                break
    finally:
        for each in started:
            each.kill()
            each.wait()

    assert len(started) > 10


def _ask_with_a_signal_at(line: int, *, storm: bool) -> bool:
    """Send SIGTERM at the line-th line that is run, or at each from there on; say whether it was.

    Once the child is waited for, no further line is run: a timer then ends the waiting.
    """
    run = itertools.count(1)
    signalled = False

    def trace(frame: FrameType, event: str, _argument: object) -> "TraceFunction | None":
        nonlocal signalled
        if frame.f_code.co_filename != child.__file__ or frame.f_code.co_name in HANDLERS:
            return None
        if event == "line":
            number = next(run)
            if number == line or (storm and number > line):
                signalled = True
                signal.raise_signal(signal.SIGTERM)
        return trace

    # What comes before the child's own handlers are there is nobody's; the timer comes again.
    with handling(lambda *_: None):
        alarm = signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGTERM))
        signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
        sys.settrace(trace)
        try:
            run_child(["sleep", "60"], grace=0.2)
        finally:
            sys.settrace(None)
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, alarm)
    return signalled


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
