"""What a Linux container lists of itself, read from recorded outputs of iproute2 and busybox."""

from pathlib import Path

import pytest

from conformance.containers import Userland
from conformance.errors import HarnessError
from conformance.userlands import linux
from conformance.userlands.asking import asking
from verdicts.claims.compartment import every_container_has_the_pods_addresses
from verdicts.claims.endpoint import (
    every_container_has_one_address,
    every_container_has_one_default_route,
)
from verdicts.observations.compartment import Bind
from verdicts.observations.interfaces import DefaultRoute, PodInterfaces
from verdicts.vocabulary import Outcome

DATA = Path(__file__).parents[1] / "data" / "linux-userland"
TOOLS = ("iproute2", "busybox")


def recorded(name: str, tool: str) -> str:
    return (DATA / f"{name}--{tool}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    ("name", "endpoints"),
    [
        ("cni-bridge", ["eth0 10.244.0.5/24"]),
        ("dual-stack", ["eth0 10.244.0.5/24", "eth0 fd00:10:244::5/64"]),
        (
            "two-endpoints",
            ["eth0 10.244.0.5/24", "eth1 172.20.0.2/24", "eth0 fd00:10:244::5/64"],
        ),
        ("gateway-out-of-subnet", ["eth0 10.0.0.7/32"]),
        (
            "point-to-point-and-rejecting-routes",
            ["eth0 10.0.0.7/32", "eth0 fd00:10:244::5/64"],
        ),
        ("multipath-and-second-default", ["eth0 10.244.0.5/24", "eth1 172.20.0.2/24"]),
    ],
)
def test_endpoint_addresses_are_those_of_the_namespace(
    name: str, endpoints: list[str], tool: str
) -> None:
    interfaces = linux.read_interfaces("a", recorded(name, tool))

    found = [
        f"{address.interface} {address.address}/{address.prefix}"
        for family in (4, 6)
        for address in interfaces.endpoint_addresses(family)
    ]
    assert found == endpoints


@pytest.mark.parametrize("tool", TOOLS)
def test_loopback_and_link_local_addresses_are_listed_too(tool: str) -> None:
    interfaces = linux.read_interfaces("a", recorded("multipath-and-second-default", tool))

    others = {address.address for address in interfaces.addresses if not address.is_endpoint}
    assert others == {"127.0.0.1", "::1", "169.254.169.254", "fe80::5"}


V4 = DefaultRoute(family=4, interface="eth0", gateways=("10.244.0.1",))
V6 = DefaultRoute(family=6, interface="eth0", gateways=("fd00:10:244::1",))


@pytest.mark.parametrize(
    ("name", "tools", "routes"),
    [
        ("cni-bridge", TOOLS, [V4]),
        ("dual-stack", TOOLS, [V4, V6]),
        (
            "two-endpoints",
            TOOLS,
            [DefaultRoute(family=4, interface="eth1", gateways=("172.20.0.1",)), V6],
        ),
        (
            "gateway-out-of-subnet",
            TOOLS,
            [DefaultRoute(family=4, interface="eth0", gateways=("169.254.1.1",))],
        ),
        (
            "point-to-point-and-rejecting-routes",
            TOOLS,
            [DefaultRoute(family=4, interface="eth0", source="10.0.0.7")],
        ),
        (
            "multipath-and-second-default",
            ("iproute2",),
            [
                DefaultRoute(family=4, interface="eth0", gateways=("10.244.0.1", "172.20.0.1")),
                DefaultRoute(family=4, interface="eth1", gateways=("172.20.0.1",)),
            ],
        ),
        (
            "multipath-and-second-default",
            ("busybox",),
            [
                DefaultRoute(family=4, interface=""),
                DefaultRoute(family=4, interface="eth1", gateways=("172.20.0.1",)),
            ],
        ),
        (
            "ipv4-by-an-ipv6-gateway",
            ("iproute2",),
            [DefaultRoute(family=4, interface="eth0", gateways=("fe80::1",))],
        ),
        ("ipv4-by-an-ipv6-gateway", ("busybox",), [DefaultRoute(family=4, interface="eth0")]),
    ],
)
def test_default_routes_are_those_that_lead_somewhere(
    name: str, tools: tuple[str, ...], routes: list[DefaultRoute]
) -> None:
    for tool in tools:
        interfaces = linux.read_interfaces("a", recorded(name, tool))

        assert list(interfaces.default_routes) == routes, tool


@pytest.mark.parametrize(
    "line",
    [
        "default via 10.244.0.1 dev eth0 nhid 18 proto static",
        "default via 10.244.0.1 dev eth0 onlink",
        "0.0.0.0/0 via 10.244.0.1 dev eth0 metric 100",
    ],
)
def test_other_spellings_of_one_default_route(line: str) -> None:
    interfaces = linux.read_interfaces("a", f"# ip -4 route\n{line}\n")

    assert interfaces.default_routes == (V4,)


