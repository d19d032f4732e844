"""A run that is interrupted keeps what it saw and takes its fleet away."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import cluster
from lab.topology import Topology
from reports.reading import read
from tests.lab import runs
from tests.lab.conftest import StandingLab, standing

pytestmark = pytest.mark.lab

COULD_NOT_ASK = 2
SMALLEST = Topology.from_options(nodes="linux-a")


@pytest.fixture(scope="module")
def lab() -> Iterator[StandingLab]:
    """The smallest lab: how a run ends does not hang on how many nodes it asks."""
    cluster.down()
    with standing(SMALLEST) as found:
        yield found


@pytest.mark.parametrize(
    ("way", "number"),
    [
        ("wrapper", signal.SIGTERM),
        ("pytest alone", signal.SIGINT),
        ("pytest with workers", signal.SIGTERM),
    ],
)
def test_an_interrupted_run_writes_what_it_saw_and_removes_its_fleet(
    lab: StandingLab, tmp_path: Path, way: str, number: signal.Signals
) -> None:
    out = tmp_path / "out"
    command = {
        "wrapper": runs.wrapped(lab.layout, out),
        "pytest alone": runs.plain(lab.layout, out),
        "pytest with workers": runs.plain(lab.layout, out, "-n", "2"),
    }[way]
    with runs.started(command, tmp_path / "log") as run:
        runs.await_that(
            lambda: runs.journal_lines(out) > 2, run, what="the first checks were journaled"
        )
        run.send_signal(number)
        code = run.wait(timeout=90)
    report = read(out)
    printed = (tmp_path / "log").read_text()

    assert code == COULD_NOT_ASK, printed
    assert not report.provenance.complete
    assert len(report.evidence) > 2
    assert not {name for name in runs.namespaces(lab) if report.provenance.run_id in name}, printed


@pytest.mark.acceptance
def test_the_next_run_removes_the_fleet_of_a_killed_one(lab: StandingLab, tmp_path: Path) -> None:
    killed, second = tmp_path / "killed", tmp_path / "second"
    command = runs.wrapped(lab.layout, killed, "--feature", "shared-compartment")
    with runs.started(command, tmp_path / "log") as run:
        runs.await_that(
            lambda: runs.journal_lines(killed) > 0, run, what="the first check was journaled"
        )
        left = {name for name in runs.namespaces(lab) if name.startswith("netparity-")}
        os.killpg(run.pid, signal.SIGKILL)
    ended = runs.run(runs.wrapped(lab.layout, second, "--feature", "shared-compartment"), second)

    assert left
    assert ended.code == 0, ended.printed
    assert not left & runs.namespaces(lab), ended.printed
