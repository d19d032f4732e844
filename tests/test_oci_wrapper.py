"""The OCI wrapper as its launcher starts it, with a runc and CNI plugins that only take notes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.oci_node import (
    ADDED,
    DELETED,
    FAKE,
    NAT,
    SANDBOX,
    TRANSPARENT,
    Node,
    pod,
    write_network,
)
from tests.stand_ins import stand_in


@pytest.fixture
def node(tmp_path: Path) -> Node:
    for folder in ("bin", "empty", "net.d"):
        (tmp_path / folder).mkdir()
    for name in ("runc", "ip", "bridge", "ptp", "portmap", "loopback"):
        stand_in(tmp_path / "bin" / name, FAKE)
    write_network(tmp_path, TRANSPARENT, "transparent", [{"type": "bridge"}, {"type": "portmap"}])
    write_network(tmp_path, NAT, "nat", [{"type": "ptp", "ipMasq": True}])
    node = Node(tmp_path)
    node.switch()
    return node


def test_the_first_container_stays_in_its_pods_compartment(node: Node) -> None:
    pod(node, "a")

    assert node.network_namespace("a") == "/proc/4711/ns/net"
    assert node.cni_calls == []


def test_each_later_container_has_a_compartment_of_its_own(node: Node) -> None:
    pod(node, "a", "b", "c")

    assert node.network_namespace("b") == "/run/netns/compartment-b"
    assert node.network_namespace("c") == "/run/netns/compartment-c"
    assert node.netns_calls == ["netns add compartment-b", "netns add compartment-c"]
    assert node.cni_calls == ADDED + ADDED


def test_networks_are_added_in_the_order_of_their_files_before_runc_runs(node: Node) -> None:
    pod(node, "a", "b")

    programs = [call.program for call in node.calls]
    assert programs[-6:] == ["ip", "loopback", "bridge", "portmap", "ptp", "runc"]


def test_a_plugin_is_told_the_pod_and_its_predecessors_result(node: Node) -> None:
    pod(node, "a", "b")

    (portmap,) = (call for call in node.calls if call.program == "portmap")
    assert portmap.given == {
        "type": "portmap",
        "name": "transparent",
        "cniVersion": "1.0.0",
        "prevResult": {"cniVersion": "1.0.0", "ips": [{"address": "of bridge"}]},
    }
    assert portmap.container == "b"
    assert portmap.namespace == "/run/netns/compartment-b"
    assert portmap.path == f"{node.root / 'empty'}:{node.root / 'bin'}"
    assert portmap.pod == (
        "IgnoreUnknown=1;K8S_POD_NAMESPACE=x;K8S_POD_NAME=web;"
        f"K8S_POD_INFRA_CONTAINER_ID={SANDBOX};K8S_POD_UID=uid-1"
    )


def test_the_first_plugin_of_a_network_gets_no_result(node: Node) -> None:
    pod(node, "a", "b")

    (ptp,) = (call for call in node.calls if call.program == "ptp")
    assert ptp.given == {
        "type": "ptp",
        "ipMasq": True,
        "name": "nat",
        "cniVersion": "1.0.0",
    }


def test_a_compartment_has_the_sysctls_of_its_pods(node: Node) -> None:
    pod(node, "a", "b")

    assert node.linux("b")["sysctl"] == {"net.ipv4.ip_unprivileged_port_start": "0"}
    assert node.linux("a")["sysctl"] == {}


def test_the_first_container_is_still_the_first_when_it_restarts(node: Node) -> None:
    pod(node, "a", "b")
    node.delete("a")

    node.create("a-restarted", name="a")

    assert node.network_namespace("a-restarted") == "/proc/4711/ns/net"


def test_a_later_container_gets_a_new_compartment_when_it_restarts(node: Node) -> None:
    pod(node, "a", "b")
    node.delete("b")

    node.create("b-restarted", name="b")

    assert node.network_namespace("b-restarted") == "/run/netns/compartment-b-restarted"
    assert node.cni_calls == ADDED + DELETED + ADDED


def test_every_pod_has_a_first_container_of_its_own(node: Node) -> None:
    pod(node, "a")
    other = "6" * 64
    node.create(other, sandbox=other)

    node.create("other-b", name="b", sandbox=other)

    assert node.network_namespace("other-b") == "/proc/4711/ns/net"


def test_a_container_in_the_nodes_network_stays_there(node: Node) -> None:
    node.create(SANDBOX, host_network=True)
    for name in ("a", "b"):
        assert node.create(name, name=name, host_network=True).returncode == 0

    assert node.cni_calls == []
    assert node.netns_calls == []


def test_resolv_conf_keeps_its_servers_and_nothing_else(node: Node) -> None:
    pod(node, "a")

    mounts = node.spec("a")["mounts"]
    assert isinstance(mounts, list)
    sources = {mount["destination"]: mount["source"] for mount in mounts}
    assert Path(sources["/etc/resolv.conf"]).read_text() == "nameserver 10.96.0.10\n"
    assert sources["/etc/hosts"] == "/hosts"
    assert (node.root / "resolv.conf").read_text().startswith("search ")


def test_without_its_switch_all_containers_share_the_pods_compartment(node: Node) -> None:
    node.switch(own_compartment=False)

    pod(node, "a", "b")

    assert node.network_namespace("b") == "/proc/4711/ns/net"
    assert node.cni_calls == []
    assert str(node.root / "state") in json.dumps(node.spec("b")["mounts"])


def test_without_its_switch_resolv_conf_is_the_pods(node: Node) -> None:
    node.switch(plain_resolv_conf=False)

    pod(node, "a", "b")

    assert str(node.root / "resolv.conf") in json.dumps(node.spec("b")["mounts"])
    assert node.network_namespace("b") == "/run/netns/compartment-b"


def test_runc_is_called_as_the_wrapper_was(node: Node) -> None:
    node.run("--root", "/run/runc", "--log=/log", "start", "a")
    pod(node, "a")

    assert node.runc_calls[0] == "--root /run/runc --log=/log start a"
    bundle = node.root / "bundles" / "a"
    assert node.runc_calls[-1] == (
        f"--root /run/runc --log {node.root}/log.json --log-format json create "
        f"--bundle {bundle} --pid-file {bundle}/init.pid a"
    )


def test_runcs_exit_code_is_the_wrappers(node: Node) -> None:
    node.fails("runc", "start")

    assert node.run("start", "a").returncode == 7


def test_what_was_emulated_is_in_the_nodes_log(node: Node) -> None:
    pod(node, "a", "b")
    node.delete("b")

    log = (node.root / "wrapper.log").read_text()
    assert "b (b) has a compartment of its own" in log
    assert "CNI ADD of nat/ptp as eth1 for b: exit code 0" in log
    assert "b has given back its compartment" in log


def test_creating_a_container_imports_no_dear_modules() -> None:
    """Their import takes longer than all else that the wrapper does by itself."""
    program = (
        f"import sys; sys.path.append({str(Path(__file__).parents[1])!r})\n"
        "from lab.oci_wrapper import command\n"
        "print(*sys.modules)"
    )

    modules = subprocess.run(
        [sys.executable, "-IS", "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()

    assert "lab.oci_wrapper.command" in modules
    assert not {"pathlib", "dataclasses", "typing"} & set(modules)
