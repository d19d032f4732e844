"""The target brings a lab up if none is, leaves what was there, and its exit code is the verdict."""

from pathlib import Path

import pytest

from lab.errors import LabError
from netparity.asking import RunBrokeOffError
from netparity.exits import Exit
from netparity.soak import __main__ as target
from netparity.soak import rounds
from tests.mutation.conftest import FAILED
from tests.soak.conftest import Runs


class Lab:
    def __init__(self) -> None:
        self.notes: list[str] = []
        self.stands = False


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Lab:
    fake = Lab()
    monkeypatch.setenv("NETPARITY_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr("lab.cluster.standing_lab", lambda _: fake.stands or None)
    monkeypatch.setattr("lab.cluster.up", lambda *_, **__: fake.notes.append("up"))
    monkeypatch.setattr("lab.cluster.down", lambda: fake.notes.append("down"))
    monkeypatch.setitem(rounds.LOADS, "busy", rounds.LOADS["quiet"])
    return fake


def test_rounds_that_agree_end_well_and_their_times_are_printed(
    lab: Lab, runs: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert target.conduct(tmp_path / "out", rounds=2) == Exit.AS_EXPECTED

    assert runs.asked == ["quiet-01", "quiet-02", "busy-01", "busy-02"]
    assert "median" in capsys.readouterr().out
    assert lab.notes == ["up", "down"]


def test_a_round_that_does_not_agree_fails_the_target(
    lab: Lab, runs: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lab.stands = True
    runs.seen["busy-01"] = {("addresses", "linux-a"): FAILED}

    assert target.conduct(tmp_path / "out", rounds=1) == Exit.REGRESSION

    assert "busy-01: cni-plugin on linux" in capsys.readouterr().out
    assert lab.notes == ["up"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RunBrokeOffError("it left no report"), Exit.COULD_NOT_ASK),
        (LabError("it is gone", next_step="-"), Exit.USAGE),
        (KeyboardInterrupt(), Exit.COULD_NOT_ASK),
    ],
)
def test_whatever_ends_it_the_lab_is_left_as_it_was(
    lab: Lab, runs: Runs, tmp_path: Path, error: BaseException, code: Exit
) -> None:
    runs.fails["quiet-01"] = error

    assert target.conduct(tmp_path / "out", rounds=1) == code

    assert lab.notes == ["up", "down"]
