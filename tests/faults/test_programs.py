"""A program that a fault touched runs afterwards as it ran before, and no other way."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.faults import programs, records
from lab.faults.load import BusyProcessors
from lab.faults.programs import Stopped
from lab.faults.site import Site
from lab.layout import Layout
from lab.machine import Program
from lab.topology import Topology
from tests.faults.paper_machine import PaperInit, paper_machine


@pytest.fixture
def site() -> Iterator[Site]:
    """A node of a lab on paper; in a folder of a short name, for the socket's sake."""
    with tempfile.TemporaryDirectory() as folder:
        found = Site(Topology(), Layout(Path(folder)), "a-fault", "linux-b")
        records.begin(found)
        yield found


@pytest.fixture
def init(site: Site) -> Iterator[PaperInit]:
    with paper_machine(site.machine) as found:
        yield found


def started(site: Site, *argv: str) -> None:
    log = site.layout.root / "log"
    site.machine.start(Program("kube-proxy", argv, log, env={"A": "b"}, nofile=64))


@pytest.mark.usefixtures("init")
def test_a_machine_remembers_how_each_program_was_started(site: Site) -> None:
    started(site, "kube-proxy", "--v=2")

    assert site.machine.started("kube-proxy") == Program(
        name="kube-proxy",
        argv=["kube-proxy", "--v=2"],
        log=site.layout.root / "log",
        env={"A": "b"},
        nofile=64,
    )
    with pytest.raises(LabError, match="kubelet was never started on linux-b"):
        site.machine.started("kubelet")


def test_what_was_stopped_is_started_as_it_was(site: Site, init: PaperInit) -> None:
    started(site, "kube-proxy", "--v=2")
    means = Stopped("kube-proxy")

    means.make(site)
    assert init.pids == {}
    means.undo(site)
    means.undo(site)

    assert init.argv["kube-proxy"] == ["kube-proxy", "--v=2"]
    assert init.asked.count("start kube-proxy") == 2
    assert programs.kept_pid(site, "kube-proxy") == 100


def test_what_runs_another_way_is_stopped_first(site: Site, init: PaperInit) -> None:
    started(site, "kube-proxy", "--v=2")
    programs.keep(site, "kube-proxy")
    site.machine.stop("kube-proxy")
    started(site, "another-proxy")
    # As a second `make` after an interruption would: what was there at first still counts.
    programs.keep(site, "kube-proxy")

    programs.start_as_kept(site, "kube-proxy")

    assert init.argv["kube-proxy"] == ["kube-proxy", "--v=2"]


def test_what_was_never_touched_is_left_alone(site: Site, init: PaperInit) -> None:
    started(site, "kube-proxy")

    Stopped("kube-proxy").undo(site)

    assert init.asked == ["start kube-proxy"]


def test_busy_loops_are_made_once_each_and_end(site: Site, init: PaperInit) -> None:
    means = BusyProcessors(count=2)

    means.make(site)
    means.make(site)
    assert sorted(init.pids) == ["fault-busy-0", "fault-busy-1"]
    means.undo(site)

    assert init.pids == {}
