"""The probes of the wire, tried on nodes whose frames and files are tables."""

import pytest

from conformance.containers import (
    Userland,
)
from conformance.errors import HarnessError
from conformance.probes import cni, wire
from tests.conformance.cni_fabric import ADDRESSES, MACS, POD_MAC, Fabric
from verdicts.claims.cni import a_plugin_is_configured
from verdicts.claims.wire import frames_bear_the_nodes_mac
from verdicts.observations.wire import Configuration
from verdicts.vocabulary import Outcome


def test_frames_are_captured_on_linux_while_the_pod_talks_to_pod_and_node() -> None:
    fabric = Fabric()

    observation = wire.wire(fabric.node())

    assert observation.receiver == "linux-a"
    assert {"10.244.1.4", ADDRESSES["linux-a"]} <= set(fabric.talked)
    assert [neighbour.node for neighbour in observation.neighbours] == [
        "win-a",
        "win-b",
        "linux-b",
    ]
    assert observation.sender_macs == (MACS["win-a"],)
    assert observation.pod_macs == (POD_MAC,)
    assert frames_bear_the_nodes_mac(observation).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("fabric", "outcome", "code"),
    [
        pytest.param(Fabric(bears=POD_MAC), Outcome.FAIL, "own-mac", id="own"),
        pytest.param(
            Fabric(proxy_arp="12:34:56:78:9a:bc"),
            Outcome.NOT_APPLICABLE,
            "arp-answered-for-all",
            id="azure",
        ),
        pytest.param(Fabric(plain=False), Outcome.NOT_APPLICABLE, "no-plain-frames", id="overlay"),
        pytest.param(
            Fabric(capturing=frozenset()), Outcome.NOT_APPLICABLE, "no-capture", id="no-tcpdump"
        ),
        pytest.param(
            Fabric(evidence=frozenset()), Outcome.NOT_APPLICABLE, "no-capture", id="not-admitted"
        ),
        pytest.param(
            Fabric(evidence=frozenset({"linux-a"}), cni_files=""),
            Outcome.PASS,
            "pass",
            id="nothing-read-on-the-sender",
        ),
    ],
)
def test_a_wire_is_judged_where_it_can_be(fabric: Fabric, outcome: Outcome, code: str) -> None:
    finding = frames_bear_the_nodes_mac(wire.wire(fabric.node()))

    assert (finding.outcome, finding.code) == (outcome, code)


@pytest.mark.parametrize(
    "fabric",
    [
        pytest.param(Fabric(translated=True), id="internal-ip-of-no-interface"),
        pytest.param(Fabric(capturing=frozenset({"linux-z"})), id="capture-where-no-peer-is"),
    ],
)
def test_a_wire_that_cannot_be_seen_says_why(fabric: Fabric) -> None:
    observation = wire.wire(fabric.node())

    assert observation.receiver is None
    assert observation.reason


def test_a_pod_without_ipv4_is_not_captured() -> None:
    fabric = Fabric()
    fabric.pods["probe"] = fabric.pod("probe", "win-a", "fd00::67", containers="abc")

    observation = wire.wire(fabric.node())

    assert (observation.receiver, observation.reason) == (None, "probe has no IPv4 address")


def test_a_node_without_an_ipv4_address_is_on_no_wire() -> None:
    node = Fabric().node()
    node.judged.node.internal_ips = ("fd00::13",)  # type: ignore[misc]  # a stand-in, not frozen

    observation = wire.wire(node)

    assert observation.neighbours[0].mac is None
    assert frames_bear_the_nodes_mac(observation).code == "not-on-one-wire"


def test_frames_of_a_windows_pod_are_read_without_its_own_mac() -> None:
    fabric = Fabric(probe_userland=Userland.WINDOWS, node_userland=Userland.WINDOWS, bears=POD_MAC)

    observation = wire.wire(fabric.node())

    assert (observation.pod_macs, observation.sender_macs) == ((), ())
    assert frames_bear_the_nodes_mac(observation).code == "third-mac"
    assert "only be read on Linux" in observation.configuration.reason


@pytest.mark.parametrize("command", ["for file in /sys", "ip -4 -o addr", "ping "])
def test_an_evidence_command_that_fails_is_no_answer(command: str) -> None:
    with pytest.raises(HarnessError, match="ended with exit status 1"):
        wire.wire(Fabric(refuses=command).node())


def test_another_windows_node_captures_where_no_linux_one_can() -> None:
    fabric = Fabric(capturing=frozenset({"win-b"}))

    assert wire.wire(fabric.node()).receiver == "win-b"


def test_a_capture_that_was_allowed_and_failed_is_no_answer() -> None:
    fabric = Fabric(tcpdump="tcpdump: eth0: You don't have permission to capture\n")

    with pytest.raises(HarnessError, match="could not be captured"):
        wire.wire(fabric.node())


@pytest.mark.parametrize(
    ("fabric", "files", "code"),
    [
        pytest.param(
            Fabric(),
            (Configuration(file="10-l2bridge.conflist", network="l2bridge", plugins=("ptp",)),),
            "pass",
            id="configured",
        ),
        pytest.param(Fabric(cni_files="# readable\n", bears=POD_MAC), (), "no-plugin", id="empty"),
        pytest.param(
            Fabric(cni_files="# readable\n"), (), "configured-elsewhere", id="empty-and-rewritten"
        ),
        pytest.param(
            Fabric(cni_files="ls: can't open '.': Permission denied\n"),
            None,
            "unread",
            id="not-mounted",
        ),
        pytest.param(
            Fabric(evidence=frozenset({"linux-a"})), None, "unread", id="not-admitted-there"
        ),
    ],
)
def test_a_configuration_is_read_or_said_to_be_unread(
    fabric: Fabric, files: tuple[Configuration, ...] | None, code: str
) -> None:
    observation = cni.plugin(fabric.node())

    assert observation.configuration.files == files
    assert a_plugin_is_configured(observation).code == code
    assert (files is None) == bool(observation.configuration.reason)
