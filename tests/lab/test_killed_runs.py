"""After a run is killed, the lab goes without a trace, and no process goes on in its name."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from lab import cluster
from lab.topology import Topology
from lab.waiting import eventually
from tests.lab import runs
from tests.lab.conftest import StandingLab, standing
from tests.lab.machine_snapshot import MachineSnapshot

pytestmark = pytest.mark.lab

SMALLEST = Topology.from_options(nodes="linux-a")


def _fleet(lab: StandingLab, out: Path) -> bool:
    del out
    return any(name.startswith("netparity-") for name in runs.namespaces(lab))


def _probing(lab: StandingLab, out: Path) -> bool:
    del lab
    return runs.journal_lines(out) > 0


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
    with standing(SMALLEST) as lab:
        command = runs.wrapped(lab.layout, out, "--feature", "shared-compartment")
        with runs.started(command, tmp_path / "log") as run:
            runs.await_that(lambda: condition(lab, out), run, what=moment)
            family = psutil.Process(run.pid).children(recursive=True)
            os.kill(run.pid, signal.SIGKILL)
            eventually(
                lambda: not [each for each in family if each.is_running()],
                what="the killed run's own processes have ended",
                timeout=30,
                next_step="look at what they wait for",
            )
        cluster.up(SMALLEST, report=lambda _: None)

    assert before.differences(MachineSnapshot.take()) == {}
