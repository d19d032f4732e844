"""What each node is like on the wire and in its pods, looked at from outside, without the suite.

Every claim names the fact that it holds, with the source where that fact is documented.
"""

import json
import subprocess
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.emulations import firewall
from lab.namespaces import FABRIC
from lab.waiting import eventually
from tests.lab.conftest import PORTS, Pods, StandingLab
from tests.lab.pod_space import PodSpace

pytestmark = pytest.mark.lab

LINUX = ("linux-a", "linux-b")
EMULATED_1709 = ("win1709-a", "win1709-b")
SHARED = (*LINUX, *EMULATED_1709)
EVERY = (*SHARED, "win2016")
KERNEL = ("linux-a", "win1709-a")
USER = ("linux-b", "win1709-b", "win2016")
WINDOWS_USER = ("win1709-b", "win2016")
NXDOMAIN = 3


def addresses(space: PodSpace) -> list[str]:
    return [
        address["local"]
        for link in space.ip("-4", "address")
        for address in link["addr_info"]
        if link["ifname"] != "lo"
    ]


def settled(pods: Pods, node: str, service: str, end: str) -> str:
    """Return how a handshake ends once the node's proxy knows the service."""
    address, space = pods.services[service], pods.space(node)
    seen = eventually(
        lambda: space("connect", address, 80)["end"],
        until=lambda now: now == end,
        what=f"a handshake with {service} from {node} ends {end}",
        timeout=15,
        next_step="look at the proxy's log",
    )
    return str(seen)


def watched(node: str, act: Callable[[], object]) -> list[list[str]]:
    """Return the frames that come out of a node's cable while something is done."""
    fabric = PodSpace(Path("/run/netns", FABRIC))
    with subprocess.Popen(
        fabric.command("frames", node, 1), stdout=subprocess.PIPE, text=True
    ) as watcher:
        assert watcher.stdout is not None
        watcher.stdout.readline()
        act()
        seen = json.loads(watcher.stdout.read())
    return list(seen["frames"])


# "Windows Server 2016: one container per pod"; containers had an address each and did not meet
# on localhost: https://github.com/kubernetes/kubernetes/issues/31707,
# https://github.com/Azure/acs-engine/issues/375
@pytest.mark.parametrize("node", SHARED)
def test_containers_of_a_pod_meet_on_localhost(node: str, pods: Pods) -> None:
    ends = {port: pods.space(node)("connect", "127.0.0.1", port)["end"] for port in PORTS.values()}

    assert set(ends.values()) == {"open"}


def test_containers_of_a_2016_pod_find_only_themselves_on_localhost(pods: Pods) -> None:
    ends = {
        (name, other): pods.space("win2016", name)("connect", "127.0.0.1", port)["end"]
        for name in PORTS
        for other, port in PORTS.items()
    }

    assert {pair for pair, end in ends.items() if end == "open"} == {(n, n) for n in PORTS}
    assert {end for (a, b), end in ends.items() if a != b} == {"refused"}


@pytest.mark.parametrize("node", SHARED)
def test_containers_of_a_pod_share_its_one_address(node: str, pods: Pods) -> None:
    seen = [addresses(pods.space(node, name)) for name in PORTS]

    assert seen == [[pods.ips[node]]] * len(PORTS)


def test_each_container_of_a_2016_pod_has_addresses_of_its_own(pods: Pods) -> None:
    seen = [address for name in PORTS for address in addresses(pods.space("win2016", name))]

    assert len(set(seen)) == len(seen) == 2 * len(PORTS)


# "Two endpoints: WinNAT (external) + transparent (intra-cluster)":
# https://kubernetes.io/blog/2017/09/Windows-Networking-At-Parity-With-Linux,
# https://github.com/kubernetes/kubernetes/pull/41625
def test_a_2016_pod_has_a_transparent_endpoint_that_is_its_pod_ip_and_a_nat_one(
    pods: Pods,
) -> None:
    topology = pods.lab.topology
    seen = {IPv4Address(address) for address in addresses(pods.space("win2016"))}

    (nat,) = seen - {IPv4Address(pods.ips["win2016"])}
    assert len(seen) == 2
    assert nat in topology.nat_cidr


@pytest.mark.parametrize("node", EVERY)
def test_a_pod_has_one_default_route_and_on_2016_it_is_the_nat_endpoints(
    node: str, pods: Pods
) -> None:
    defaults = [r["dev"] for r in pods.space(node).ip("-4", "route") if r["dst"] == "default"]

    assert defaults == ["eth1" if node == "win2016" else "eth0"]


def test_what_leaves_by_the_nat_endpoint_bears_the_nodes_address(pods: Pods) -> None:
    outside = "203.0.113.9"
    space = pods.space("win2016")
    frames = watched("win2016", lambda: space("send", outside, 9, "out"))

    node = str(pods.lab.topology.address(pods.lab.node("win2016")))
    assert {source for _, source, target in frames if target == outside} == {node}