@pytest.mark.parametrize(
    "line",
    [
        "unreachable default dev lo metric 4294967295 error -101",
        "blackhole default",
        "prohibit default",
        "default via 10.244.0.1 dev eth1 dead linkdown",
    ],
)
def test_a_route_that_leads_nowhere_is_no_default_route(line: str) -> None:
    interfaces = linux.read_interfaces("a", f"# ip -4 route\n{line}\n")

    assert interfaces.default_routes == ()


def test_an_interface_named_with_its_other_end_and_a_line_of_its_link() -> None:
    output = (
        "2: eth0@if12: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue\\    link/ether x\n"
        "2: eth0@if12    inet 10.244.0.5/24 brd 10.244.0.255 scope global eth0\\       valid_lft\n"
        "# ip -4 route\n"
    )

    (address,) = linux.read_interfaces("a", output).addresses

    assert (address.interface, address.address, address.prefix) == ("eth0", "10.244.0.5", 24)


@pytest.mark.parametrize(
    "output",
    [
        pytest.param("", id="nothing"),
        pytest.param("sh: ip: not found\n", id="no-ip"),
        pytest.param("1: lo    inet 127.0.0.1/8 scope host lo\n", id="cut-before-the-routes"),
        pytest.param("eth0      Link encap:Ethernet\n# ip -4 route\n", id="another-tool"),
        pytest.param("2: eth0    inet 10.244.0.5 scope global\n# ip -4 route\n", id="no-prefix"),
    ],
)
def test_output_that_cannot_be_read_is_no_answer(output: str) -> None:
    with pytest.raises(HarnessError, match="cannot be read"):
        linux.read_interfaces("a", output)


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    ("name", "sources"),
    [
        ("cni-bridge", {"10.244.0.9": "10.244.0.5", "10.244.1.9": "10.244.0.5"}),
        (
            "dual-stack",
            {
                "10.244.0.9": "10.244.0.5",
                "10.244.1.9": "10.244.0.5",
                "fd00:10:244::9": "fd00:10:244::5",
            },
        ),
        (
            "two-endpoints",
            {
                "10.244.0.9": "10.244.0.5",
                "10.244.1.9": "10.244.0.5",
                "fd00:10:244::9": "fd00:10:244::5",
            },
        ),
        ("ipv4-by-an-ipv6-gateway", {"10.244.0.9": "10.244.0.5", "10.244.1.9": "10.244.0.5"}),
    ],
)
def test_the_kernel_names_the_source_towards_a_destination(
    name: str, sources: dict[str, str], tool: str
) -> None:
    found = linux.read_sources(recorded(f"{name}--route-get", tool))

    assert found == {**sources, "127.0.0.1": "127.0.0.1"}


def test_an_unreachable_destination_has_no_source() -> None:
    assert linux.read_sources("RTNETLINK answers: Network is unreachable\n") == {}
    assert linux.read_sources("sh: ip: not found; no src here\n") == {}


def test_each_family_is_asked_in_its_own_table() -> None:
    command = linux.sources_command(["10.244.1.9", "fd00::9"])

    assert command == "ip -4 route get 10.244.1.9; ip -6 route get fd00::9"


@pytest.mark.parametrize(
    ("output", "bind"),
    [
        pytest.param(
            "I1122 23:39:21.784162    4028 log.go:244] Started HTTP server on port 18080\n"
            "I1122 23:39:21.789141    4028 log.go:244] listen tcp :18080: bind: address already "
            "in use\n",
            Bind.IN_USE,
            id="agnhost-1.37",
        ),
        pytest.param(
            "I1122 23:39:20.697213    3993 log.go:244] Started HTTP server on port 18080\n"
            "I1122 23:39:20.698742    3993 log.go:244] open /nonexistent: no such file or "
            "directory\n",
            Bind.BOUND,
            id="agnhost-1.37-bound",
        ),
        pytest.param(
            "2021/06/01 10:00:00 listen tcp :8080: bind: permission denied\n",
            Bind.OTHER,
            id="not-permitted",
        ),
        pytest.param("Started HTTP server on port 8080\n", Bind.OTHER, id="ended-by-timeout"),
        pytest.param("sh: /agnhost: not found\n", Bind.OTHER, id="no-agnhost"),
        pytest.param("", Bind.OTHER, id="nothing"),
    ],
)
def test_a_bind_ends_in_one_of_two_known_ways_or_says_nothing(output: str, bind: Bind) -> None:
    attempt = linux.read_bind(8080, output)

    assert attempt.bind is bind
    assert attempt.detail


def test_a_userland_that_nobody_can_ask_is_a_harness_error() -> None:
    with pytest.raises(HarnessError, match="windows userland"):
        asking(Userland.WINDOWS)


