"""A lab of other ranges, another domain, fewer nodes; and what a second `up` says."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import cluster
from lab.errors import LabError
from lab.topology import Topology
from tests.lab import runs
from tests.lab.conftest import PORTS, Pods, StandingLab, pods_on, standing
from tests.lab.expected import EIGHTEEN
from verdicts.vocabulary import Agreement, Outcome

pytestmark = pytest.mark.lab

OTHER = Topology.from_options(
    subnet="10.66.0.0/23", service_cidr="10.80.0.0/20", cluster_domain="lab.example"
)
EVERY = [node.name for node in OTHER.nodes]


@pytest.fixture(scope="module")
def lab() -> Iterator[StandingLab]:
    """A lab in other ranges and in another domain."""
    cluster.down()
    with standing(OTHER) as found:
        yield found


@pytest.fixture(scope="module")
def pods(lab: StandingLab) -> Iterator[Pods]:
    """Pods and Services on it."""
    with pods_on(lab) as found:
        yield found


def test_pods_of_every_node_reach_those_of_every_other(pods: Pods) -> None:
    seen = {
        (a, b): pods.space(a)("get", pods.ips[b], PORTS["a"], "/hostname")["body"]
        for a in EVERY
        for b in EVERY
    }

    assert seen == {(a, b): b for a in EVERY for b in EVERY}


def test_services_and_pods_are_in_the_chosen_ranges(pods: Pods) -> None:
    assert {address.rpartition(".")[0][:5] for address in pods.services.values()} == {"10.80"}
    assert pods.ips["win2016"].startswith("10.66.")


@pytest.mark.parametrize("node", EVERY)
def test_names_end_in_the_chosen_domain(node: str, pods: Pods) -> None:
    server = OTHER.dns_address
    name = f"all.{pods.namespace}.svc.lab.example."
    answer = pods.space(node)("ask_dns", server, name, "plain")

    assert answer["address"] == pods.services["all"]


@pytest.mark.parametrize("node", ["win1709-b", "win2016"])
def test_the_windows_proxier_adds_its_built_in_suffixes_in_any_domain(
    node: str, pods: Pods
) -> None:
    answer = pods.space(node)("ask_dns", OTHER.dns_address, "kubernetes.", "plain")

    assert answer["address"] == str(OTHER.kubernetes_service_address)


def test_up_of_what_is_up_changes_nothing(lab: StandingLab) -> None:
    before = [machine.process for machine in cluster.machines(lab.layout, lab.record)]

    again = cluster.up(OTHER, report=lambda _: None)

    assert again == lab.record
    assert [m.process for m in cluster.machines(lab.layout, again)] == before


def test_up_of_another_topology_says_what_is_up_and_what_to_do(lab: StandingLab) -> None:
    with pytest.raises(LabError, match="another lab is up") as refused:
        cluster.up(Topology(), report=lambda _: None)

    assert str(lab.layout.root) in str(refused.value)
    assert "netparity lab down" in refused.value.next_step


def test_the_command_ends_with_code_3_while_another_topology_is_up(lab: StandingLab) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "netparity", "lab", "up", "--nodes", "linux-a"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 3
    assert f"its state in {lab.layout.root}" in done.stderr


def test_status_names_versions_nodes_modes_and_emulations(lab: StandingLab) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "netparity", "lab", "status"],
        capture_output=True,
        text=True,
        check=True,
    )

    lines = done.stdout.splitlines()
    assert f"state directory {lab.layout.root}" in lines
    assert any("asked for kernel, runs user mode" in line for line in lines)
    assert any("emulates windows-2016 by plain-resolv-conf, runtime-wrapper" in li for li in lines)
    assert sum("; Ready" in line for line in lines) == len(EVERY)
    assert OTHER.versions.kubernetes in done.stdout


def test_logs_of_a_node_are_those_of_its_programs(lab: StandingLab) -> None:
    del lab
    done = subprocess.run(
        [sys.executable, "-m", "netparity", "lab", "logs", "win2016"],
        capture_output=True,
        text=True,
        check=True,
    )

    headers = [line for line in done.stdout.splitlines() if line.startswith("==> ")]
    for program in ("containerd", "kubelet", "kube-proxy", "oci-wrapper"):
        assert any(f"win2016/{program}.log" in header for header in headers)


def test_the_matrix_is_the_same_in_any_range_and_domain(lab: StandingLab, tmp_path: Path) -> None:
    ended = runs.run(runs.wrapped(lab.layout, tmp_path), tmp_path)

    assert runs.differing(ended.cells, EIGHTEEN) == {}, ended.printed
    assert ended.report.inventory.cluster_domain == OTHER.cluster_domain


@pytest.mark.acceptance
def test_every_check_of_names_is_answered_in_any_domain(lab: StandingLab, tmp_path: Path) -> None:
    options = ("--profile=full", "--feature=dns-search-suffixes")
    ended = runs.run(runs.wrapped(lab.layout, tmp_path, *options), tmp_path)

    unanswered = {
        (each.check, each.node, each.because or each.seen)
        for each in ended.report.checks
        if each.outcome in {Outcome.NOT_RUN, Outcome.INCONCLUSIVE}
    }
    assert unanswered == set()
    assert {cell.agreement for cell in ended.report.cells} == {Agreement.AS_EXPECTED}
    assert ended.code == 0, ended.printed
