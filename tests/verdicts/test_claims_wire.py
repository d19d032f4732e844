"""Whose MAC a pod's frames bear, and every way in which a fabric keeps that to itself."""

import pytest

from verdicts.claims.wire import (
    Bearing,
    frames_bear_the_nodes_mac,
    plugins_of,
    promises_l2bridge,
    read_wire,
)
from verdicts.observations.attempts import Attempts, Failure
from verdicts.observations.wire import (
    Configuration,
    Frame,
    Neighbour,
    NodeConfiguration,
    Wire,
)
from verdicts.vocabulary import Outcome, Protocol, Reply

SENDER, THIRD, POD, ROUTER = (
    "02:6e:70:00:00:0d",
    "02:6e:70:00:00:0c",
    "e6:25:c2:9e:e6:b5",
    "0a:00:00:00:00:01",
)
SECONDARY = "02:6e:70:00:00:9d"
AZURE = "12:34:56:78:9a:bc"
POD_IP = "172.30.0.67"


def frames(*macs: str) -> tuple[Frame, ...]:
    return tuple(
        Frame(
            source_mac=mac,
            destination_mac="02:6e:70:00:00:0b",
            source_ip=POD_IP,
            destination_ip="10.244.1.4",
        )
        for mac in macs
    )


def talk(*, answered: bool = True) -> Attempts:
    failure = Failure(reply=Reply.TIMED_OUT, detail="i/o timeout")
    return Attempts(
        client="probe/a",
        address="10.244.1.4",
        port=8080,
        protocol=Protocol.TCP,
        tries=1,
        answers=("peer",) if answered else (),
        failures=() if answered else (failure,),
    )


def neighbours(sender: str | None, *others: str | None) -> tuple[Neighbour, ...]:
    return tuple(
        Neighbour(node=f"node-{number}", address=f"172.30.0.{13 + number}", mac=mac)
        for number, mac in enumerate((sender, *others))
    )


L2BRIDGE = Configuration(
    file="10-l2bridge.conflist", network="l2bridge", plugins=("ptp", "portmap")
)
WIN_BRIDGE = Configuration(file="cni.conf", network="cbr0", plugins=("flannel", "win-bridge"))
MACVLAN = Configuration(file="10-macvlan.conf", network="lan", plugins=("macvlan",))


def shown(*files: Configuration, read: bool = True, declared: str = "") -> NodeConfiguration:
    return NodeConfiguration(
        node="node-0",
        directory="/etc/cni/net.d",
        files=files if read else None,
        reason="" if read else "not allowed",
        declared=declared,
    )


def wire(
    *macs: str,
    platform: str = "windows-1709",
    resolved: tuple[Neighbour, ...] = neighbours(SENDER, THIRD),
    sender_macs: tuple[str, ...] = (),
    pod_macs: tuple[str, ...] = (POD,),
    answered: bool = True,
    receiver: str | None = "linux-a",
    configuration: NodeConfiguration | None = None,
) -> Wire:
    return Wire(
        platform=platform,
        node="node-0",
        pod="probe",
        pod_ip=POD_IP,
        pod_macs=pod_macs,
        receiver=receiver,
        interface="eth0",
        reason="" if receiver else "nobody may capture here",
        neighbours=resolved if receiver else (),
        sender_macs=sender_macs,
        talked=(talk(answered=answered),),
        frames=frames(*macs),
        configuration=configuration or shown(L2BRIDGE),
    )


@pytest.mark.parametrize(
    ("observation", "bearing", "code"),
    [
        pytest.param(wire(SENDER, SENDER), Bearing.NODE, "", id="l2bridge"),
        pytest.param(wire(POD), Bearing.OWN, "", id="transparent"),
        pytest.param(
            wire(SENDER, POD), Bearing.OWN, "", id="transparent-and-partly-routed-by-its-node"
        ),
        pytest.param(
            wire(SENDER, pod_macs=(SENDER,)), Bearing.NODE, "", id="ipvlan-shares-the-nodes"
        ),
        pytest.param(
            wire(SECONDARY, sender_macs=(SENDER, SECONDARY)),
            Bearing.NODE,
            "",
            id="aws-secondary-interface-read-on-the-node",
        ),
        pytest.param(
            wire(SECONDARY),
            Bearing.UNDECIDED,
            "third-mac",
            id="aws-secondary-interface-of-an-unread-node",
        ),
        pytest.param(
            wire(SENDER, ROUTER), Bearing.UNDECIDED, "third-mac", id="partly-through-a-router"
        ),
        pytest.param(
            wire(POD, pod_macs=()), Bearing.UNDECIDED, "third-mac", id="a-pod-whose-mac-is-unread"
        ),
        pytest.param(
            wire(AZURE, resolved=neighbours(AZURE, AZURE)),
            Bearing.UNDECIDED,
            "arp-answered-for-all",
            id="azure",
        ),
        pytest.param(
            wire(AZURE, resolved=neighbours(AZURE), sender_macs=(SENDER,)),
            Bearing.UNDECIDED,
            "arp-answered-for-all",
            id="azure-with-two-nodes",
        ),
        pytest.param(
            wire(AZURE, resolved=neighbours(AZURE)),
            Bearing.UNDECIDED,
            "one-mac-only",
            id="two-nodes-and-nothing-to-compare",
        ),
        pytest.param(
            wire(SENDER, resolved=neighbours(SENDER, None), sender_macs=(SENDER,)),
            Bearing.NODE,
            "",
            id="two-nodes-with-macs-read-on-the-sender",
        ),
        pytest.param(
            wire(SENDER, resolved=neighbours(SENDER, None, THIRD)),
            Bearing.NODE,
            "",
            id="a-third-node-elsewhere",
        ),
        pytest.param(
            wire(ROUTER, resolved=neighbours(None, None)),
            Bearing.UNDECIDED,
            "not-on-one-wire",
            id="gce-and-other-subnets",
        ),
        pytest.param(
            wire(resolved=neighbours(SENDER, THIRD)),
            Bearing.UNDECIDED,
            "no-plain-frames",
            id="overlay-or-masquerade",
        ),
        pytest.param(
            wire(answered=False), Bearing.UNDECIDED, "no-traffic", id="the-talk-itself-failed"
        ),
        pytest.param(
            wire(POD, answered=False), Bearing.OWN, "", id="frames-count-though-nothing-answered"
        ),
        pytest.param(wire(receiver=None), Bearing.UNDECIDED, "no-capture", id="no-capture"),
    ],
)
def test_the_wire_is_read(observation: Wire, bearing: Bearing, code: str) -> None:
    reading = read_wire(observation)

    assert (reading.bearing, reading.code) == (bearing, code)


