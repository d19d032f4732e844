"""What the probe of directions asks, of whom, and what it records where nothing comes back."""

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.probes import directions
from tests.conformance.flow_network import FlowNetwork, judged
from verdicts.claims.directions import (
    a_node_reaches_pods_and_services,
    names_lead_where_their_services_do,
    pods_are_reached_in_every_direction,
    services_are_reached_in_every_direction,
)
from verdicts.observations.directions import ClientKind, Target
from verdicts.vocabulary import Outcome, Protocol, Reply


@pytest.fixture
def network() -> FlowNetwork:
    return FlowNetwork()


def test_every_server_is_asked_by_every_address_over_both_protocols(
    network: FlowNetwork, tmp_path: Path
) -> None:
    node = judged(network, tmp_path, "linux-kernel-0")

    seen = directions.service_flows(node), directions.name_flows(node)

    outward = [
        flow for each in seen for flow in each.flows if flow.client.pod == "probe-linux-kernel-0"
    ]
    asked = {(flow.server.platform, flow.target, flow.protocol) for flow in outward}
    for platform in ("linux", "windows-1709", "windows-2016"):
        for target in (Target.POD_IP, Target.CLUSTER_IP, Target.SERVICE_NAME):
            assert (platform, target, Protocol.TCP) in asked
            assert (platform, target, Protocol.UDP) in asked
    assert services_are_reached_in_every_direction(seen[0]).outcome is Outcome.PASS
    assert names_lead_where_their_services_do(seen[1]).outcome is Outcome.PASS


def test_a_node_port_is_asked_from_every_other_node(network: FlowNetwork, tmp_path: Path) -> None:
    node = judged(network, tmp_path, "windows-1709-kernel-0")

    seen = directions.service_flows(node)

    ports = [flow for flow in seen.flows if flow.target is Target.NODE_PORT]
    assert {flow.server.node for flow in ports} == {node.judged.node.name}
    assert len({flow.client.node for flow in ports}) == 5
    assert all(flow.is_answered for flow in ports)


def test_each_node_asks_its_flows_once_for_all_checks(
    network: FlowNetwork, tmp_path: Path
) -> None:
    node = judged(network, tmp_path, "linux-kernel-0")
    directions.pod_flows(node)
    before = len(network.calls)

    directions.service_flows(node)
    directions.name_flows(node)

    assert len(network.calls) == before


def test_a_silent_server_is_asked_by_its_neighbour_too(
    network: FlowNetwork, tmp_path: Path
) -> None:
    node = judged(network, tmp_path, "linux-kernel-0")
    server = node.fleet.pod("peer-linux-user-0-0")
    network.closed = lambda client, address, _: (
        address == server.ip and client == "probe-linux-kernel-0"
    )

    seen = directions.pod_flows(node)

    asked = [flow for flow in seen.flows if flow.server.pod == server.name]
    assert {flow.client.pod: flow.reply for flow in asked} == {
        "probe-linux-kernel-0": Reply.TIMED_OUT,
        "peer-linux-user-0-1": Reply.ANSWERED,
    }
    assert pods_are_reached_in_every_direction(seen).outcome is Outcome.FAIL


def test_a_service_that_never_answers_is_recorded_with_its_kind_of_refusal(
    network: FlowNetwork, tmp_path: Path
) -> None:
    node = judged(network, tmp_path, "linux-kernel-0")
    impatient = replace(node, patience=replace(node.patience, service_programmed=0.2))
    network.closed = lambda _client, address, protocol: (
        address.startswith("10.96.") and protocol == "udp"
    )

    seen = directions.service_flows(impatient)

    found = services_are_reached_in_every_direction(seen)
    assert (found.outcome, found.code) == (Outcome.FAIL, "no-answer")
    assert "timed-out" in found.seen


def test_the_node_itself_is_asked_where_its_platform_documents_it(
    network: FlowNetwork, tmp_path: Path
) -> None:
    linux = directions.node_flows(judged(network, tmp_path, "linux-kernel-0"))
    windows = directions.node_flows(judged(network, tmp_path, "windows-1709-kernel-0"))

    assert {flow.target for flow in linux.flows} == {
        Target.POD_IP,
        Target.CLUSTER_IP,
        Target.NODE_PORT,
    }
    assert {flow.kind for flow in linux.flows} == {ClientKind.NODE}
    assert a_node_reaches_pods_and_services(linux).outcome is Outcome.PASS
    assert not [flow for flow in windows.flows if flow.target is Target.CLUSTER_IP]
    assert not [
        flow
        for flow in windows.flows
        if flow.target is Target.NODE_PORT and flow.server.node == flow.client.node
    ]
