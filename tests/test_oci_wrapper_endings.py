"""The OCI wrapper when containers are deleted, and when something fails."""

import json
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


def test_deleting_gives_everything_back_the_last_network_first(node: Node) -> None:
    pod(node, "a", "b")

    assert node.delete("b").returncode == 0

    assert node.cni_calls == ADDED + DELETED
    assert node.runc_calls[-1] == "--root /run/runc delete b"
    assert node.records == sorted([SANDBOX, "a"])


def test_on_delete_a_plugin_gets_the_result_of_its_network(node: Node) -> None:
    pod(node, "a", "b")
    write_network(node.root, NAT, "changed since", [{"type": "portmap"}])

    node.delete("b")

    ptp = [call for call in node.calls if call.program == "ptp"][-1]
    assert ptp.given == {
        "type": "ptp",
        "ipMasq": True,
        "name": "nat",
        "cniVersion": "1.0.0",
        "prevResult": {"cniVersion": "1.0.0", "ips": [{"address": "of ptp"}]},
    }


def test_deleting_a_whole_pod_leaves_no_record(node: Node) -> None:
    pod(node, "a", "b")

    for container in ("a", "b", SANDBOX):
        node.delete(container)

    assert node.records == []


def test_deleting_what_is_not_known_is_left_to_runc(node: Node) -> None:
    assert node.delete("stranger", "--force").returncode == 0

    assert node.cni_calls == []
    assert node.runc_calls == ["--root /run/runc delete --force stranger"]


def test_a_failed_network_fails_the_creation_with_the_plugins_words(node: Node) -> None:
    node.fails("ptp", "ADD", '{"code": 11, "msg": "no IP addresses left", "details": "in nat"}')
    pod(node, "a")

    refused = node.create("b", name="b")

    assert refused.returncode == 1
    said = "CNI ADD of nat/ptp as eth1 for b: no IP addresses left in nat"
    assert said in refused.stderr
    logged = json.loads((node.root / "log.json").read_text().splitlines()[-1])
    assert (logged["level"], said in logged["msg"]) == ("error", True)


def test_a_failed_network_gives_back_what_there_was(node: Node) -> None:
    node.fails("ptp", "ADD")
    pod(node, "a")

    node.create("b", name="b")

    assert node.cni_calls == ADDED + DELETED
    assert node.records == sorted([SANDBOX, "a"])
    assert not any("create" in call and call.endswith(" b") for call in node.runc_calls)


def test_a_failed_runc_gives_back_what_there_was(node: Node) -> None:
    pod(node, "a")
    node.fails("runc", "create")

    assert node.create("b", name="b").returncode == 7

    assert node.cni_calls == ADDED + DELETED
    assert node.records == sorted([SANDBOX, "a"])


def test_a_failed_deletion_can_be_repeated(node: Node) -> None:
    pod(node, "a", "b")
    node.fails("bridge", "DEL", "try later")

    refused = node.delete("b")

    assert refused.returncode == 1
    assert "CNI DEL of transparent/bridge as eth0 for b: try later" in refused.stderr
    assert "b" in node.records

    node.recovers()

    assert node.delete("b").returncode == 0
    assert "b" not in node.records


def test_a_node_without_cni_configuration_cannot_give_a_compartment(node: Node) -> None:
    pod(node, "a")
    for path in (node.root / "net.d").iterdir():
        path.unlink()

    refused = node.create("b", name="b")

    assert refused.returncode == 1
    assert f"no CNI configuration in {node.root / 'net.d'}" in refused.stderr


def test_a_missing_plugin_is_named(node: Node) -> None:
    pod(node, "a")
    (node.root / "bin" / "ptp").unlink()

    refused = node.create("b", name="b")

    assert refused.returncode == 1
    assert "no CNI plugin ptp in" in refused.stderr


def test_a_wrong_configuration_is_named(node: Node) -> None:
    (node.root / "oci-wrapper.json").write_text('{"runc": "/bin/true", "speed": 1}')

    refused = node.delete("a")

    assert refused.returncode == 1
    assert "missing or unknown: " in refused.stderr
    assert "speed" in refused.stderr