# l2bridge: frames bear "the same MAC as the host"; transparent: the container's own.
# https://learn.microsoft.com/virtualization/windowscontainers/container-networking/network-drivers-topologies
@pytest.mark.parametrize("node", EVERY)
def test_frames_of_a_pod_bear_the_nodes_mac_and_on_2016_the_pods_own(
    node: str, pods: Pods
) -> None:
    target = str(pods.lab.topology.api_address)
    space = pods.space(node)
    frames = watched(node, lambda: space("connect", target, 6443))

    macs = {mac for mac, source, _ in frames if source == pods.ips[node]}
    (own,) = [link["address"] for link in space.ip("link") if link["ifname"] == "eth0"]
    assert macs == {own if node == "win2016" else pods.lab.topology.mac(pods.lab.node(node))}


@pytest.mark.parametrize("node", EVERY)
def test_the_fabric_has_learnt_one_mac_behind_a_node_and_several_behind_2016(
    node: str, pods: Pods
) -> None:
    pods.space(node)("connect", str(pods.lab.topology.api_address), 6443)
    command = ["bridge", "-json", "fdb", "show", "brport", node]
    table = subprocess.run(
        ["nsenter", f"--net=/run/netns/{FABRIC}", *command],
        capture_output=True,
        text=True,
        check=True,
    )
    learnt = {
        entry["mac"] for entry in json.loads(table.stdout) if entry.get("state") != "permanent"
    }

    mac = pods.lab.topology.mac(pods.lab.node(node))
    if node == "win2016":
        assert len(learnt - {mac}) >= 1
    else:
        assert learnt == {mac}


# Windows IPAM: addresses "from the container host's network IP space" (the blog of 2017).
@pytest.mark.parametrize("node", [*EMULATED_1709, "win2016"])
def test_a_windows_pod_has_an_address_of_the_hosts_subnet(node: str, pods: Pods) -> None:
    address = IPv4Address(pods.ips[node])

    assert address in pods.lab.topology.subnet
    assert address in pods.lab.topology.pods(pods.lab.node(node))


# "CNI plugin support: not supported" on 2016; the node shows no configuration.
@pytest.mark.parametrize("node", EVERY)
def test_a_node_shows_its_cni_configuration_and_2016_shows_none(
    node: str, lab: StandingLab
) -> None:
    shown = lab.machine(node).run("ls", "/etc/cni/net.d").split()

    assert shown == (
        []
        if node == "win2016"
        else ["10-bridge.conflist"]
        if node in LINUX
        else ["10-l2bridge.conflist"]
    )


# "DNS search suffixes per pod"; on 2016 kube-proxy added them to requests instead:
# https://github.com/kubernetes/kubernetes/pull/41618
@pytest.mark.parametrize("node", SHARED)
def test_a_pod_has_its_namespaces_suffix_first(node: str, pods: Pods) -> None:
    lines = pods.file(node, "etc/resolv.conf").splitlines()
    (search,) = [line.split() for line in lines if line.startswith("search")]

    assert search[1] == f"{pods.namespace}.svc.{pods.lab.topology.cluster_domain}"


def test_a_2016_pod_has_a_name_server_and_no_suffix(pods: Pods) -> None:
    for name in PORTS:
        text = pods.file("win2016", "etc/resolv.conf", name)

        assert text == f"nameserver {pods.lab.topology.dns_address}\n"


# The Windows proxier rewrites A queries without EDNS0 to ports named `dns`, with the suffixes of
# namespace default: pkg/proxy/winuserspace/proxysocket.go,
# https://github.com/kubernetes/kubernetes/blob/v1.20.2/pkg/proxy/winuserspace/proxysocket.go
@pytest.mark.parametrize("node", EVERY)
def test_a_bare_name_asked_plainly_becomes_defaults_where_the_windows_proxier_is(
    node: str, pods: Pods
) -> None:
    topology = pods.lab.topology
    answer = pods.space(node)("ask_dns", topology.dns_address, "kubernetes.", "plain")

    if node in WINDOWS_USER:
        assert answer["address"] == str(topology.kubernetes_service_address)
    else:
        assert answer == {"rcode": NXDOMAIN, "answers": 0, "address": None}


@pytest.mark.parametrize("node", EVERY)
def test_a_bare_name_asked_with_edns0_is_rewritten_nowhere(node: str, pods: Pods) -> None:
    server = pods.lab.topology.dns_address
    answer = pods.space(node)("ask_dns", server, "kubernetes.", "edns0")

    assert answer["rcode"] == NXDOMAIN


@pytest.mark.parametrize("node", WINDOWS_USER)
def test_asked_past_the_proxy_a_bare_name_is_not_rewritten(node: str, pods: Pods) -> None:
    listed: Any = pods.lab.api.get(
        "/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-dns"
    )
    server = listed["items"][0]["status"]["podIP"]
    answer = pods.space(node)("ask_dns", server, "kubernetes.", "plain")

    assert answer["rcode"] == NXDOMAIN


