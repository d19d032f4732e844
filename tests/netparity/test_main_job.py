import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from lab.errors import LabError
from lab.topology import Topology
from netparity import main_job
from netparity.exits import Exit


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def lab_of(
    monkeypatch: pytest.MonkeyPatch, told: list[str], tmp_path: Path
) -> Callable[..., None]:
    """Put a lab in place that only notes what it was asked for, and a run of a given script."""

    def place(*, standing: bool, run: str = "", up: Callable[..., None] | None = None) -> None:
        def bring_up(_topology: Topology, *, report: Callable[[str], None]) -> None:
            report("lab up")
            told.append("up")

        def start(_command: list[str], **options: int) -> "subprocess.Popen[bytes]":
            told.append("run")
            return popen([sys.executable, "-c", run], process_group=options["process_group"])

        popen = subprocess.Popen
        monkeypatch.setenv("NETPARITY_STATE_DIR", str(tmp_path / "netparity"))
        monkeypatch.setattr("lab.cluster.standing_lab", lambda _: standing or None)
        monkeypatch.setattr("lab.cluster.up", up or bring_up)
        monkeypatch.setattr("lab.cluster.down", lambda: told.append("down"))
        monkeypatch.setattr("subprocess.Popen", start)

    return place


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_the_runs_exit_code_outlives_the_teardown(
    code: int, lab_of: Callable[..., None], told: list[str]
) -> None:
    lab_of(standing=False, run=f"raise SystemExit({code})")

    assert main_job.main([]) == code
    assert told == ["up", "run", "down"]


def test_a_lab_that_was_up_stays_up(lab_of: Callable[..., None], told: list[str]) -> None:
    lab_of(standing=True)

    assert main_job.main([]) == 0
    assert told == ["up", "run"]


def test_a_lab_that_cannot_come_up_is_a_usage_error(
    lab_of: Callable[..., None], told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_topology: Topology, **_options: object) -> NoReturn:
        raise LabError("another lab is up", next_step="take it down")

    lab_of(standing=False, up=refuse)

    assert main_job.main([]) == Exit.USAGE
    assert told == []
    assert "another lab is up" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_the_run_once_and_then_the_lab_goes(
    number: signal.Signals, lab_of: Callable[..., None], told: list[str]
) -> None:
    # The run takes the signal as a real one does: it ends by itself, with 2.
    lab_of(
        standing=False,
        run=(
            "import os, signal, sys\n"
            f"signal.signal({int(number)}, lambda *_: sys.exit(2))\n"
            f"os.kill(os.getppid(), {int(number)})\n"
            "signal.pause()"
        ),
    )

    assert main_job.main([]) == Exit.COULD_NOT_ASK
    assert told == ["up", "run", "down"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_lab_comes_up_ends_with_two(
    number: signal.Signals, lab_of: Callable[..., None], told: list[str]
) -> None:
    def interrupted(_topology: Topology, **_options: object) -> None:
        os.kill(os.getpid(), number)

    lab_of(standing=False, up=interrupted)

    assert main_job.main([]) == Exit.COULD_NOT_ASK
    assert told == []


def test_a_run_that_is_killed_could_not_ask(lab_of: Callable[..., None], told: list[str]) -> None:
    lab_of(standing=False, run="import os, signal; os.kill(os.getpid(), signal.SIGKILL)")

    assert main_job.main([]) == Exit.COULD_NOT_ASK
    assert told == ["up", "run", "down"]


def test_a_lab_that_stays_behind_is_no_success(
    lab_of: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stay() -> NoReturn:
        raise LabError("a mount is busy", next_step="run `netparity lab down` again")

    lab_of(standing=False)
    monkeypatch.setattr("lab.cluster.down", stay)

    assert main_job.main([]) == Exit.COULD_NOT_ASK


def test_the_handlers_of_the_caller_come_back(lab_of: Callable[..., None]) -> None:
    before = signal.getsignal(signal.SIGTERM)
    lab_of(standing=False)

    main_job.main([])

    assert signal.getsignal(signal.SIGTERM) is before
