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


def departed(node: NodeUnderTest, seen: str | None = None) -> tuple[str, ...]:
    """Call those that an observation names: by default every pod that the judged node has."""
    names = [pod.name for pod in node.fleet.pods(node=node.id)] if seen is None else [seen]
    return node.fleet.departed(f"asked were {names}")


def started(container_id: str) -> "JsonObject":
    running: JsonObject = {"running": {"startedAt": "2026-01-02T03:04:05Z"}}
    return {
        "containerStatuses": [
            {"name": name, "containerID": container_id, "state": running} for name in "abc"
        ]
    }


def test_pods_that_are_as_they_were_are_not_told(node: NodeUnderTest) -> None:
    assert departed(node) == ()


def test_a_pod_that_was_never_given_out_is_not_missed(
    cluster: FakeCluster, node: NodeUnderTest
) -> None:
    cluster.delete(PROBE.replace("probe-linux-kernel-0", "peer-linux-kernel-0-1"), grace=0)

    assert departed(node, "peer-linux-kernel-0-1") == ()


@pytest.mark.parametrize("seen", ["probe-linux-kernel-0/a", "its address"])
def test_a_pod_is_missed_where_it_is_named_and_where_its_address_is(
    seen: str, cluster: FakeCluster, node: NodeUnderTest
) -> None:
    named = seen if "/" in seen else node.probe_pod.ip
    cluster.delete(PROBE, grace=0)

    assert departed(node, named) == ("probe-linux-kernel-0 was deleted",)


def test_a_pod_that_was_not_asked_explains_nothing(
    cluster: FakeCluster, node: NodeUnderTest
) -> None:
    cluster.delete(PROBE, grace=0)

    assert departed(node, "peer-linux-kernel-0-1") == ()


def test_a_pod_that_a_check_deletes_is_not_missed(
    cluster: FakeCluster, node: NodeUnderTest
) -> None:
    cluster.delete(node.doomed_pod.path, grace=0)

    assert departed(node, node.doomed_pod.name) == ()


def test_a_deleted_pod_is_told(cluster: FakeCluster, node: NodeUnderTest) -> None:
    cluster.delete(PROBE, grace=0)

    assert departed(node) == ("probe-linux-kernel-0 was deleted",)


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

    assert departed(node) == (f"probe-linux-kernel-0 {fate}",)


def test_a_pod_that_is_unready_is_where_it_was(cluster: FakeCluster, node: NodeUnderTest) -> None:
    cluster.patch(PROBE, {"status": {"conditions": [{"type": "Ready", "status": "False"}]}})

    assert departed(node) == ()


def test_a_container_that_a_check_ends_is_not_told(
    cluster: FakeCluster, node: NodeUnderTest
) -> None:
    cluster.patch(node.quiet_pod.path, {"status": started("containerd://2")})

    assert departed(node) == ()


def test_where_the_api_does_not_tell_nobody_is_taken_to_be_there(
    cluster: FakeCluster, node: NodeUnderTest
) -> None:
    cluster.refuse = {("get", "/pods")}

    (told,) = departed(node)

    assert told.startswith("the API did not tell whether the pods are as they were: ")
