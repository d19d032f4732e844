import signal
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

import pytest

from conformance.settings import RunSettings
from netparity import conducting
from netparity.conducting import ask_by_a_child
from netparity.exits import Exit
from verdicts.inventory import Inventory, JudgedNode
from verdicts.report import Report


class FakeRun:
    """A prepared run that notes what it was asked for."""

    def __init__(self, report: Report, directory: Path) -> None:
        self.made = report
        self.directory = directory
        self.calls: list[str] = []
        self.code = 0
        self.left: tuple[str, ...] = ()
        self.child_arguments = [f"--run-dir={directory}"]

    @property
    def inventory(self) -> Inventory:
        return self.made.inventory

    @property
    def asked(self) -> tuple[JudgedNode, ...]:
        return self.inventory.judged

    def asking(self) -> AbstractContextManager[None]:
        self.calls.append("asking")
        return nullcontext()

    def fold(self, *, pytest_exit: int | None) -> Path:
        self.calls.append(f"fold {pytest_exit}")
        path = self.directory / "report.json"
        path.write_text(self.made.model_dump_json())
        return path

    def close(self) -> tuple[str, ...]:
        self.calls.append("close")
        return self.left

    def exit_code(self) -> int:
        return self.code


@pytest.fixture
def run(report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeRun:
    fake = FakeRun(report, tmp_path)
    monkeypatch.setattr("conformance.run.Run.prepare", lambda *_, **__: fake)
    monkeypatch.setattr("netparity.conducting.run_child", lambda _: 1)
    return fake


@pytest.fixture
def settings() -> RunSettings:
    return RunSettings.parsed(kubeconfig=__file__)


def test_the_matrix_is_printed_before_the_fleet_goes(
    run: FakeRun,
    settings: RunSettings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    printed: list[str] = []

    def close() -> tuple[str, ...]:
        printed.append(capsys.readouterr().out)
        return ()

    monkeypatch.setattr(run, "close", close)

    assert conducting.conduct(settings, ask=ask_by_a_child) == 0
    assert run.calls == ["asking", "fold 1"]
    assert "Every cell that was asked is as expected." in printed[0]
    assert str(run.directory / "report.html") in printed[0]


def test_a_report_is_parsed_once_for_all_that_is_made_of_it(
    run: FakeRun, settings: RunSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[object] = []
    validate = Report.model_validate

    def count(data: object) -> Report:
        parsed.append(data)
        return validate(data)

    monkeypatch.setattr(Report, "model_validate", count)

    conducting.conduct(settings, ask=ask_by_a_child)

    assert len(parsed) == 1
    assert (run.directory / "report.html").exists()


@pytest.mark.parametrize("code", [0, 1, 2])
def test_the_exit_code_is_the_runs_and_its_reason_is_told(
    code: int, run: FakeRun, settings: RunSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    run.code = code

    assert conducting.conduct(settings, ask=ask_by_a_child) == code
    assert (f"netparity: exit {code}: " in capsys.readouterr().err) is (code > 0)


def test_a_fleet_that_stays_behind_is_no_success(run: FakeRun, settings: RunSettings) -> None:
    run.left = ("netparity-x",)

    assert conducting.conduct(settings, ask=ask_by_a_child) == Exit.COULD_NOT_ASK


def test_a_killed_child_is_folded_and_the_fleet_goes(
    run: FakeRun, settings: RunSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netparity.conducting.run_child", lambda _: None)

    conducting.conduct(settings, ask=ask_by_a_child)

    assert run.calls == ["asking", "fold None", "close"]


def test_the_fleet_goes_whatever_breaks(
    run: FakeRun, settings: RunSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(_report: Report, _folder: Path) -> tuple[Path, ...]:
        raise OSError("no space left on device")

    monkeypatch.setattr("reports.write_all", full_disk)

    with pytest.raises(OSError, match="no space"):
        conducting.conduct(settings, ask=ask_by_a_child)

    assert run.calls[-1] == "close"


def test_ctrl_c_while_the_report_is_written_costs_no_report(
    run: FakeRun, settings: RunSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fold = run.fold

    def interrupted(*, pytest_exit: int | None) -> Path:
        signal.raise_signal(signal.SIGINT)
        return fold(pytest_exit=pytest_exit)

    monkeypatch.setattr(run, "fold", interrupted)

    assert conducting.conduct(settings, ask=ask_by_a_child) == 0
    assert (run.directory / "report.html").exists()
    assert run.calls[-1] == "close"


@pytest.mark.parametrize(("workers", "given"), [(None, "3"), ("0", "0"), ("auto", "auto")])
def test_one_worker_asks_each_judged_node_unless_said(
    workers: str | None,
    given: str,
    run: FakeRun,
    settings: RunSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commands: list[list[str]] = []

    def note(command: list[str]) -> int:
        commands.append(command)
        return 0

    monkeypatch.setattr("netparity.conducting.run_child", note)

    conducting.conduct(settings, ask=partial(ask_by_a_child, workers=workers))

    (command,) = commands
    assert command[command.index("-n") + 1] == given
    assert f"--run-dir={run.directory}" in command
    assert "--dist" not in command
