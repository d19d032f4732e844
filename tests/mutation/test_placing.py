"""A fault is placed where it could show, beside a node on which it must not."""

from typing import cast

import pytest

from lab.faults import places
from lab.faults.catalogue import FAULTS
from lab.faults.fault import Fault, Turns, Undecided
from lab.faults.runtimes import WrappedRuntime
from lab.topology import Topology
from netparity.mutation.placing import Placement, placements
from tests.mutation.conftest import NODES, Means, made_fault, reported, turns
from verdicts.vocabulary import Feature

KERNEL = turns("kernel-tcp", Feature.KERNEL_MODE)
ADDRESSES = turns("addresses", Feature.CNI_PLUGIN)
HARNESS = Undecided(survives=False)


def placed(fault: Fault, *, everywhere: bool = True) -> tuple[Placement, ...]:
    return placements(fault, reported(), Topology(), everywhere=everywhere)


@pytest.mark.parametrize(
    ("fault", "nodes"),
    [
        pytest.param(
            made_fault(ADDRESSES),
            # 2016's cell is not supported without any fault: one more could not be told there.
            [("linux-a", "linux-a", "win1709-a"), ("win1709-a", "win1709-a", "linux-a")],
            id="any-node",
        ),
        pytest.param(
            made_fault(turns("user-tcp", Feature.USER_MODE)),
            [
                ("linux-b", "linux-b", "win1709-b"),
                ("win1709-b", "win1709-b", "linux-b"),
                ("win2016", "win2016", "linux-b"),
            ],
            id="nodes-of-the-mode",
        ),
        pytest.param(
            made_fault(KERNEL, where=places.LINUX_KERNEL_MODE),
            [("linux-a", "linux-a", "win1709-a")],
            id="nodes-it-applies-to",
        ),
        pytest.param(
            made_fault(HARNESS, where=places.CLUSTER),
            [("", "linux-a", "win1709-a")],
            id="the-cluster",
        ),
        pytest.param(
            made_fault(turns("origin", Feature.CNI_PLUGIN, verdict="supported")),
            [
                ("linux-a", "linux-a", "win1709-a"),
                ("win1709-a", "win1709-a", "linux-a"),
                ("win2016", "win2016", "linux-b"),
            ],
            id="reported",
        ),
        pytest.param(made_fault(turns("to-come", Feature.CNI_PLUGIN)), [], id="no-such-check"),
    ],
)
def test_a_fault_is_placed_on_a_node_of_each_column_that_could_show_it(
    fault: Fault, nodes: list[tuple[str, ...]]
) -> None:
    assert [(each.node, *each.asked) for each in placed(fault)] == nodes


def test_one_column_is_enough_and_a_faults_name_chooses_it() -> None:
    names = ["del-not-executed", "address-given-twice", "mtu-black-hole", "node-to-pod-blocked"]

    chosen = [placed(made_fault(ADDRESSES, name=name), everywhere=False) for name in names]

    assert {len(each) for each in chosen} == {1}
    assert {each.judged.platform for (each,) in chosen} == {"linux", "windows-1709"}
    again = placed(made_fault(ADDRESSES, name=names[0]), everywhere=False)
    assert again[0].judged == chosen[0][0].judged


@pytest.mark.parametrize("feature", list(Feature))
def test_the_row_that_a_fault_must_turn_is_asked(feature: Feature) -> None:
    fault = made_fault(turns("addresses", feature))

    assert feature in Placement(fault, NODES["linux-a"], None).features


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_fault_of_the_catalogue_is_looked_for_in_its_row(fault: Fault) -> None:
    if isinstance(fault.expects, Turns):
        assert fault.expects.feature in Placement(fault, NODES["linux-a"], None).features


def test_a_fault_of_the_runtime_is_looked_for_within_pods() -> None:
    means = cast("Means", WrappedRuntime(search=()))
    fault = made_fault(turns("names", Feature.DNS_SUFFIXES), means=means)

    asked = Placement(fault, NODES["linux-a"], None).features

    assert Feature.SHARED_COMPARTMENT in asked
    assert Feature.KERNEL_MODE not in asked


def test_a_fault_of_the_network_or_of_the_harness_is_looked_for_in_every_row() -> None:
    for fault in (made_fault(ADDRESSES), made_fault(HARNESS)):
        assert Placement(fault, NODES["linux-a"], None).features == tuple(Feature)
