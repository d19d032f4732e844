"""A program that a fault touched runs afterwards as it ran before, and no other way."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.faults import nft, programs, records
from lab.faults.asking import Space
from lab.faults.load import BusyProcessors
from lab.faults.node_dns import NodeDns
from lab.faults.programs import Stopped
from lab.faults.site import Site
from lab.layout import Layout
from lab.machine import Machine, Program
from lab.toolchain import Toolchain
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


def test_a_nodes_own_dns_is_asked_as_soon_as_it_listens_and_no_longer_than_it_runs(
    site: Site, init: PaperInit, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, loaded = iter(["refused", "timed out", "timed out"]), dict[str, str]()
    monkeypatch.setattr(Space, "ask", lambda *_: next(said))
    monkeypatch.setattr(Machine, "init_pid", 1)
    monkeypatch.setattr(Site, "toolchain", Toolchain({"coredns": Path("/bin/coredns")}))

    def load(_: Machine, *, table: str, chains: str, **__: str) -> None:
        assert init.pids
        loaded[table] = chains

    monkeypatch.setattr(nft, "load", load)
    monkeypatch.setattr(nft, "remove", lambda *_, table, **__: loaded.pop(table, None))
    means = NodeDns("    cache 30 $domain")

    means.make(site)
    means.make(site)
    assert [str(word) for word in init.argv["fault-node-dns"]][:2] == ["/bin/coredns", "-conf"]
    corefile = Path(init.argv["fault-node-dns"][2]).read_text()
    assert "cache 30 cluster.local\n    forward . 10.96.0.10\n" in corefile
    assert "dnat to 172.30.0.12:10053" in loaded[site.table]
    means.undo(site)
    means.undo(site)

    assert (init.pids, loaded) == ({}, {})
