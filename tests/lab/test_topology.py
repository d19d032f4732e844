"""The topology: one value, from which addresses, pools and switches follow."""

from ipaddress import IPv4Network
from itertools import combinations

import pytest

from lab.errors import LabError
from lab.node_description import Column, Emulation, Mode, Proxy
from lab.roster import NODES, SWITCHES
from lab.topology import Topology


def test_the_default_lab_has_the_five_nodes_of_the_design() -> None:
    columns = {node.name: node.column for node in Topology().nodes}

    assert columns == {
        "linux-a": Column.LINUX,
        "linux-b": Column.LINUX,
        "win1709-a": Column.WINDOWS_1709,
        "win1709-b": Column.WINDOWS_1709,
        "win2016": Column.WINDOWS_2016,
    }


def test_2016_is_asked_for_kernel_mode_and_given_the_user_mode_proxier() -> None:
    node = Topology().node("win2016")

    assert (node.asked_mode, node.proxy) == (Mode.KERNEL, Proxy.WINDOWS_USERSPACE)


@pytest.mark.parametrize("subnet", ["172.30.0.0/24", "10.66.0.0/22", "192.168.128.0/17"])
def test_no_two_things_of_a_lab_share_an_address(subnet: str) -> None:
    topology = Topology.from_options(subnet=subnet)
    single = [topology.api_address, topology.host_address]
    single += [topology.address(node) for node in topology.nodes]
    pools = [topology.pods(node) for node in topology.nodes]

    assert len(set(single)) == len(single)
    assert not any(a.overlaps(b) for a, b in combinations(pools, 2))
    assert not any(address in pool for address in single for pool in pools)
    assert all(address in topology.subnet for address in single)


def test_pods_in_the_hosts_address_space_have_a_pool_of_32_addresses_of_the_subnet() -> None:
    topology = Topology()
    pools = [topology.pods(node) for node in topology.nodes if node.has_host_addresses]

    assert [str(pool) for pool in pools] == ["172.30.0.64/27", "172.30.0.96/27", "172.30.0.128/27"]


def test_a_subset_of_nodes_keeps_the_addresses_of_the_whole_lab() -> None:
    whole, subset = Topology(), Topology.from_options(nodes="win1709-a, linux-a")

    assert [node.name for node in subset.nodes] == ["linux-a", "win1709-a"]
    assert all(subset.address(node) == whole.address(node) for node in subset.nodes)
    assert all(subset.pods(node) == whole.pods(node) for node in subset.nodes)


def test_dns_runs_on_the_first_linux_node_else_on_the_first() -> None:
    assert Topology().dns_node.name == "linux-a"
    assert Topology.from_options(nodes="win2016,linux-b").dns_node.name == "linux-b"
    assert Topology.from_options(nodes="win2016,win1709-b").dns_node.name == "win1709-b"


def test_a_range_of_second_endpoints_lies_outside_the_cluster() -> None:
    topology = Topology.from_options(subnet="172.20.0.0/22")

    assert topology.nat_cidr == IPv4Network("172.21.0.0/24")


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_switch_takes_its_emulation_from_2016_and_from_no_other_node(switch: Emulation) -> None:
    whole, without = Topology(), Topology.from_options(without=[switch])

    assert not without.node("win2016").emulates(switch)
    assert without.nodes[:-1] == whole.nodes[:-1]
    kept = whole.node("win2016").emulations - {switch}
    assert kept <= without.node("win2016").emulations


def test_in_place_of_the_transparent_network_stands_1709s_l2bridge() -> None:
    node = Topology.from_options(without=["transparent-network"]).node("win2016")

    assert node.emulates(Emulation.L2BRIDGE)
    assert node.has_host_addresses


def test_in_place_of_the_windows_proxier_stands_1709s_kernel_mode() -> None:
    node = Topology.from_options(without=["windows-proxier"]).node("win2016")

    assert node.proxy is Proxy.NFTABLES
    assert node.emulations >= {Emulation.NON_DSR, Emulation.SILENT_DROP}


def test_switches_combine() -> None:
    node = Topology.from_options(without=list(SWITCHES)).node("win2016")

    assert node.emulations == {Emulation.L2BRIDGE, Emulation.NON_DSR, Emulation.SILENT_DROP}


def test_a_topology_survives_being_written_down() -> None:
    topology = Topology.from_options(
        subnet="10.66.0.0/23",
        service_cidr="10.80.0.0/20",
        cluster_domain="lab.example",
        nodes="linux-a,win2016",
        without=["runtime-wrapper"],
    )

    assert Topology.model_validate_json(topology.model_dump_json()) == topology


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"subnet": "172.30.0.0/25"}, "too small"),
        ({"subnet": "172.30.0.1/24"}, "not an IPv4 network"),
        ({"subnet": "fd00::/64"}, "not an IPv4 network"),
        ({"service_cidr": "172.30.0.0/16"}, "overlaps"),
        ({"subnet": "10.244.7.0/24"}, "overlaps pod CIDR"),
        ({"cluster_domain": "local"}, "not a domain"),
        ({"cluster_domain": "Cluster.Local"}, "not a domain"),
        ({"nodes": "linux-a,linux-z"}, "no node of the lab is called linux-z"),
        ({"without": ["magic"]}, "no emulation is called magic"),
        ({"without": ["l2bridge"]}, "no emulation is called l2bridge"),
    ],
)
def test_a_lab_that_cannot_be_is_refused_with_what_to_do(
    options: dict[str, str], message: str
) -> None:
    with pytest.raises(LabError, match=message) as refused:
        Topology.from_options(**options)

    assert refused.value.next_step


def test_a_node_that_a_lab_does_not_have_is_named_with_those_it_has() -> None:
    with pytest.raises(LabError, match="no node win2016") as refused:
        Topology.from_options(nodes="linux-a").node("win2016")

    assert "linux-a" in refused.value.next_step


def test_every_uplink_has_a_mac_of_its_own_that_no_vendor_owns() -> None:
    topology = Topology()
    macs = [topology.mac(node) for node in NODES]

    assert len(set(macs)) == len(macs)
    assert all(int(mac[:2], 16) & 0b11 == 0b10 for mac in macs)
