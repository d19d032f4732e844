"""A fleet is created at once, and nothing of it is left, however its creation ended."""

import pytest

from conformance.asking import read_inventory
from conformance.deployment import deploy, remove
from conformance.errors import ClusterError, Forbidden
from conformance.objects import JsonObject
from conformance.plan import FleetPlan
from conformance.planning import plan_fleet
from conformance.reuse import fingerprint_of, revive
from conformance.waiting import Clock
from tests.conformance.fake_cluster import FakeCluster


def plan(run_id: str = "r1") -> FleetPlan:
    return plan_fleet(read_inventory(None), run_id=run_id, agnhost="agnhost:1", capture=None)


def hurried() -> Clock:
    """A clock on which every sleep takes a minute, and no time at all."""
    now = iter(range(0, 100_000, 60))
    return Clock(now=lambda: next(now), sleep=lambda _: None)


def test_everything_planned_is_created_and_services_have_addresses() -> None:
    cluster = FakeCluster()

    deployed = deploy(cluster, plan(), fingerprint="f", kept=False)

    assert len(cluster.paths("/pods/")) == len(plan().pods)
    assert len(deployed.services) == len(plan().services)
    assert all(address.cluster_ip for address in deployed.services.values())


def test_namespaces_are_of_both_security_levels() -> None:
    cluster = FakeCluster()

    deploy(cluster, plan(), fingerprint="f", kept=False)

    levels = {
        str(cluster.get(f"/api/v1/namespaces/{name}")["metadata"]).partition("enforce': '")[2][:10]
        for name in plan().namespaces
    }
    assert levels == {"restricted", "privileged"}


def test_denied_evidence_pods_are_told_and_the_rest_goes_on() -> None:
    cluster = FakeCluster()
    cluster.refuse.add(("create", "netparity-r1-privileged/pods"))

    deployed = deploy(cluster, plan(), fingerprint="f", kept=False)

    assert "forbidden" in deployed.denied
    assert cluster.paths("netparity-r1/pods/")


def test_a_refused_peer_is_an_error() -> None:
    cluster = FakeCluster()
    cluster.refuse.add(("create", "netparity-r1/pods"))

    with pytest.raises(Forbidden):
        deploy(cluster, plan(), fingerprint="f", kept=False)


@pytest.mark.parametrize("step", range(0, 60, 7))
def test_removal_leaves_nothing_whichever_object_failed(step: int) -> None:
    cluster = FakeCluster()
    cluster.fail_after = step
    with pytest.raises(ClusterError):
        deploy(cluster, plan(), fingerprint="f", kept=False)
    cluster.fail_after = None

    left = remove(cluster, plan().namespaces)

    assert left == ()
    assert cluster.paths("netparity-r1") == []


def test_what_does_not_go_is_named() -> None:
    cluster = FakeCluster()
    deploy(cluster, plan(), fingerprint="f", kept=False)
    cluster.sticky.add("/api/v1/namespaces/netparity-r1")

    assert remove(cluster, plan().namespaces, clock=hurried()) == ("netparity-r1",)


def test_pods_are_removed_one_namespace_at_a_time_where_collections_may_not_be() -> None:
    cluster = FakeCluster()
    deploy(cluster, plan(), fingerprint="f", kept=False)
    cluster.refuse.add(("delete", "/pods"))

    assert remove(cluster, plan().namespaces) == ()


def test_a_fleet_is_claimed_before_anything_is_in_it() -> None:
    cluster = FakeCluster()
    there: list[str] = []

    deploy(
        cluster,
        plan(),
        fingerprint="f",
        kept=False,
        claim=lambda: there.extend(cluster.paths("netparity-r1")),
    )

    assert there == [
        "/api/v1/namespaces/netparity-r1",
        "/api/v1/namespaces/netparity-r1-privileged",
    ]


def test_plans_of_two_runs_have_one_fingerprint_and_other_images_another() -> None:
    other = plan_fleet(read_inventory(None), run_id="r1", agnhost="agnhost:2", capture=None)

    assert fingerprint_of(plan("r1")) == fingerprint_of(plan("r2"))
    assert fingerprint_of(plan("r1")) != fingerprint_of(other)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        pytest.param("doomed-linux-kernel-0", {"phase": "Failed"}, id="ended"),
        pytest.param(
            "quiet-linux-kernel-0",
            {"containerStatuses": [{"name": "a"}, {"name": "b", "restartCount": 1}]},
            id="a-container-was-started-again",
        ),
    ],
)
def test_pods_that_ended_in_a_kept_fleet_are_made_again(name: str, status: JsonObject) -> None:
    cluster = FakeCluster()
    deploy(cluster, plan(), fingerprint="f", kept=True)
    path = f"/api/v1/namespaces/netparity-r1/pods/{name}"
    cluster.patch(path, {"status": status})

    standing = revive(cluster, plan())

    assert path not in standing
    assert cluster.find(path) is None
    assert len(cluster.paths("/pods/")) == len(plan().pods) - 1


def test_what_stands_of_a_kept_fleet_is_not_asked_for_again() -> None:
    cluster = FakeCluster()
    first = deploy(cluster, plan(), fingerprint="f", kept=True)
    gone = "/api/v1/namespaces/netparity-r1/pods/doomed-linux-kernel-0"
    cluster.delete(gone)
    cluster.calls.clear()

    second = deploy(cluster, plan(), fingerprint="f", kept=True, standing=revive(cluster, plan()))

    assert second.services == first.services
    assert cluster.find(gone) is not None
    made = [path for verb, path in cluster.calls if verb == "create"]
    assert [path for path in made if path.endswith(("/pods", "/services"))] == [
        "/api/v1/namespaces/netparity-r1/pods"
    ]
