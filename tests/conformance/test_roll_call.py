"""A pod that is not what it was when it was given out is told; one that is merely unready is not."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.handles import NodeUnderTest
from tests.conformance.asked_fleet import asking
from tests.conformance.fake_cluster import FakeCluster

if TYPE_CHECKING:
    from conformance.objects import JsonObject

PROBE = "/api/v1/namespaces/netparity-r1/pods/probe-linux-kernel-0"


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster()


@pytest.fixture
def node(cluster: FakeCluster, tmp_path: Path) -> NodeUnderTest:
    node = asking(cluster, tmp_path).node("linux-kernel-0")
    assert node.probe_pod.path == PROBE
    return node


def started(container_id: str) -> "JsonObject":
    running: JsonObject = {"running": {}}
    return {
        "containerStatuses": [
            {"name": name, "containerID": container_id, "state": running} for name in "abc"
        ]
    }


def test_pods_that_are_as_they_were_are_not_told(node: NodeUnderTest) -> None:
    assert node.fleet.pods(node=node.id)
    assert node.fleet.departed() == ()


def test_a_pod_that_was_never_given_out_is_not_missed(
    cluster: FakeCluster, node: NodeUnderTest
) -> None:
    cluster.delete(PROBE.replace("probe-linux-kernel-0", "peer-linux-kernel-0-1"), grace=0)

    assert node.fleet.departed() == ()


def test_a_pod_that_a_check_deletes_is_not_missed(
    cluster: FakeCluster, node: NodeUnderTest
) -> None:
    cluster.delete(node.doomed_pod.path, grace=0)

    assert node.fleet.departed() == ()


def test_a_deleted_pod_is_told(cluster: FakeCluster, node: NodeUnderTest) -> None:
    cluster.delete(PROBE, grace=0)

    assert node.fleet.departed() == ("probe-linux-kernel-0 was deleted",)


@pytest.mark.parametrize(
    ("change", "fate"),
    [
        ({"metadata": {"uid": "another"}}, "was deleted and made anew"),
        ({"metadata": {"deletionTimestamp": "2026-01-02T03:04:05Z"}}, "is being deleted"),
        ({"status": {"phase": "Failed"}}, "ended as Failed"),
        ({"status": started("containerd://2")}, "had a container started again"),
    ],
)
def test_what_became_of_a_pod_is_told(
    change: "JsonObject", fate: str, cluster: FakeCluster, node: NodeUnderTest
) -> None:
    cluster.patch(PROBE, change)

    assert node.fleet.departed() == (f"probe-linux-kernel-0 {fate}",)


def test_a_pod_that_is_unready_is_where_it_was(cluster: FakeCluster, node: NodeUnderTest) -> None:
    cluster.patch(PROBE, {"status": {"conditions": [{"type": "Ready", "status": "False"}]}})

    assert node.fleet.departed() == ()


def test_a_container_that_a_check_ends_is_not_told(
    cluster: FakeCluster, node: NodeUnderTest
) -> None:
    cluster.patch(node.quiet_pod.path, {"status": started("containerd://2")})

    assert node.fleet.departed() == ()


def test_where_the_api_does_not_tell_nobody_is_taken_to_be_there(
    cluster: FakeCluster, node: NodeUnderTest
) -> None:
    cluster.refuse = {("get", "/pods")}

    (told,) = node.fleet.departed()

    assert told.startswith("the API did not tell whether the pods are as they were: ")
