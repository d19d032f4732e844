"""Pods and Services of a check's own: whoever else ends one is told, and nothing left is taken for new."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.errors import NotReadyError
from conformance.handles import NodeUnderTest
from conformance.manifests import service_of
from conformance.probes import own_pods
from conformance.probes.own_pods import Wanted
from conformance.probes.own_services import made_anew
from tests.conformance.flow_network import FlowNetwork, judged

if TYPE_CHECKING:
    from conformance.objects import JsonObject

MINE = Wanted(name="mine", labels={})
PORTS: "JsonObject" = {"ports": [{"port": 80}]}


@pytest.fixture
def network() -> FlowNetwork:
    return FlowNetwork()


@pytest.fixture
def node(network: FlowNetwork, tmp_path: Path) -> NodeUnderTest:
    return judged(network, tmp_path, "linux-kernel-0")


def path_of_mine(node: NodeUnderTest) -> str:
    return own_pods.paths(node, [MINE])[0]


def test_a_pod_that_its_check_ends_is_not_missed(node: NodeUnderTest) -> None:
    with own_pods.made(node, [MINE]):
        own_pods.end(node, [path_of_mine(node)], grace=0)

    assert node.fleet.departed("asked was mine") == ()


def test_a_pod_that_is_there_in_the_end_is_not_missed(node: NodeUnderTest) -> None:
    with own_pods.made(node, [MINE]):
        own_pods.running(node, MINE)

    assert node.fleet.departed("asked was mine") == ()


@pytest.mark.parametrize(
    ("change", "fate"),
    [
        (None, "was deleted"),
        ({"metadata": {"uid": "another"}}, "was deleted and made anew"),
        ({"metadata": {"deletionTimestamp": "2026-01-02T03:04:05Z"}}, "is being deleted"),
        ({"status": {"phase": "Failed"}}, "ended as Failed"),
        (
            {"status": {"containerStatuses": [{"name": "a", "restartCount": 1}]}},
            "had a container started again",
        ),
    ],
)
def test_a_pod_that_somebody_else_ends_explains_failures_of_its_check(
    change: "JsonObject | None", fate: str, network: FlowNetwork, node: NodeUnderTest
) -> None:
    with own_pods.made(node, [MINE]):
        if change is None:
            network.delete(path_of_mine(node), grace=0)
        else:
            network.patch(path_of_mine(node), change)

    assert node.fleet.departed("asked was mine") == (f"mine {fate}",)
    assert node.fleet.departed("asked was another") == ()


def test_a_pod_that_a_killed_worker_left_is_not_taken_for_a_new_one(
    network: FlowNetwork, node: NodeUnderTest
) -> None:
    with own_pods.made(node, [MINE]):
        network.patch(path_of_mine(node), {"metadata": {"uid": "left"}})
        with own_pods.made(node, [MINE]):
            found = network.get(path_of_mine(node))

    assert "left" not in str(found)


def test_a_pod_that_was_left_and_does_not_go_is_no_harness(
    network: FlowNetwork, node: NodeUnderTest
) -> None:
    hasty = replace(node, patience=replace(node.patience, pod_gone=0.1))
    with own_pods.made(node, [MINE]):
        network.sticky = {path_of_mine(node)}
        with (
            pytest.raises(NotReadyError, match="left by a killed run"),
            own_pods.made(hasty, [MINE]),
        ):
            pass


def test_a_service_that_a_killed_worker_left_is_not_taken_for_a_new_one(
    node: NodeUnderTest,
) -> None:
    manifest = service_of("again", node.fleet.namespace, PORTS, run_id="r1")

    assert made_anew(node, manifest) != made_anew(node, manifest)
