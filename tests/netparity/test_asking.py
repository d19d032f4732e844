"""A run is a process of its own, which is over when asking is, and whose report is what counts."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from conformance.deployment import Deployment, deploy
from conformance.planning import plan_fleet
from conformance.run import FLEET_FILE
from conformance.settings import RunSettings
from lab.layout import Layout
from netparity.asking import Asker, RunBrokeOffError
from tests.conformance.fake_cluster import FakeCluster
from tests.mutation.conftest import reported
from verdicts.vocabulary import Feature

REPORTS = """
import pathlib, sys
out = pathlib.Path(next(a for a in sys.argv if a.startswith("--out=")).removeprefix("--out="))
(out / "arguments").write_text("\\n".join(sys.argv[1:]))
for name in ("report.json", "fleet.json"):
    (out / name).write_text((pathlib.Path({given!r}) / name).read_text())
"""


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """What a run would leave."""
    report = reported()
    plan = plan_fleet(report.inventory, run_id="r1", agnhost="agnhost:1", capture=None)
    deployment = deploy(FakeCluster(), plan, fingerprint="", kept=True)
    assert isinstance(deployment, Deployment)
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "report.json").write_text(report.model_dump_json())
    (folder / FLEET_FILE).write_text(deployment.model_dump_json())
    return folder


@pytest.fixture
def asker(tmp_path: Path) -> Asker:
    return Asker(layout=Layout(tmp_path / "state"), folder=tmp_path / "runs", reuse_fleet=True)


def play(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let a script stand for `netparity run`, which is given the same arguments."""
    monkeypatch.setattr("netparity.asking._COMMAND", (sys.executable, "-c", script))


def test_a_run_asks_the_nodes_with_the_options_it_is_given(
    asker: Asker, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(monkeypatch, REPORTS.format(given=str(given)) + "sys.exit(1)")

    asked = asker.ask(
        "one",
        nodes=["linux-a", "win2016"],
        features=[Feature.CNI_PLUGIN],
        checks=["cni-large-packets"],
    )

    arguments = (asker.folder / "one" / "arguments").read_text().splitlines()
    assert {
        "--reuse-fleet",
        "--node=linux-a",
        "--node=win2016",
        "--feature=cni-plugin",
        "--check=cni-large-packets",
        "--patience=field",
    } < set(arguments)
    assert asked.exit_code == 1
    assert asked.seconds > 0
    assert asked.report == reported()
    assert asked.deployment.plan.run_id == "r1"


def test_a_folder_of_a_run_that_broke_off_is_used_again(
    asker: Asker, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (asker.folder / "one").mkdir(parents=True)
    (asker.folder / "one" / "journal.jsonl").touch()
    play(monkeypatch, REPORTS.format(given=str(given)))

    asker.ask("one")

    assert not (asker.folder / "one" / "journal.jsonl").exists()


def test_a_run_without_a_report_says_where_its_own_words_are(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(monkeypatch, "raise SystemExit('no API server answers there')")

    with pytest.raises(
        RunBrokeOffError, match=r"ended with 1 and left no report: read .*run\.log"
    ):
        asker.ask("one")

    assert "no API server" in (asker.folder / "one" / "run.log").read_text()


def test_what_is_done_during_a_run_waits_for_its_first_check(
    asker: Asker, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It goes on only when what is done meanwhile was done.
    waits = """
(out / "journal.jsonl").touch()
while not (out / "done").exists():
    pass
"""
    play(monkeypatch, REPORTS.format(given=str(given)) + waits)
    journals: list[bool] = []

    def during() -> None:
        folder = asker.folder / "one"
        journals.append((folder / "journal.jsonl").exists())
        (folder / "done").touch()

    asker.ask("one", during=during)

    assert journals == [True]


def test_no_run_outlives_an_interrupted_asking(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = """
import os, pathlib, signal, sys
out = pathlib.Path(next(a for a in sys.argv if a.startswith("--out=")).removeprefix("--out="))
(out / "pid").write_text(str(os.getpid()))
(out / "journal.jsonl").touch()
signal.pause()
"""
    play(monkeypatch, script)

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asker.ask("one", during=interrupt)

    pid = int((asker.folder / "one" / "pid").read_text())
    assert pid != os.getpid()
    assert not psutil.pid_exists(pid)


def test_a_second_interrupt_kills_a_run_that_does_not_end(asker: Asker) -> None:
    class Interrupted(subprocess.Popen[bytes]):
        left = 2

        def wait(self, timeout: float | None = None) -> int:
            if self.left:
                self.left -= 1
                raise KeyboardInterrupt
            return super().wait(timeout)

    started: list[Interrupted] = []

    def start(_settings: RunSettings, _log: Path) -> Interrupted:
        ignores = "signal.signal(signal.SIGINT, signal.SIG_IGN)"
        deaf = f"import signal; {ignores}; print(flush=True); signal.pause()"
        words = [sys.executable, "-c", deaf]
        started.append(Interrupted(words, process_group=0, stdout=subprocess.PIPE))
        assert started[0].stdout is not None
        with started[0].stdout as said:
            said.readline()
        return started[0]

    with pytest.raises(KeyboardInterrupt):
        replace(asker, start=start).ask("one")

    assert started[0].returncode == -signal.SIGKILL
