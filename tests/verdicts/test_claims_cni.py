"""Every code and branch of the row cni-plugin but for the wire, as tables of what was seen."""

import pytest

from verdicts.claims.cni import (
    a_plugin_is_configured,
    addresses_are_distinct,
    addresses_have_an_origin,
    nat_ranges,
)
from verdicts.observations.cni import Origins, PlacedPod, PlatformAddresses, Plugin
from verdicts.observations.interfaces import (
    ContainerInterfaces,
    DefaultRoute,
    InterfaceAddress,
    PodInterfaces,
)
from verdicts.observations.wire import (
    Configuration,
    Frame,
    Neighbour,
    NodeConfiguration,
    Wire,
)
from verdicts.vocabulary import Outcome

NODE_MAC, OTHER_MAC, POD_MAC = "02:6e:70:00:00:0f", "02:6e:70:00:00:0c", "4e:28:db:a3:6c:31"
POD_IP = "172.30.0.132"


def interfaces(
    *addresses: str, way_out: str = "eth0", ips: tuple[str, ...] = (POD_IP,)
) -> PodInterfaces:
    """One container, its addresses as `interface address/prefix`."""
    listed = []
    for text in addresses:
        interface, _, network = text.partition(" ")
        address, _, prefix = network.partition("/")
        listed.append(InterfaceAddress(interface=interface, address=address, prefix=int(prefix)))
    return PodInterfaces(
        pod="probe",
        pod_ips=ips,
        containers=(
            ContainerInterfaces(
                container="a",
                addresses=tuple(listed),
                default_routes=(DefaultRoute(family=4, interface=way_out),),
            ),
        ),
    )


ONE = interfaces(f"eth0 {POD_IP}/24")
NAT = interfaces(f"eth0 {POD_IP}/24", "eth1 172.20.0.5/24", way_out="eth1")


def joined(*pods: PodInterfaces) -> PodInterfaces:
    containers = tuple(container for pod in pods for container in pod.containers)
    return pods[0].model_copy(update={"containers": containers})


@pytest.mark.parametrize(
    ("observed", "ranges"),
    [
        pytest.param(ONE, [], id="one-address"),
        pytest.param(NAT, ["172.20.0.0/24"], id="winnat-with-the-default-route"),
        pytest.param(
            interfaces(f"eth0 {POD_IP}/24", "net1 10.9.0.5/24"), [], id="a-second-network-beside"
        ),
        pytest.param(interfaces(f"eth0 {POD_IP}/32", "eth0 169.254.1.1/32"), [], id="aws-vpc-cni"),
        pytest.param(
            joined(ONE, interfaces("eth0 172.30.0.133/24")),
            [],
            id="another-compartments-way-out-is-its-own-matter",
        ),
        pytest.param(
            interfaces("eth0 2001:db8::8/128", "v4if0 169.254.172.2/22", ips=("2001:db8::8",)),
            [],
            id="eks-ipv6-with-ipv4-egress",
        ),
    ],
)
def test_a_nat_range_is_what_the_pod_leaves_by(observed: PodInterfaces, ranges: list[str]) -> None:
    assert [str(network) for network in nat_ranges(observed)] == ranges


def pods(*addresses: str, node: str = "node-a") -> tuple[PlacedPod, ...]:
    return tuple(
        PlacedPod(pod=f"pod-{number}", node=node, addresses=tuple(address.split()))
        for number, address in enumerate(addresses)
    )


TWELVE = [f"172.30.0.{number}" for number in range(130, 142)]
DUAL = [f"172.30.0.{number} fd00::{number}" for number in range(130, 142)]