@pytest.mark.parametrize(
    ("observation", "outcome", "code", "as_control"),
    [
        pytest.param(wire(SENDER), Outcome.PASS, "pass", None, id="l2bridge"),
        pytest.param(
            wire(POD, configuration=shown()),
            Outcome.FAIL,
            "own-mac",
            None,
            id="windows-2016-without-a-configuration",
        ),
        pytest.param(
            wire(POD), Outcome.FAIL, "own-mac", None, id="an-l2bridge-that-does-not-rewrite"
        ),
        pytest.param(
            wire(POD, configuration=shown(WIN_BRIDGE)),
            Outcome.FAIL,
            "own-mac",
            None,
            id="win-bridge-that-does-not-rewrite",
        ),
        pytest.param(
            wire(POD, configuration=shown(read=False, declared="l2bridge")),
            Outcome.FAIL,
            "own-mac",
            None,
            id="declared-l2bridge-that-does-not-rewrite",
        ),
        pytest.param(
            wire(POD, configuration=shown(MACVLAN)),
            Outcome.NOT_APPLICABLE,
            "differs-by-design",
            None,
            id="macvlan",
        ),
        pytest.param(
            wire(POD, configuration=shown(read=False, declared="antrea")),
            Outcome.NOT_APPLICABLE,
            "differs-by-design",
            None,
            id="declared-to-be-something-else",
        ),
        pytest.param(
            wire(POD, configuration=shown(read=False)),
            Outcome.INCONCLUSIVE,
            "own-mac-by-unread-plugin",
            None,
            id="unread",
        ),
        pytest.param(
            wire(SENDER, configuration=shown(read=False)),
            Outcome.PASS,
            "pass",
            None,
            id="rewritten-whoever-does-it",
        ),
        pytest.param(
            wire(SENDER, platform="linux"),
            Outcome.NOT_APPLICABLE,
            "not-asked-of-linux",
            Outcome.PASS,
            id="linux-routed",
        ),
        pytest.param(
            wire(POD, platform="linux", configuration=shown(MACVLAN)),
            Outcome.NOT_APPLICABLE,
            "not-asked-of-linux",
            Outcome.FAIL,
            id="linux-macvlan",
        ),
        pytest.param(
            wire(platform="linux"),
            Outcome.NOT_APPLICABLE,
            "no-plain-frames",
            None,
            id="linux-overlay",
        ),
        pytest.param(
            wire(answered=False), Outcome.INCONCLUSIVE, "no-traffic", None, id="no-traffic"
        ),
        pytest.param(
            wire(receiver=None), Outcome.NOT_APPLICABLE, "no-capture", None, id="no-capture"
        ),
    ],
)
def test_frames_bear_the_nodes_mac(
    observation: Wire, outcome: Outcome, code: str, as_control: Outcome | None
) -> None:
    finding = frames_bear_the_nodes_mac(observation)

    assert (finding.outcome, finding.code, finding.as_control) == (outcome, code, as_control)


def test_a_finding_tells_both_macs_and_who_listened() -> None:
    finding = frames_bear_the_nodes_mac(wire(SENDER, SENDER))

    assert finding.facts == {
        "pod_ip": POD_IP,
        "source_macs": [SENDER],
        "node_mac": SENDER,
        "receiver": "linux-a",
        "bearing": "node",
        "l2bridge": True,
    }


@pytest.mark.parametrize(
    ("configuration", "names", "promised"),
    [
        pytest.param(shown(L2BRIDGE), ("l2bridge", "ptp", "portmap"), True, id="by-its-name"),
        pytest.param(shown(WIN_BRIDGE), ("cbr0", "flannel", "win-bridge"), True, id="by-its-type"),
        pytest.param(shown(MACVLAN), ("lan", "macvlan"), False, id="neither"),
        pytest.param(shown(read=False, declared="sdnbridge"), ("sdnbridge",), True, id="declared"),
        pytest.param(shown(read=False), (), False, id="unknown"),
    ],
)
def test_a_configuration_promises_l2bridge_by_its_words(
    configuration: NodeConfiguration, names: tuple[str, ...], *, promised: bool
) -> None:
    assert plugins_of(configuration) == names
    assert promises_l2bridge(configuration) is promised
