"""The matrix does not hang on the lab's ranges, domain or number of nodes."""

from pathlib import Path

import pytest

from lab.topology import Topology
from tests.lab import runs
from tests.lab.conftest import standing
from tests.lab.expected import EIGHTEEN, KERNEL_NODES_ALONE

pytestmark = pytest.mark.lab


def test_other_ranges_and_another_domain_give_the_same_matrix(tmp_path: Path) -> None:
    topology = Topology.from_options(
        subnet="192.168.137.0/24", service_cidr="10.112.0.0/16", cluster_domain="parity.example"
    )
    with standing(topology) as lab:
        ended = runs.run(runs.wrapped(lab.layout, tmp_path), tmp_path)

    assert runs.differing(ended.cells, EIGHTEEN) == {}, ended.printed
    assert ended.report.inventory.cluster_domain == "parity.example"


def test_two_kernel_mode_nodes_give_the_rows_that_they_can(tmp_path: Path) -> None:
    with standing(Topology.from_options(nodes="linux-a,win1709-a")) as lab:
        ended = runs.run(runs.wrapped(lab.layout, tmp_path), tmp_path)

    assert runs.differing(ended.cells, KERNEL_NODES_ALONE) == {}, ended.printed
    assert ended.code == 0, ended.printed
