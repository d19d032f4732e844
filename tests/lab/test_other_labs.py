"""A lab of two nodes gives the rows that it can."""

from pathlib import Path

import pytest

from lab import cluster
from lab.topology import Topology
from tests.lab import runs
from tests.lab.conftest import standing
from tests.lab.expected import KERNEL_NODES_ALONE

pytestmark = pytest.mark.lab


def test_two_kernel_mode_nodes_give_no_user_mode_and_a_documented_2016(tmp_path: Path) -> None:
    cluster.down()
    with standing(Topology.from_options(nodes="linux-a,win1709-a")) as lab:
        ended = runs.run(runs.wrapped(lab.layout, tmp_path), tmp_path)

    assert runs.differing(ended.cells, KERNEL_NODES_ALONE) == {}, ended.printed
    assert ended.code == 0, ended.printed