@pytest.mark.parametrize(
    ("addresses", "seen_by_the_pod", "outcome", "code"),
    [
        pytest.param(TWELVE, ONE, Outcome.PASS, "pass", id="twelve"),
        pytest.param(DUAL, ONE, Outcome.PASS, "pass", id="dual-stack"),
        pytest.param(TWELVE[:11], ONE, Outcome.INCONCLUSIVE, "too-few-pods", id="eleven"),
        pytest.param(
            [*TWELVE[:11], ""], ONE, Outcome.INCONCLUSIVE, "too-few-pods", id="one-without"
        ),
        pytest.param([], ONE, Outcome.INCONCLUSIVE, "too-few-pods", id="none"),
        pytest.param([*TWELVE, TWELVE[0]], ONE, Outcome.FAIL, "duplicate-address", id="one-twice"),
        pytest.param(
            [TWELVE[0], TWELVE[0]], ONE, Outcome.FAIL, "duplicate-address", id="twice-among-few"
        ),
        pytest.param(
            [*DUAL, "172.30.0.190 fd00::130"],
            ONE,
            Outcome.FAIL,
            "duplicate-address",
            id="second-family-twice",
        ),
        pytest.param(TWELVE, NAT, Outcome.PASS, "pass", id="a-nat-range-beside"),
        pytest.param(
            [*TWELVE, "172.20.0.9"], NAT, Outcome.FAIL, "nat-address", id="of-the-nat-range"
        ),
    ],
)
def test_addresses_are_distinct(
    addresses: list[str], seen_by_the_pod: PodInterfaces, outcome: Outcome, code: str
) -> None:
    finding = addresses_are_distinct(
        PlatformAddresses(
            platform="windows-2016",
            node="node-a",
            pods=pods(*addresses),
            interfaces=seen_by_the_pod,
        )
    )

    assert (finding.outcome, finding.code) == (outcome, code)


def test_a_pods_second_family_is_not_a_second_address() -> None:
    finding = addresses_are_distinct(
        PlatformAddresses(platform="linux", node="node-a", pods=pods(*DUAL), interfaces=ONE)
    )

    assert (finding.facts["pods"], finding.facts["addresses"]) == (12, 12)


BRIDGE = Configuration(file="10-bridge.conflist", network="bridge", plugins=("bridge",))
NOT_ONE = Configuration(file="00-multus.json", network="", plugins=())


def configured(*files: Configuration, read: bool = True, declared: str = "") -> NodeConfiguration:
    return NodeConfiguration(
        node="node-a",
        directory="/etc/cni/net.d",
        files=files if read else None,
        reason="" if read else "pods of that kind are not allowed",
        declared=declared,
    )


def wire(mac: str | None, configuration: NodeConfiguration) -> Wire:
    """A wire on which the pod's frames bear this MAC, or none was captured."""
    if mac is None:
        return Wire(
            platform="windows-2016",
            node="node-a",
            pod="probe",
            pod_ip=POD_IP,
            pod_macs=(POD_MAC,),
            receiver=None,
            reason="nobody may capture",
            configuration=configuration,
        )
    return Wire(
        platform="windows-2016",
        node="node-a",
        pod="probe",
        pod_ip=POD_IP,
        pod_macs=(POD_MAC,),
        receiver="node-b",
        interface="eth0",
        neighbours=(
            Neighbour(node="node-a", address="172.30.0.15", mac=NODE_MAC),
            Neighbour(node="node-c", address="172.30.0.12", mac=OTHER_MAC),
        ),
        frames=(
            Frame(
                source_mac=mac,
                destination_mac="02:6e:70:00:00:0b",
                source_ip=POD_IP,
                destination_ip="172.30.0.11",
            ),
        ),
        configuration=configuration,
    )


