"""`netparity lab fault` lists without a lab, and says what is wrong where there is none."""

from pathlib import Path

import pytest

from lab.faults.catalogue import FAULTS
from netparity.__main__ import main
from netparity.exits import Exit


@pytest.fixture(autouse=True)
def _no_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETPARITY_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr("lab.lock._NAME", f"\0{tmp_path}")
    # The commands let SIGTERM end them like Ctrl-C; the test process keeps its own way.
    monkeypatch.setattr("netparity.lab_messages.signal.signal", lambda *_: None)


def ended(arguments: list[str]) -> object:
    with pytest.raises(SystemExit) as end:
        main(["lab", "fault", *arguments])
    return end.value.code


def test_every_fault_is_listed_with_what_it_turns(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(["list"]) == Exit.AS_EXPECTED

    printed = capsys.readouterr().out
    assert [fault.name for fault in FAULTS if fault.name not in printed] == []


@pytest.mark.parametrize(
    "arguments", [["inject", FAULTS[0].name, "--node", "linux-a"], ["clear"]], ids=" ".join
)
def test_without_a_lab_a_command_ends_with_three_and_says_what_to_do(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(arguments) == Exit.USAGE

    said = capsys.readouterr().err
    assert "no lab is up" in said
    assert "Next step: run `netparity lab up`" in said
