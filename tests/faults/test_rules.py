"""Rules of a fault are a table of its own, with the place's addresses in it."""

import json

import pytest

from lab.faults import nft
from lab.faults.catalogue import FAULTS
from lab.faults.fault import Fault
from lab.faults.rules import NodeRules
from lab.faults.site import Site
from lab.faults.together import Together
from lab.layout import Layout
from lab.roster import NODES
from lab.topology import Topology


def rules_of(fault: Fault) -> list[NodeRules]:
    """The rules that a fault has in its node's own namespace, alone or beside other means."""
    parts = fault.means.parts if isinstance(fault.means, Together) else (fault.means,)
    return [part for part in parts if isinstance(part, NodeRules)]


PLACES = [
    (fault, node)
    for fault in FAULTS
    if rules_of(fault)
    for node in NODES
    if fault.where.includes(node)
]


def site(layout: Layout, name: str = "a-fault", place: str = "win1709-a") -> Site:
    return Site(Topology(), layout, name, place)


def test_a_place_s_addresses_are_put_into_the_rules(layout: Layout) -> None:
    filled = site(layout).fill(
        "$node $pods $subnet $services $dns $api $wire $bridge $domain $table"
    )

    assert filled == (
        "172.30.0.13 172.30.0.64/27 172.30.0.0/24 10.96.0.0/16 10.96.0.10 172.30.0.1 eth0 cni0 "
        "cluster.local netparity-fault-a-fault"
    )
    assert site(layout, place="win2016").fill("$wire") == "transparent0"
    assert site(layout).fill("$all_pods").count("/") == len(NODES)


def test_an_unknown_word_of_a_rule_is_an_error_and_no_empty_text(layout: Layout) -> None:
    with pytest.raises(KeyError, match="podz"):
        site(layout).fill("ip saddr $podz drop")


@pytest.mark.parametrize(
    ("fault", "node"), PLACES, ids=[f"{fault.name}-{node.name}" for fault, node in PLACES]
)
def test_every_rule_of_the_catalogue_is_filled_and_counts(
    layout: Layout, fault: Fault, node: object
) -> None:
    place = site(layout, fault.name, str(getattr(node, "name", "")))
    filled = [place.fill(rules.chains) for rules in rules_of(fault)]

    assert not [text for text in filled if "$" in text]
    assert not [text for text in filled if "counter" not in text]


def test_a_table_replaces_one_of_its_name_in_one_transaction() -> None:
    script = nft.replacing(family="ip", table="t", chains="chain c { }")

    assert script.splitlines() == [
        "add table ip t",
        "delete table ip t",
        "table ip t {",
        "chain c { }",
        "}",
    ]


def test_packets_are_counted_in_the_fault_s_own_table_only() -> None:
    def rule(table: str, packets: int) -> dict[str, object]:
        counter = {"counter": {"packets": packets, "bytes": 0}}
        return {"rule": {"table": table, "expr": [{"match": {}}, counter, {"drop": None}]}}

    listed = json.dumps(
        {"nftables": [{"metainfo": {}}, rule("mine", 3), rule("mine", 4), rule("other", 9)]}
    )

    assert nft._packets(listed, "mine") == 7
    assert nft._packets("", "mine") == 0
