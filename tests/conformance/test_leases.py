"""A fleet is one run's at a time, and a dead run's fleet is known by its silence, on one clock."""

from collections.abc import Iterator

import pytest

from conformance import timeouts
from conformance.asking import read_inventory
from conformance.dead_fleets import DeadFleets, LeaseWatch
from conformance.deployment import deploy
from conformance.errors import ClusterError
from conformance.leases import Heartbeat, find_fleets, lease_path
from conformance.objects import JsonObject
from conformance.plan import FleetPlan
from conformance.planning import plan_fleet
from conformance.waiting import Clock, eventually
from tests.conformance.fake_cluster import FakeCluster

LEASE = lease_path("netparity-r1")


def plan(run_id: str = "r1") -> FleetPlan:
    return plan_fleet(read_inventory(None), run_id=run_id, agnhost="agnhost:1", capture=None)


def unused(error: Exception) -> None:
    raise AssertionError from error


def holder(cluster: FakeCluster) -> object:
    spec = cluster.get(LEASE)["spec"]
    assert isinstance(spec, dict)
    return spec.get("holderIdentity")


class Hands:
    """A clock whose hands are moved by the test."""

    def __init__(self) -> None:
        self.now = 1000.0

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.now)


@pytest.fixture
def cluster() -> FakeCluster:
    """A cluster with the fleet of a run in it, whose Lease is not made yet."""
    cluster = FakeCluster()
    deploy(cluster, plan(), fingerprint="f", kept=False)
    return cluster


@pytest.fixture
def heartbeat(cluster: FakeCluster) -> Iterator[Heartbeat]:
    """What holds the Lease of that fleet."""
    heartbeat = Heartbeat(cluster, plan(), on_error=unused)
    assert heartbeat.claim(None)
    yield heartbeat
    heartbeat.stop()


def renewed_at(cluster: FakeCluster, time: str) -> None:
    cluster.patch(LEASE, {"spec": {"renewTime": time}})


def test_fleets_are_found_with_their_leases(cluster: FakeCluster, heartbeat: Heartbeat) -> None:
    del heartbeat
    deploy(cluster, plan("r2"), fingerprint="f", kept=True)

    first, second = find_fleets(cluster)

    assert (first.run_id, first.kept, first.namespaces) == ("r1", False, plan().namespaces)
    assert first.lease is not None
    assert first.lease.holder == holder(cluster)
    assert first.lease.duration == timeouts.LEASE
    assert (second.run_id, second.kept, second.lease) == ("r2", True, None)


@pytest.mark.parametrize("going", ["netparity-r1", "netparity-r1-privileged"])
def test_a_fleet_that_is_being_removed_is_nobodys(cluster: FakeCluster, going: str) -> None:
    cluster.patch(
        f"/api/v1/namespaces/{going}", {"metadata": {"deletionTimestamp": "2026-01-02T03:04:05Z"}}
    )

    assert find_fleets(cluster) == ()


def test_of_two_that_claim_a_lease_as_both_saw_it_one_has_it(
    cluster: FakeCluster, heartbeat: Heartbeat
) -> None:
    heartbeat.release()
    (seen,) = find_fleets(cluster)
    rivals = [Heartbeat(cluster, plan(), on_error=unused) for _ in range(2)]

    claimed = [rival.claim(seen.lease) for rival in rivals]
    for rival in rivals:
        rival.stop()

    assert claimed == [True, False]


def test_of_two_that_make_a_lease_one_has_it(cluster: FakeCluster, heartbeat: Heartbeat) -> None:
    del heartbeat

    assert not Heartbeat(cluster, plan(), on_error=unused).claim(None)


def test_a_released_lease_has_no_holder(cluster: FakeCluster, heartbeat: Heartbeat) -> None:
    heartbeat.release()

    (found,) = find_fleets(cluster)
    assert found.lease is not None
    assert found.lease.holder == ""


def test_a_lease_that_another_run_took_is_neither_renewed_nor_released(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeouts, "LEASE_RENEWAL", 0.02)
    errors: list[Exception] = []
    sleeper = Heartbeat(cluster, plan(), on_error=errors.append)
    sleeper.claim(None)
    cluster.patch(LEASE, {"spec": {"holderIdentity": "another"}})

    eventually(lambda: errors, bool, what="the loss was told", timeout=5)
    with pytest.raises(ClusterError, match=r"held by another run \(another\)"):
        sleeper.release()

    assert "held by another run (another)" in str(errors[0])
    assert holder(cluster) == "another"


@pytest.mark.parametrize("says", ["2001-01-01T00:00:00.000000Z", "2999-01-01T00:00:00.000000Z"])
def test_a_run_lives_whose_lease_changes_whatever_its_clock_says(
    cluster: FakeCluster, heartbeat: Heartbeat, says: str
) -> None:
    del heartbeat
    renewed_at(cluster, says)
    hands = Hands()
    watch = LeaseWatch(cluster, find_fleets(cluster), clock=hands.clock)

    renewed_at(cluster, says.replace("00:00.0", "00:10.0"))
    hands.now += timeouts.LEASE * 2

    assert watch.look() == ()
    assert watch.undecided == ()


