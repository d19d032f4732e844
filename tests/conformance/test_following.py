"""Pods are followed by their changes, and asked for anew only where the API forgot what changed."""

from collections.abc import Iterator

import pytest

from conformance.cluster import Change, Event
from conformance.errors import ClusterError
from conformance.following import GONE, Pods, followed
from conformance.objects import JsonObject
from tests.conformance.fake_cluster import FakeCluster

PATH = "/api/v1/namespaces/x/pods"
SELECTOR = "wave=1"


def pod(name: str, phase: str = "Pending") -> JsonObject:
    return {
        "metadata": {"name": name, "labels": {"wave": "1"}},
        "spec": {},
        "status": {"phase": phase},
    }


class Telling(FakeCluster):
    """An API whose watches tell what a test says, one list of changes for each watch."""

    def __init__(self, *told: list[tuple[Change, JsonObject] | ClusterError]) -> None:
        super().__init__()
        self.told = iter(told)

    def watch(
        self, path: str, *, selector: str = "", version: str = "", timeout: float
    ) -> Iterator[Event]:
        assert (path, selector, version) == (PATH, SELECTOR, "")
        assert timeout > 0
        self._called("watch", path)
        for change in next(self.told, []):
            if isinstance(change, ClusterError):
                raise change
            yield Event(change=change[0], object=change[1])

    def asked(self, verb: str) -> int:
        return self.calls.count((verb, PATH))


def phases(pods: Pods) -> dict[str, str]:
    return {name: found.status.phase for name, found in pods.items()}


def both_run(pods: Pods) -> bool:
    return [*phases(pods).values()] == ["Running", "Running"]


def test_changes_are_taken_from_one_watch() -> None:
    cluster = Telling(
        [
            (Change.ADDED, pod("a")),
            (Change.MODIFIED, pod("a", "Running")),
            (Change.ADDED, pod("b", "Running")),
            (Change.DELETED, pod("a")),
        ]
    )

    found = followed(cluster, PATH, selector=SELECTOR, until=both_run, bound=5)

    assert phases(found) == {"a": "Running", "b": "Running"}
    assert (cluster.asked("get"), cluster.asked("watch")) == (1, 1)


def test_a_pod_that_is_deleted_is_there_no_more() -> None:
    cluster = Telling([(Change.DELETED, pod("a"))])
    cluster.objects[f"{PATH}/a"] = pod("a")

    found = followed(cluster, PATH, selector=SELECTOR, until=lambda pods: not pods, bound=5)

    assert found == {}
    assert cluster.asked("get") == 1


def test_what_the_api_forgot_is_listed_anew() -> None:
    forgotten = ClusterError("too old", next_step="list", status=GONE)
    cluster = Telling([forgotten], [(Change.ADDED, pod("b", "Running"))])
    cluster.objects[f"{PATH}/a"] = pod("a", "Running")

    found = followed(cluster, PATH, selector=SELECTOR, until=both_run, bound=5)

    assert phases(found) == {"a": "Running", "b": "Running"}
    assert cluster.asked("get") == 2


def test_when_the_time_is_over_the_last_state_is_returned() -> None:
    cluster = Telling()
    cluster.objects[f"{PATH}/a"] = pod("a")

    found = followed(cluster, PATH, selector=SELECTOR, until=both_run, bound=0.01)

    assert phases(found) == {"a": "Pending"}


def test_an_api_that_fails_is_no_state_of_pods() -> None:
    cluster = Telling([ClusterError("out of order", next_step="none", status=500)])

    with pytest.raises(ClusterError, match="out of order"):
        followed(cluster, PATH, selector=SELECTOR, until=both_run, bound=5)
