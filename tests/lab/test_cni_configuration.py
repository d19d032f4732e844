"""What each kind of node tells its CNI plugins."""

from typing import Any

import pytest

from lab import cni
from lab.topology import Topology


def conflist(configurations: dict[str, Any], name: str) -> dict[str, Any]:
    plugin: dict[str, Any] = configurations[name]["plugins"][0]
    return plugin


def of(node: str, *without: str) -> dict[str, Any]:
    topology = Topology.from_options(without=without)
    return dict(cni.configurations(topology, topology.node(node)))


def destinations(plugin: dict[str, Any]) -> list[str]:
    return [route["dst"] for route in plugin["ipam"].get("routes", [])]


@pytest.mark.parametrize("node", ["linux-a", "linux-b"])
def test_a_linux_node_bridges_its_own_pod_cidr(node: str) -> None:
    plugin = conflist(of(node), "10-bridge.conflist")

    assert plugin["type"] == "bridge"
    assert plugin["isDefaultGateway"]
    assert plugin["ipam"]["ranges"][0][0]["subnet"].startswith("10.244.")


@pytest.mark.parametrize("node", ["win1709-a", "win1709-b"])
def test_a_1709_node_routes_pods_with_addresses_of_the_hosts_subnet(node: str) -> None:
    configurations = of(node)
    plugin = conflist(configurations, "10-l2bridge.conflist")

    assert list(configurations) == ["10-l2bridge.conflist"]
    assert plugin["type"] == "ptp"
    assert plugin["ipMasq"] is False
    assert plugin["ipam"]["ranges"][0][0]["subnet"].startswith("172.30.0.")
    assert destinations(plugin) == ["0.0.0.0/0"]


def test_2016_has_two_networks_of_which_the_transparent_one_gives_the_pod_ip() -> None:
    configurations = of("win2016")

    assert sorted(configurations) == ["10-transparent.conflist", "20-nat.conflist"]


def test_on_2016_only_the_nat_endpoint_has_a_default_route() -> None:
    configurations = of("win2016")
    transparent = conflist(configurations, "10-transparent.conflist")

    assert destinations(transparent) == ["10.96.0.0/16", "10.244.0.0/16"]
    assert conflist(configurations, "20-nat.conflist")["isDefaultGateway"]


def test_without_a_second_endpoint_the_only_one_has_the_default_route() -> None:
    configurations = of("win2016", "second-endpoint")

    assert sorted(configurations) == ["10-transparent.conflist"]
    plugin = conflist(configurations, "10-transparent.conflist")
    assert "0.0.0.0/0" in destinations(plugin)


def test_without_the_transparent_network_the_first_endpoint_leaves_the_default_route_to_nat() -> (
    None
):
    configurations = of("win2016", "transparent-network")

    assert sorted(configurations) == ["10-l2bridge.conflist", "20-nat.conflist"]
    plugin = conflist(configurations, "10-l2bridge.conflist")
    assert destinations(plugin) == ["10.96.0.0/16", "10.244.0.0/16", "172.30.0.0/24"]
