"""Each emulation of 2016 is a switch: off, its own trait goes and the others stay."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from lab import cluster
from lab.node_description import Emulation
from lab.roster import SWITCHES
from lab.topology import Topology
from tests.lab import runs
from tests.lab.conftest import PORTS, Pods, pods_on, standing
from tests.lab.expected import COLUMN_2016, WITHOUT

pytestmark = pytest.mark.lab

NODE = "win2016"


@dataclass(frozen=True, slots=True)
class Traits:
    """What of 2016 its node shows."""

    own_compartments: bool
    second_endpoint: bool
    plain_resolv_conf: bool
    transparent_network: bool
    windows_proxier: bool


ALL = Traits(
    own_compartments=True,
    second_endpoint=True,
    plain_resolv_conf=True,
    transparent_network=True,
    windows_proxier=True,
)
TRAIT = {
    Emulation.RUNTIME_WRAPPER: "own_compartments",
    Emulation.SECOND_ENDPOINT: "second_endpoint",
    Emulation.PLAIN_RESOLV_CONF: "plain_resolv_conf",
    Emulation.TRANSPARENT_NETWORK: "transparent_network",
    Emulation.WINDOWS_PROXIER: "windows_proxier",
}


def traits_of(pods: Pods) -> Traits:
    lab, space = pods.lab, pods.space(NODE)
    addresses = [
        IPv4Address(address["local"])
        for link in space.ip("-4", "address")
        for address in link["addr_info"]
    ]
    links = json.loads(lab.machine(NODE).run("ip", "-json", "link"))
    return Traits(
        own_compartments=space("connect", "127.0.0.1", PORTS["b"])["end"] == "refused",
        second_endpoint=any(address in lab.topology.nat_cidr for address in addresses),
        plain_resolv_conf="search" not in pods.file(NODE, "etc/resolv.conf"),
        transparent_network=(
            any(link["ifname"] == "transparent0" for link in links)
            and lab.machine(NODE).run("ls", "/etc/cni/net.d") == ""
        ),
        windows_proxier=lab.record.proxy_modes[NODE] == "userspace",
    )


@pytest.fixture(params=[None, *SWITCHES], ids=str, scope="module")
def switched(request: pytest.FixtureRequest) -> Iterator[tuple[Emulation | None, Pods]]:
    """A lab of 2016 and a Linux node, with one emulation off or none."""
    without = [request.param] if request.param else []
    cluster.down()
    topology = Topology.from_options(nodes=f"linux-a,{NODE}", without=without)
    with standing(topology) as lab, pods_on(lab) as pods:
        yield request.param, pods


def test_a_switch_takes_its_own_trait_and_leaves_the_others(
    switched: tuple[Emulation | None, Pods],
) -> None:
    off, pods = switched
    missing = {
        name for name in Traits.__slots__ if getattr(traits_of(pods), name) != getattr(ALL, name)
    }

    assert missing == ({TRAIT[off]} if off else set())


def test_pods_reach_each_other_and_a_service_whatever_is_off(
    switched: tuple[Emulation | None, Pods],
) -> None:
    _, pods = switched
    ends = {
        (a, b): pods.space(a)("get", pods.ips[b], PORTS["a"], "/hostname")["body"]
        for a in pods.ips
        for b in pods.ips
    }

    assert ends == {(a, b): b for a in pods.ips for b in pods.ips}
    seen = {
        pods.space(NODE)("get", pods.services["all"], 80, "/hostname")["body"] for _ in range(20)
    }
    assert seen == set(pods.ips)


@pytest.mark.acceptance
def test_the_suite_sees_a_switch_in_its_own_rows_and_nowhere_else(
    switched: tuple[Emulation | None, Pods], tmp_path: Path
) -> None:
    off, pods = switched
    ended = runs.run(runs.wrapped(pods.lab.layout, tmp_path), tmp_path)
    column = {
        cell.feature: cell.verdict
        for cell in ended.report.cells
        if cell.platform == "windows-2016"
    }

    assert column == COLUMN_2016 | (WITHOUT[off] if off else {}), ended.printed