def test_the_linux_userland_is_asked_by_its_own_commands() -> None:
    assert asking(Userland.LINUX).interfaces_command().startswith("ip -o addr show && ")


LOOPBACK = "1: lo    inet 127.0.0.1/8 scope host lo\\  valid_lft forever\n"
# After https://github.com/aws/amazon-vpc-cni-k8s/issues/1750: IPv4 only leaves, link-local.
EKS_IPV6 = """\
3: eth0    inet6 2001:db8:5500:5256::3/128 scope global \\  valid_lft forever
3: eth0    inet6 fe80::140c:feff:fed4:8029/64 scope link \\  valid_lft forever
5: v4if0    inet 169.254.172.5/22 brd 169.254.175.255 scope global v4if0\\  valid_lft forever
# ip -4 route
default via 169.254.172.1 dev v4if0
169.254.172.0/22 via 169.254.172.1 dev v4if0 src 169.254.172.5
169.254.172.1 dev v4if0 scope link src 169.254.172.5
# ip -6 route
2001:db8:5500:5256::3 dev eth0 proto kernel metric 256 pref medium
fe80::1 dev eth0 metric 1024 pref medium
fe80::/64 dev eth0 proto kernel metric 256 pref medium
fe80::/64 dev v4if0 proto kernel metric 256 pref medium
default via fe80::1 dev eth0 metric 1024 pref medium
"""
# After https://github.com/aws/amazon-vpc-cni-k8s/pull/2361: IPv6 only leaves.
EKS_IPV4_WITH_IPV6_EGRESS = """\
3: eth0    inet 192.168.31.136/32 scope global eth0\\  valid_lft forever
3: eth0    inet6 fe80::b4c6:dbff:fe06:8cec/64 scope link \\  valid_lft forever
5: v6if0    inet6 fd00::ac:2/118 scope global \\  valid_lft forever
# ip -4 route
default via 169.254.1.1 dev eth0
169.254.1.1 dev eth0 scope link
# ip -6 route
fd00::ac:0/118 dev v6if0 metric 1024 pref medium
default via fe80::c800:adff:fe28:8af3 dev v6if0 metric 1024 pref medium
"""
# Cilium names its own router address as the gateway of a /32, and sets the MTU by route.
CILIUM_DUAL_STACK = """\
12: eth0    inet 10.0.1.217/32 scope global eth0\\  valid_lft forever
12: eth0    inet6 fd00:10::1:9a2/128 scope global nodad \\  valid_lft forever
12: eth0    inet6 fe80::b8a1:15ff:fe6e:c5f1/64 scope link \\  valid_lft forever
# ip -4 route
default via 10.0.1.32 dev eth0 mtu 1450
10.0.1.32 dev eth0 scope link
# ip -6 route
fd00:10::1:9a2 dev eth0 proto kernel metric 256 pref medium
fd00:10::1:5d4b dev eth0 metric 1024 pref medium
fe80::/64 dev eth0 proto kernel metric 256 pref medium
default via fd00:10::1:5d4b dev eth0 metric 1024 mtu 1450 pref medium
"""
# kindnet gives each pod a route by its own veth; the kernel was booted without IPv6.
KIND_WITHOUT_IPV6 = """\
2: eth0    inet 10.244.1.7/24 brd 10.244.1.255 scope global eth0\\  valid_lft forever
# ip -4 route
default via 10.244.1.1 dev eth0
10.244.1.0/24 via 10.244.1.1 dev eth0 src 10.244.1.7
10.244.1.1 dev eth0 scope link src 10.244.1.7
"""


@pytest.mark.parametrize(
    ("listed", "pod_ips"),
    [
        pytest.param(EKS_IPV6, ("2001:db8:5500:5256::3",), id="eks-ipv6"),
        pytest.param(EKS_IPV4_WITH_IPV6_EGRESS, ("192.168.31.136",), id="eks-ipv6-egress"),
        pytest.param(CILIUM_DUAL_STACK, ("10.0.1.217", "fd00:10::1:9a2"), id="cilium-dual-stack"),
        pytest.param(KIND_WITHOUT_IPV6, ("10.244.1.7",), id="kind-without-ipv6"),
    ],
)
def test_a_pod_of_a_plain_cluster_has_one_endpoint(listed: str, pod_ips: tuple[str, ...]) -> None:
    observation = PodInterfaces(
        pod="probe",
        pod_ips=pod_ips,
        containers=tuple(linux.read_interfaces(name, LOOPBACK + listed) for name in "abc"),
    )

    for claim in (
        every_container_has_the_pods_addresses,
        every_container_has_one_address,
        every_container_has_one_default_route,
    ):
        assert claim(observation).outcome is Outcome.PASS, claim(observation).seen
