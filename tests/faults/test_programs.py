"""A program that a fault touched runs afterwards as it ran before, and no other way."""

from pathlib import Path

import pytest

from lab.errors import LabError
from lab.faults import nft, programs
from lab.faults.asking import Space
from lab.faults.load import BusyProcessors
from lab.faults.node_dns import NodeDns
from lab.faults.programs import Stopped
from lab.faults.site import Site
from lab.machine import Machine, Program
from lab.toolchain import Toolchain
from tests.faults.paper_machine import PaperInit


def started(machine_site: Site, *argv: str) -> None:
    log = machine_site.layout.root / "log"
    machine_site.machine.start(Program("kube-proxy", argv, log, env={"A": "b"}, nofile=64))


@pytest.mark.usefixtures("init")
def test_a_machine_remembers_how_each_program_was_started(machine_site: Site) -> None:
    started(machine_site, "kube-proxy", "--v=2")

    assert machine_site.machine.started("kube-proxy") == Program(
        name="kube-proxy",
        argv=["kube-proxy", "--v=2"],
        log=machine_site.layout.root / "log",
        env={"A": "b"},
        nofile=64,
    )
    with pytest.raises(LabError, match="kubelet was never started on linux-b"):
        machine_site.machine.started("kubelet")


def test_what_was_stopped_is_started_as_it_was(machine_site: Site, init: PaperInit) -> None:
    started(machine_site, "kube-proxy", "--v=2")
    means = Stopped("kube-proxy")

    means.make(machine_site)
    assert init.pids == {}
    means.undo(machine_site)
    means.undo(machine_site)

    assert init.argv["kube-proxy"] == ["kube-proxy", "--v=2"]
    assert init.asked.count("start kube-proxy") == 2
    assert programs.kept_pid(machine_site, "kube-proxy") == 100


def test_what_runs_another_way_is_stopped_first(machine_site: Site, init: PaperInit) -> None:
    started(machine_site, "kube-proxy", "--v=2")
    programs.keep(machine_site, "kube-proxy")
    machine_site.machine.stop("kube-proxy")
    started(machine_site, "another-proxy")
    # As a second `make` after an interruption would: what was there at first still counts.
    programs.keep(machine_site, "kube-proxy")

    programs.start_as_kept(machine_site, "kube-proxy")

    assert init.argv["kube-proxy"] == ["kube-proxy", "--v=2"]


def test_what_was_never_touched_is_left_alone(machine_site: Site, init: PaperInit) -> None:
    started(machine_site, "kube-proxy")

    Stopped("kube-proxy").undo(machine_site)

    assert init.asked == ["start kube-proxy"]


def test_busy_loops_are_made_once_each_and_end(machine_site: Site, init: PaperInit) -> None:
    means = BusyProcessors(count=2)

    means.make(machine_site)
    means.make(machine_site)
    assert sorted(init.pids) == ["fault-busy-0", "fault-busy-1"]
    means.undo(machine_site)

    assert init.pids == {}


def test_a_nodes_own_dns_is_asked_as_soon_as_it_listens_and_no_longer_than_it_runs(
    machine_site: Site, init: PaperInit, monkeypatch: pytest.MonkeyPatch
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

    means.make(machine_site)
    means.make(machine_site)
    assert [str(word) for word in init.argv["fault-node-dns"]][:2] == ["/bin/coredns", "-conf"]
    corefile = Path(init.argv["fault-node-dns"][2]).read_text()
    assert "cache 30 cluster.local\n    forward . 10.96.0.10\n" in corefile
    assert "dnat to 172.30.0.12:10053" in loaded[machine_site.table]
    means.undo(machine_site)
    means.undo(machine_site)

    assert (init.pids, loaded) == ({}, {})
