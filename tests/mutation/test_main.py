"""The target brings a lab up if none is, leaves what was there, and its exit code is the verdict."""

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from lab.errors import LabError
from lab.faults.records import RecordedFault
from netparity.exits import Exit
from netparity.mutation import __main__ as target
from netparity.mutation.experiments import Unclean
from netparity.mutation.outcomes import Experiment, Judgement, Mutation, Result
from netparity.mutation.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

CAUGHT = Judgement(result=Result.CAUGHT)
MISSED = Judgement(result=Result.MISSED, complaints=("nobody saw it",))


class Lab:
    def __init__(self) -> None:
        self.notes: list[str] = []
        self.stands = False
        self.faults: list[RecordedFault] = []
        self.judgement = CAUGHT
        self.complaints: tuple[str, ...] = ()
        self.during: Callable[[], None] = lambda: None

    def clear(self, **_: object) -> None:
        self.notes.append("clear")
        self.faults.clear()

    def run(self, session: Session) -> Mutation:
        self.notes.append("run")
        session.folder.mkdir(parents=True, exist_ok=True)
        self.during()
        return Mutation(
            seconds=1.0,
            clean={},
            complaints=self.complaints,
            experiments=tuple(
                Experiment(
                    fault=fault.name, node="linux-a", platform="linux", judgement=self.judgement
                )
                for fault in session.faults
            ),
        )


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Lab:
    fake = Lab()
    monkeypatch.setenv("NETPARITY_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr(target, "TABLE", tmp_path / "docs" / "kill-table.md")
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr("lab.cluster.recorded_lab", lambda _: fake)
    monkeypatch.setattr("lab.cluster.standing_lab", lambda _: fake.stands or None)
    monkeypatch.setattr("lab.cluster.up", lambda *_, **__: fake.notes.append("up"))
    monkeypatch.setattr("lab.cluster.down", lambda: fake.notes.append("down"))
    monkeypatch.setattr("lab.faults.records.recorded", lambda _: fake.faults)
    monkeypatch.setattr("lab.faults.injection.clear", fake.clear)

    def run(session: Session) -> Mutation:
        return fake.run(session)

    monkeypatch.setattr(Session, "run", run)
    monkeypatch.setattr(Session, "remove_fleets", lambda _: fake.notes.append("remove"))
    return fake


def conducted(tmp_path: Path, *only: str) -> int:
    return target.conduct(only, everywhere=False, folder=tmp_path / "out")


def test_a_lab_that_was_down_is_down_again(lab: Lab, tmp_path: Path) -> None:
    assert conducted(tmp_path) == Exit.AS_EXPECTED

    assert lab.notes == ["up", "run", "down"]
    assert "caught" in (tmp_path / "docs" / "kill-table.md").read_text()


def test_a_lab_that_was_up_stays_up_without_a_fleet(lab: Lab, tmp_path: Path) -> None:
    lab.stands = True

    assert conducted(tmp_path) == Exit.AS_EXPECTED

    assert lab.notes == ["up", "run", "remove"]


def test_faults_of_a_killed_run_are_cleared_first(lab: Lab, tmp_path: Path) -> None:
    lab.faults = [RecordedFault("linux-a", "node-port-missing")]

    conducted(tmp_path)

    assert lab.notes == ["clear", "up", "run", "down"]


def test_one_fault_alone_leaves_the_table_of_all(lab: Lab, tmp_path: Path) -> None:
    assert conducted(tmp_path, "node-port-missing") == Exit.AS_EXPECTED

    assert "node-port-missing" in (tmp_path / "out" / "kill-table.md").read_text()
    assert not (tmp_path / "docs" / "kill-table.md").exists()
    assert lab.notes == ["up", "run", "down"]


def test_a_missed_fault_fails_the_target(lab: Lab, tmp_path: Path) -> None:
    lab.judgement = MISSED

    assert conducted(tmp_path) == Exit.REGRESSION
    assert "MISSED: nobody saw it" in (tmp_path / "docs" / "kill-table.md").read_text()


def test_a_lab_that_is_otherwise_in_the_end_fails_the_target(
    lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lab.complaints = ("addresses on linux-a is fail (broken) after all faults",)

    assert conducted(tmp_path) == Exit.REGRESSION
    assert "after all faults" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Unclean("it bites"), Exit.COULD_NOT_ASK),
        (LabError("it stays", next_step="-"), Exit.USAGE),
        (KeyboardInterrupt(), Exit.COULD_NOT_ASK),
    ],
)
def test_whatever_ends_it_the_lab_is_left_as_it_was(
    lab: Lab, tmp_path: Path, error: BaseException, code: Exit
) -> None:
    def fail() -> NoReturn:
        lab.faults = [RecordedFault("linux-a", "node-port-missing")]
        raise error

    lab.stands, lab.during = True, fail

    assert conducted(tmp_path) == code
    assert lab.notes == ["up", "run", "clear", "remove"]
    assert not (tmp_path / "docs" / "kill-table.md").exists()


def test_a_signal_ends_it_like_ctrl_c(lab: Lab, tmp_path: Path) -> None:
    lab.during = lambda: os.kill(os.getpid(), signal.SIGTERM)

    assert conducted(tmp_path) == Exit.COULD_NOT_ASK
    assert lab.notes == ["up", "run", "down"]


def test_an_unknown_fault_is_a_usage_error(lab: Lab, tmp_path: Path) -> None:
    assert conducted(tmp_path, "no-such-fault") == Exit.USAGE
    assert lab.notes == []