@pytest.mark.parametrize("says", ["2001-01-01T00:00:00.000000Z", "2999-01-01T00:00:00.000000Z"])
def test_a_run_is_dead_whose_lease_does_not_change_whatever_its_clock_said(
    cluster: FakeCluster, heartbeat: Heartbeat, says: str
) -> None:
    del heartbeat
    renewed_at(cluster, says)
    hands = Hands()
    watch = LeaseWatch(cluster, find_fleets(cluster), clock=hands.clock)

    hands.now += timeouts.LEASE - 1
    assert watch.look() == ()
    assert watch.longest == 1
    hands.now += 1

    assert watch.look() == find_fleets(cluster)
    assert watch.undecided == ()


def test_a_run_that_never_came_to_its_lease_is_dead_in_the_end(cluster: FakeCluster) -> None:
    hands = Hands()
    watch = LeaseWatch(cluster, find_fleets(cluster), clock=hands.clock)

    hands.now += timeouts.LEASE

    assert [fleet.run_id for fleet in watch.look()] == ["r1"]


def test_a_run_that_comes_to_its_lease_lives(cluster: FakeCluster) -> None:
    hands = Hands()
    watch = LeaseWatch(cluster, find_fleets(cluster), clock=hands.clock)
    late = Heartbeat(cluster, plan(), on_error=unused)
    late.claim(None)
    late.stop()
    hands.now += timeouts.LEASE

    assert watch.look() == ()
    assert watch.undecided == ()


def test_a_lease_that_cannot_be_read_says_nothing_of_its_run(
    cluster: FakeCluster, heartbeat: Heartbeat
) -> None:
    del heartbeat
    hands = Hands()
    watch = LeaseWatch(cluster, find_fleets(cluster), clock=hands.clock)
    hands.now += timeouts.LEASE
    cluster.refuse.add(("get", "/leases/"))

    with pytest.raises(ClusterError):
        watch.look()
    assert len(watch.undecided) == 1

    cluster.refuse.clear()
    assert watch.look() == ()
    assert watch.longest == timeouts.LEASE
    hands.now += timeouts.LEASE
    assert [fleet.run_id for fleet in watch.look()] == ["r1"]


def test_a_dead_run_is_told_though_another_lease_cannot_be_read(cluster: FakeCluster) -> None:
    deploy(cluster, plan("r2"), fingerprint="f", kept=False)
    hands = Hands()
    watch = LeaseWatch(cluster, find_fleets(cluster), clock=hands.clock)
    hands.now += timeouts.LEASE
    cluster.refuse.add(("get", "netparity-r2/"))

    assert [fleet.run_id for fleet in watch.look()] == ["r1"]
    assert [fleet.run_id for fleet in watch.undecided] == ["r2"]


def test_the_time_that_an_answer_takes_says_nothing_of_a_run(
    cluster: FakeCluster, heartbeat: Heartbeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    del heartbeat
    hands = Hands()
    watch = LeaseWatch(cluster, find_fleets(cluster), clock=hands.clock)
    find = FakeCluster.find

    def slow(cluster: FakeCluster, path: str) -> JsonObject | None:
        hands.now += timeouts.LEASE
        return find(cluster, path)

    monkeypatch.setattr(FakeCluster, "find", slow)

    assert watch.look() == ()
    assert len(watch.undecided) == 1


class TestDeadFleets:
    @pytest.fixture(autouse=True)
    def _short(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(timeouts, "LEASE", 1.0)
        monkeypatch.setattr(timeouts, "LEASE_RENEWAL", 0.1)

    def test_they_go_while_the_run_goes_on(self, cluster: FakeCluster) -> None:
        told: list[str] = []
        dead = DeadFleets(cluster, find_fleets(cluster), tell=told.append, note=told.append)

        eventually(
            lambda: cluster.paths("netparity-r1"),
            lambda left: not left,
            what="the dead fleet is gone",
            timeout=5,
        )
        dead.stop()

        assert told == ["  removing the fleet of run r1, which is dead"]

    def test_at_the_end_it_is_waited_for_what_is_not_known_yet(self, cluster: FakeCluster) -> None:
        told: list[str] = []
        dead = DeadFleets(cluster, find_fleets(cluster), tell=told.append, note=told.append)

        dead.finish()

        assert told[0] == "waiting up to 1 s to see whether other runs are dead: r1"
        assert cluster.paths("netparity-r1") == []

    def test_living_ones_stay(self, cluster: FakeCluster, heartbeat: Heartbeat) -> None:
        told: list[str] = []
        dead = DeadFleets(cluster, find_fleets(cluster), tell=told.append, note=told.append)

        dead.finish()

        assert holder(cluster)
        assert not [line for line in told if "removing" in line]
        heartbeat.stop()

    def test_at_the_end_what_is_left_of_them_is_told(
        self, cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(timeouts, "FLEET_REMOVED", 0.2)
        cluster.sticky.add("/api/v1/namespaces/netparity-r1")
        told: list[str] = []
        dead = DeadFleets(cluster, find_fleets(cluster), tell=told.append, note=told.append)

        dead.finish()

        assert told[-1] == "left of dead runs: kubectl delete namespace netparity-r1"

    def test_what_cannot_be_removed_is_noted(self, cluster: FakeCluster) -> None:
        cluster.refuse.add(("delete", "/api/v1/namespaces"))
        notes: list[str] = []
        dead = DeadFleets(cluster, find_fleets(cluster), tell=lambda _: None, note=notes.append)

        dead.finish()

        assert notes[0].startswith("the fleet of run r1 stays: delete /api/v1/namespaces")
        assert cluster.paths("netparity-r1")