@pytest.mark.parametrize("node", EVERY)
def test_a_foreign_name_does_not_exist(node: str, pods: Pods) -> None:
    server = pods.lab.topology.dns_address
    answer = pods.space(node)("ask_dns", server, "www.example.com.", "edns0")

    assert answer["rcode"] == NXDOMAIN


# A service without endpoints: refused by Linux's kernel mode (k/k#72534), unanswered where VFP has
# no policy (winkernel/proxier.go, "Not applying any policy"), accepted and closed in user mode.
@pytest.mark.parametrize(
    ("node", "end"),
    [
        ("linux-a", "refused"),
        ("win1709-a", "timed out"),
        ("linux-b", "closed"),
        ("win1709-b", "closed"),
        ("win2016", "closed"),
    ],
)
def test_a_handshake_with_a_service_without_endpoints_ends_as_its_proxy_ends_it(
    node: str, end: str, pods: Pods
) -> None:
    assert settled(pods, node, "empty", end) == end


# Non-DSR Windows shows the backend the node's address: https://github.com/kubernetes/kubernetes/issues/83072
@pytest.mark.parametrize("node", EVERY)
@pytest.mark.parametrize("backend", ["same node", "linux-a", "win2016"])
def test_a_backend_sees_the_client_pod_in_linux_kernel_mode_and_else_a_node(
    node: str, backend: str, pods: Pods
) -> None:
    target = node if backend == "same node" else backend
    if node == target and node in KERNEL:
        return  # The client itself: hairpin is translated everywhere.
    settled(pods, node, f"on-{target}", "open")
    seen = pods.space(node)("get", pods.services[f"on-{target}"], 80, "/clientip")["body"]

    topology = pods.lab.topology
    nodes_own = {str(topology.address(pods.lab.node(node)))}
    if node == target == "linux-b":
        nodes_own = {str(topology.pods(pods.lab.node(node))[1])}
    expected = {pods.ips[node]} if node == "linux-a" else nodes_own
    assert seen.rpartition(":")[0] in expected


# winuserspace balances in strict round robin: pkg/proxy/winuserspace/roundrobin.go
@pytest.mark.parametrize("node", USER)
def test_user_mode_takes_backends_in_turn(node: str, pods: Pods) -> None:
    settled(pods, node, "all", "open")
    space, address = pods.space(node), pods.services["all"]
    turns = [space("get", address, 80, "/hostname")["body"] for _ in range(2 * len(EVERY))]

    assert set(turns) == set(EVERY)
    assert turns[: len(EVERY)] == turns[len(EVERY) :]


# A node in user mode holds the services' addresses itself: winuserspace/netsh.go
@pytest.mark.parametrize("node", EVERY)
def test_only_a_windows_user_mode_node_holds_the_services_addresses(node: str, pods: Pods) -> None:
    settled(pods, node, "all", "open")
    held = {
        address["local"]
        for link in json.loads(pods.lab.machine(node).run("ip", "-json", "-4", "address"))
        for address in link["addr_info"]
    }

    assert (pods.services["all"] in held) is (node in WINDOWS_USER)


def test_2016_asks_for_kernel_mode_and_says_that_it_falls_back(lab: StandingLab) -> None:
    log = (lab.layout.logs / "win2016/kube-proxy.log").read_text()

    assert "Can't use kernelspace proxier" in log
    assert lab.record.proxy_modes["win2016"] == "userspace"


@pytest.mark.parametrize("node", EVERY)
def test_a_node_has_the_rules_of_its_emulations_and_no_others(node: str, lab: StandingLab) -> None:
    tables = json.loads(lab.machine(node).run("nft", "-json", "list", "tables"))["nftables"]
    own = {
        entry["table"]["name"]
        for entry in tables
        if "table" in entry and entry["table"]["name"].startswith("netparity-")
    }

    rules = firewall(lab.topology, lab.node(node))
    assert own == {line.split()[2] for line in rules.splitlines() if line.startswith("table")}


@pytest.mark.parametrize("node", EVERY)
def test_a_node_calls_itself_what_it_is_and_names_what_it_emulates(
    node: str, lab: StandingLab
) -> None:
    metadata: Any = lab.api.get(f"/api/v1/nodes/{node}")["metadata"]
    labels = metadata["labels"]

    assert labels["kubernetes.io/os"] == "linux"
    emulates = labels.get("netparity.local/emulates")
    assert emulates == (None if node in LINUX else lab.node(node).column.value)


def test_the_facts_file_says_of_each_proxy_what_it_says_itself(lab: StandingLab) -> None:
    facts = yaml.safe_load(lab.layout.facts.read_text())
    effective = {
        entry["selector"].partition("=")[2]: entry["proxy"]["effective"]
        for entry in facts["nodes"]
    }

    assert effective == {node: "kernel" if node in KERNEL else "user" for node in EVERY}