@pytest.mark.parametrize(
    ("files", "mac", "seen_by_the_pod", "outcome", "code"),
    [
        pytest.param([BRIDGE], NODE_MAC, ONE, Outcome.PASS, "pass", id="configured"),
        pytest.param([BRIDGE], POD_MAC, NAT, Outcome.PASS, "pass", id="configured-all-the-same"),
        pytest.param([], POD_MAC, ONE, Outcome.FAIL, "no-plugin", id="empty-and-own-macs"),
        pytest.param([], None, NAT, Outcome.FAIL, "no-plugin", id="empty-and-a-nat-endpoint"),
        pytest.param([], POD_MAC, NAT, Outcome.FAIL, "no-plugin", id="windows-2016"),
        pytest.param([NOT_ONE], POD_MAC, ONE, Outcome.FAIL, "no-plugin", id="no-plugin-in-it"),
        pytest.param(
            [],
            NODE_MAC,
            ONE,
            Outcome.NOT_APPLICABLE,
            "configured-elsewhere",
            id="k3s-keeps-it-in-another-place",
        ),
        pytest.param(
            [],
            None,
            ONE,
            Outcome.NOT_APPLICABLE,
            "configured-elsewhere",
            id="empty-alone-proves-nothing",
        ),
        pytest.param(
            None, POD_MAC, NAT, Outcome.NOT_APPLICABLE, "unread", id="unread-is-no-evidence"
        ),
    ],
)
def test_a_plugin_is_configured(
    files: list[Configuration] | None,
    mac: str | None,
    seen_by_the_pod: PodInterfaces,
    outcome: Outcome,
    code: str,
) -> None:
    configuration = configured(*(files or ()), read=files is not None)

    finding = a_plugin_is_configured(
        Plugin(
            platform="windows-2016",
            configuration=configuration,
            wire=wire(mac, configuration),
            interfaces=seen_by_the_pod,
        )
    )

    assert (finding.outcome, finding.code) == (outcome, code)


def test_a_declared_plugin_is_no_configuration() -> None:
    configuration = configured(declared="l2bridge")

    finding = a_plugin_is_configured(
        Plugin(
            platform="windows-2016",
            configuration=configuration,
            wire=wire(POD_MAC, configuration),
            interfaces=ONE,
        )
    )

    assert finding.code == "no-plugin"


@pytest.mark.parametrize(
    ("host", "declared", "outcome", "code", "source"),
    [
        pytest.param(("172.30.0.0/24",), True, Outcome.PASS, "pass", "host-subnet", id="l2bridge"),
        pytest.param(
            ("172.30.0.0/24",), None, Outcome.PASS, "pass", "host-subnet", id="undeclared"
        ),
        pytest.param(
            ("10.0.0.0/16",),
            True,
            Outcome.FAIL,
            "outside-host-space",
            "unknown",
            id="declared-and-not-so",
        ),
        pytest.param(
            ("10.0.0.0/16",), False, Outcome.PASS, "pass", "unknown", id="a-range-of-the-ipams"
        ),
        pytest.param(None, True, Outcome.PASS, "pass", "unknown", id="prefix-unread"),
    ],
)
def test_addresses_have_an_origin(
    host: tuple[str, ...] | None,
    *,
    declared: bool | None,
    outcome: Outcome,
    code: str,
    source: str,
) -> None:
    finding = addresses_have_an_origin(
        Origins(
            node="node-a",
            pods=pods(*TWELVE),
            pod_cidrs=("10.244.3.0/24",),
            host_networks=host,
            reason="" if host else "nobody may look",
            declared_host_space=declared,
        )
    )

    assert (finding.outcome, finding.code, finding.facts["source"]) == (outcome, code, source)


@pytest.mark.parametrize(
    ("addresses", "source"),
    [
        pytest.param(["10.244.3.4", "10.244.3.5"], "pod-cidr", id="all"),
        pytest.param(["10.244.3.4", "10.8.0.5"], "unknown", id="not-all"),
        pytest.param(["fd00::4"], "unknown", id="another-family"),
    ],
)
def test_the_pod_cidr_is_the_origin_of_all_or_none(addresses: list[str], source: str) -> None:
    finding = addresses_have_an_origin(
        Origins(
            node="node-a",
            pods=pods(*addresses),
            pod_cidrs=("10.244.3.0/24",),
            host_networks=("172.30.0.0/24",),
        )
    )

    assert finding.facts["source"] == source


def test_without_pods_there_is_no_origin() -> None:
    finding = addresses_have_an_origin(
        Origins(node="node-a", pods=pods(""), pod_cidrs=(), host_networks=())
    )

    assert (finding.outcome, finding.code) == (Outcome.INCONCLUSIVE, "no-pods")
