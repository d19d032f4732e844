"""Each fault bites by its own proof, and its clearing leaves the node as it was."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

from lab import status
from lab.faults import injection, nft
from lab.faults.catalogue import FAULTS
from lab.faults.fault import Fault
from lab.faults.injection import clear, inject
from lab.faults.pods import DeletedPod
from lab.faults.records import recorded
from lab.faults.site import CLUSTER, Site
from lab.machine import Machine
from netparity.mutation.experiments import Trials
from tests.lab.conftest import StandingLab

# Of acceptance until each was seen to bite on a lab: some forty faults take many minutes.
pytestmark = [pytest.mark.lab, pytest.mark.acceptance]

# What pods bring and take along, on every node and at any time.
_OF_PODS = re.compile(r"^/(run/(containerd|netns|layers)|var/lib/kubelet)|/kubelet/pods/")


@dataclass(frozen=True, slots=True)
class NodeState:
    """What of a node, or of the control plane, a fault may touch."""

    tables: frozenset[tuple[str, str]]
    own_rules: str
    mounts: tuple[str, ...]
    files: dict[str, str]
    programs: dict[str, list[str]]
    links: dict[str, str]

    @classmethod
    def of(cls, machine: Machine) -> Self:
        links = json.loads(machine.run("ip", "-json", "link"))
        mounts = Path(f"/proc/{machine.init_pid}/mountinfo").read_text().splitlines()
        tables = nft.tables(machine)
        return cls(
            tables=tables,
            own_rules="".join(
                machine.run("nft", "-s", "list", "table", *table)
                for table in sorted(tables)
                if table[1].startswith("netparity-")
            ),
            mounts=tuple(
                sorted(line.split()[4] for line in mounts if not _OF_PODS.search(line.split()[4]))
            ),
            files={
                str(path.relative_to(machine.directory)): path.read_text()
                for pattern in ("net.d/*", "*.json", "*.toml", "*.yaml", "resolv.conf")
                for path in machine.directory.glob(pattern)
            },
            programs={
                name: [str(word) for word in machine.started(name).argv]
                for name in machine.running()
            },
            links={
                link["ifname"]: link["operstate"]
                for link in links
                # Bridges of pods are up while there are pods.
                if not link["ifname"].startswith(("veth", "cni", "nat"))
            },
        )


def ways(lab: StandingLab) -> dict[str, list[str]]:
    """Every node's routes, but for those to pods of its own, which come and go with them.

    A bridge has its route with the first pod; the others are to single addresses, by links that
    may not have a name any more.
    """
    found = {}
    for node in lab.topology.nodes:
        routes = json.loads(lab.machine(node.name).run("ip", "-json", "-4", "route"))
        found[node.name] = sorted(
            f"{route['dst']} via {route.get('gateway', '')}"
            for route in routes
            if "gateway" in route or ("/" in route["dst"] and not route["dev"].startswith("cni"))
        )
    return found


@pytest.fixture(scope="module")
def trials(lab: StandingLab) -> Iterator[Trials]:
    """A trial a place: what one place's proofs serve, another's would be answered by as well."""
    found = Trials(lab.topology, lab.layout)
    yield found
    found.close()


@pytest.fixture(autouse=True)
def _nothing_is_left(lab: StandingLab) -> Iterator[None]:
    yield
    if recorded(lab.layout):
        clear()


def node_for(fault: Fault, lab: StandingLab) -> str:
    """The first node that the fault applies to; none for the cluster."""
    if fault.where.is_cluster:
        return ""
    return next(node.name for node in lab.topology.nodes if fault.where.includes(node))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_bites_until_it_is_cleared_and_leaves_the_node_as_it_was(
    fault: Fault, lab: StandingLab, trials: Trials
) -> None:
    node = node_for(fault, lab)
    a_trial = trials.at(node)
    machine = Site(lab.topology, lab.layout, fault.name, node or CLUSTER).machine
    before, ways_before = NodeState.of(machine), ways(lab)
    if isinstance(fault.means, DeletedPod):
        # As a run would have placed it.
        a_trial.fresh(lab.node(node), role=fault.means.role)
    if fault.beforehand is not None:
        fault.beforehand(lab.node(node), a_trial)

    site = inject(fault.name, node)
    # As after an interruption: what is made already is made again, and nothing comes of it.
    fault.means.make(site)
    bitten = fault.proof(site, a_trial)
    assert bitten.bites, bitten.seen
    said = list(status.lines(lab.record))
    clear()
    healed = fault.proof(site, a_trial)
    # Once more, for a clearing that was interrupted at its very end.
    fault.means.undo(site)

    assert not healed.bites, healed.seen
    assert any(f"{fault.name} on {site.place}" in line for line in said)
    assert NodeState.of(machine) == before
    assert ways(lab) == ways_before
    a_trial.tidy()
    assert not lab.layout.faults.exists()


def test_several_faults_of_a_node_are_cleared_together(lab: StandingLab) -> None:
    machine = lab.machine("linux-a")
    before = NodeState.of(machine)

    for name in ("node-port-missing", "hairpin-broken", "dns-tcp-dropped"):
        inject(name, "linux-a")
    made = nft.tables(machine) - before.tables
    clear()

    assert {table for _, table in made} == {
        f"netparity-fault-{name}"
        for name in ("node-port-missing", "hairpin-broken", "dns-tcp-dropped")
    }
    assert NodeState.of(machine) == before


@pytest.mark.parametrize("name", ["loopback-tcp-blocked", "proxy-dead", "exec-broken"])
def test_another_process_clears_what_a_killed_one_began(lab: StandingLab, name: str) -> None:
    fault = injection.known(name)
    node = node_for(fault, lab)
    machine = lab.machine(node)
    before = NodeState.of(machine)
    script = (
        "import os, sys; from lab.faults import injection; "
        "fault = injection.known(sys.argv[1]); made = type(fault.means).make; "
        "type(fault.means).make = lambda self, site: (made(self, site), os._exit(9)); "
        "injection.inject(*sys.argv[1:])"
    )

    killed = subprocess.run([sys.executable, "-c", script, name, node], check=False)
    assert killed.returncode == 9
    assert NodeState.of(machine) != before
    cleared = subprocess.run(
        [sys.executable, "-m", "netparity", "lab", "fault", "clear"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert f"cleared: {name} on {node}" in cleared.stderr
    assert NodeState.of(machine) == before
