"""A run that is interrupted keeps what it saw and takes its fleet away; a killed one leaves no trace."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conformance.manifests import LEASE_NAME
from conformance.timeouts import LEASE
from lab import cluster
from lab.topology import Topology
from lab.waiting import eventually
from reports.reading import read
from tests.lab import runs
from tests.lab.conftest import StandingLab, standing
from tests.lab.machine_snapshot import MachineSnapshot

pytestmark = pytest.mark.lab

Started = subprocess.Popen[bytes]
COULD_NOT_ASK = 2


@contextmanager
def started(command: list[str], log: Path) -> Iterator[Started]:
    """Start a run in a session of its own; it is gone at the end."""
    with log.open("wb") as file:
        run = subprocess.Popen(
            command,
            cwd=runs.PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield run
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()


def await_that(condition: Callable[[], bool], run: Started, *, what: str) -> None:
    """Wait for a moment of a run that is under way."""
    eventually(
        lambda: condition() or run.poll() is not None,
        what=what,
        timeout=120,
        next_step="read the run's log",
    )
    assert run.poll() is None, f"the run ended before {what}"


def journal_lines(out: Path) -> int:
    journal = out / "journal.jsonl"
    return len(journal.read_bytes().splitlines()) if journal.exists() else 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("way", ["wrapper", "pytest alone", "pytest with workers"])
def test_an_interrupted_run_writes_what_it_saw_and_removes_its_fleet(
    lab: StandingLab, tmp_path: Path, way: str, number: signal.Signals
) -> None:
    out = tmp_path / "out"
    command = {
        "wrapper": runs.wrapped(lab.layout, out),
        "pytest alone": runs.plain(lab.layout, out),
        "pytest with workers": runs.plain(lab.layout, out, "-n", "2"),
    }[way]
    with started(command, tmp_path / "log") as run:
        await_that(lambda: journal_lines(out) > 2, run, what="the first checks were journaled")
        run.send_signal(number)
        code = run.wait(timeout=90)
    report = read(out)
    printed = (tmp_path / "log").read_text()

    assert code == COULD_NOT_ASK, printed
    assert not report.provenance.complete
    assert len(report.evidence) > 2
    assert not {name for name in runs.namespaces(lab) if report.provenance.run_id in name}, printed


def _fleet(lab: StandingLab, out: Path) -> bool:
    del out
    return any(name.startswith("netparity-") for name in runs.namespaces(lab))


def _probing(lab: StandingLab, out: Path) -> bool:
    del lab
    return journal_lines(out) > 0


def _report(lab: StandingLab, out: Path) -> bool:
    del lab
    return (out / "report.json").exists()


def _removal(lab: StandingLab, out: Path) -> bool:
    del out
    return any(namespace_is_going(item) for item in runs.items(lab, "namespaces"))


def namespace_is_going(item: dict[str, object]) -> bool:
    return item["status"] == {"phase": "Terminating"} or "deletionTimestamp" in str(item)


@pytest.mark.parametrize(
    ("moment", "condition"),
    [("fleet", _fleet), ("probing", _probing), ("report", _report), ("removal", _removal)],
)
def test_after_a_run_is_killed_the_lab_goes_without_a_trace(
    moment: str, condition: Callable[[StandingLab, Path], bool], tmp_path: Path
) -> None:
    cluster.down()
    before = MachineSnapshot.take()
    out = tmp_path / "out"
    with standing(Topology()) as lab:
        command = runs.wrapped(lab.layout, out, "--feature", "shared-compartment")
        with started(command, tmp_path / "log") as run:
            await_that(lambda: condition(lab, out), run, what=moment)
            os.killpg(run.pid, signal.SIGKILL)
        cluster.up(Topology(), report=lambda _: None)

    assert before.differences(MachineSnapshot.take()) == {}


def lease_has_run_out(lab: StandingLab, namespace: str) -> bool:
    path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{LEASE_NAME}"
    spec = lab.api.get(path)["spec"]
    assert isinstance(spec, dict)
    renewed = datetime.fromisoformat(str(spec["renewTime"]))
    return datetime.now(UTC) - renewed > timedelta(seconds=LEASE)


def test_the_next_run_removes_the_fleet_of_a_killed_one(lab: StandingLab, tmp_path: Path) -> None:
    killed, second = tmp_path / "killed", tmp_path / "second"
    command = runs.wrapped(lab.layout, killed, "--feature", "shared-compartment")
    with started(command, tmp_path / "log") as run:
        await_that(lambda: journal_lines(killed) > 0, run, what="the first check was journaled")
        left = {name for name in runs.namespaces(lab) if name.startswith("netparity-")}
        os.killpg(run.pid, signal.SIGKILL)
    ended = runs.run(runs.wrapped(lab.layout, second, "--feature", "shared-compartment"), second)

    assert left
    assert ended.code == 0, ended.printed
    assert not left & runs.namespaces(lab), ended.printed
