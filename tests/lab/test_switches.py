"""Each of win2016's emulations is a switch: off, it changes its own row and nothing else."""

from pathlib import Path

import pytest

from lab.topology import SWITCHES, Topology
from tests.lab import runs
from tests.lab.conftest import standing
from tests.lab.expected import WITHOUT, without

pytestmark = pytest.mark.lab


@pytest.mark.parametrize("emulation", WITHOUT)
def test_an_emulation_left_out_changes_just_its_row(emulation: str, tmp_path: Path) -> None:
    with standing(Topology.from_options(without=[emulation])) as lab:
        ended = runs.run(runs.wrapped(lab.layout, tmp_path), tmp_path)

    assert runs.differing(ended.cells, without(emulation)) == {}, ended.printed


def test_every_switch_has_its_row() -> None:
    assert {str(switch) for switch in SWITCHES} == set(WITHOUT)
