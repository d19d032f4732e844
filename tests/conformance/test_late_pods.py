"""Pods that are not ready yet, or for a while not, are awaited as long as that may take."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance import timeouts
from conformance.cluster import Change, Event
from conformance.errors import NotReadyError
from conformance.fleet import DeployedFleet
from conformance.timeouts import FIELD
from conformance.waiting import eventually
from tests.conformance.asked_fleet import asking
from tests.conformance.fake_cluster import FakeCluster

if TYPE_CHECKING:
    from conformance.objects import JsonObject


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster()


def test_a_pod_that_comes_late_is_awaited(cluster: FakeCluster, tmp_path: Path) -> None:
    cluster.pod_state = {"phase": "Pending"}
    fleet = asking(cluster, tmp_path).fleet
    with pytest.raises(NotReadyError):
        asking(cluster, tmp_path, age=FIELD.pod_ready["linux"]).fleet.pod("quiet-linux-kernel-0")

    let_run(cluster, "quiet-linux-kernel-0")

    assert fleet.pod("quiet-linux-kernel-0").ips == ("10.244.0.99",)


def let_run(cluster: FakeCluster, name: str) -> None:
    """Let a quiet pod run, and be ready."""
    cluster.patch(
        f"/api/v1/namespaces/netparity-r1/pods/{name}",
        {
            "status": {
                "phase": "Running",
                "podIP": "10.244.0.99",
                "conditions": [{"type": "Ready", "status": "True"}],
                "containerStatuses": [{"name": name, "state": {"running": {}}} for name in "ab"],
            }
        },
    )


def test_a_pod_that_somebody_deleted_is_not_waited_for_as_one_that_starts(
    cluster: FakeCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeouts, "POD_TOLD_OF", 0.2)
    fleet = asking(cluster, tmp_path).fleet
    cluster.delete("/api/v1/namespaces/netparity-r1/pods/quiet-linux-kernel-0", grace=0)

    with pytest.raises(NotReadyError, match="it was deleted: the API has no such pod"):
        fleet.pod("quiet-linux-kernel-0")


def test_out_of_time_tells_what_the_pod_waits_for(cluster: FakeCluster, tmp_path: Path) -> None:
    unscheduled = {"type": "PodScheduled", "status": "False", "message": "0/5 nodes are available"}
    cluster.pod_state = {"phase": "Pending", "conditions": [unscheduled]}
    fleet = asking(cluster, tmp_path, age=FIELD.pod_ready["linux"]).fleet

    with pytest.raises(NotReadyError, match="out of time: 0/5 nodes are available"):
        fleet.pod("quiet-linux-kernel-0")


def test_what_came_too_late_for_one_is_there_for_the_next(
    cluster: FakeCluster, tmp_path: Path
) -> None:
    cluster.pod_state = {"phase": "Pending"}
    fleet = asking(cluster, tmp_path, age=FIELD.pod_ready["linux"]).fleet
    with pytest.raises(NotReadyError):
        fleet.pod("quiet-linux-kernel-0")

    let_run(cluster, "quiet-linux-kernel-0")

    assert eventually(
        lambda: _found(fleet, "quiet-linux-kernel-0"), bool, what="the pod", timeout=5.0
    )


def _found(fleet: DeployedFleet, name: str) -> str:
    """Return the pod's address; empty where the watch has not told of it yet."""
    try:
        return fleet.pod(name).ip
    except NotReadyError:
        return ""


def test_a_container_that_is_started_again_late_in_a_run_is_waited_for(
    cluster: FakeCluster, tmp_path: Path
) -> None:
    name = "quiet-linux-kernel-0"
    fleet = asking(cluster, tmp_path, age=FIELD.pod_ready["linux"]).fleet
    end_container(cluster, name)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(fleet.pod, name)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.3)

        let_run(cluster, name)

        assert waiting.result().name == name


def test_a_container_that_does_not_come_back_is_not_waited_for_longer_than_that_takes(
    cluster: FakeCluster, tmp_path: Path
) -> None:
    name = "quiet-linux-kernel-0"
    patience = replace(FIELD, restarted=0.2)
    fleet = asking(cluster, tmp_path, age=FIELD.pod_ready["linux"], patience=patience).fleet
    end_container(cluster, name)

    with pytest.raises(NotReadyError, match="out of time: CrashLoopBackOff back-off 10s"):
        fleet.pod(name)


def end_container(cluster: FakeCluster, name: str) -> None:
    """Let a quiet pod's second container have ended, to be started again."""
    backing_off: JsonObject = {"reason": "CrashLoopBackOff", "message": "back-off 10s"}
    cluster.patch(
        f"/api/v1/namespaces/netparity-r1/pods/{name}",
        {
            "status": {
                "conditions": [{"type": "Ready", "status": "False"}],
                "containerStatuses": [
                    {"name": "a", "state": {"running": {}}},
                    {
                        "name": "b",
                        "state": {"waiting": backing_off},
                        "lastState": {"terminated": {"reason": "Completed"}},
                    },
                ],
            }
        },
    )


class LateWord(FakeCluster):
    """A cluster of which a watch tells something that no pod is, as soon as it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may_tell = threading.Event()
        self.went_on = threading.Event()

    def watch(
        self, path: str, *, selector: str = "", version: str = "", timeout: float
    ) -> Iterator[Event]:
        assert path
        assert selector
        assert not version
        assert self.may_tell.wait(timeout)
        yield Event(Change.MODIFIED, {"metadata": "no metadata"})
        self.went_on.set()


def test_what_is_told_after_the_end_is_not_read(tmp_path: Path) -> None:
    cluster, others = LateWord(), set(threading.enumerate())
    fleet = asking(cluster, tmp_path).fleet
    assert fleet.pod("quiet-linux-kernel-0")
    followers = set(threading.enumerate()) - others

    fleet.stop()
    cluster.may_tell.set()

    for each in followers:
        each.join(10.0)
    assert not cluster.went_on.is_set()
    assert not any(each.is_alive() for each in followers)
