"""Fleets of several runs: kept ones, those in use, and those of the dead."""

from pathlib import Path

import pytest

from conformance import manifests, timeouts
from conformance.leases import find_fleets, lease_path
from conformance.objects import ApiPod, JsonObject, read
from conformance.plan import FleetPlan, PlannedService
from conformance.run import Run
from conformance.waiting import eventually
from tests.conformance.fake_cluster import FakeCluster, node
from tests.conformance.runs import Told, prepared
from tests.verdicts.records import judged, record
from verdicts.findings import Finding
from verdicts.report import Cell
from verdicts.vocabulary import Agreement, Feature, Origin, Verdict


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster(nodes=[node("linux-a"), node("linux-b")])


@pytest.fixture
def told() -> Told:
    return Told()


def test_a_kept_fleet_is_found_again_and_kept(
    cluster: FakeCluster, told: Told, tmp_path: Path
) -> None:
    first = prepared(cluster, told, tmp_path / "one", reuse_fleet=True)
    first.close()
    before = cluster.paths("netparity")
    second = prepared(cluster, told, tmp_path / "two", reuse_fleet=True)
    second.close()

    assert cluster.paths("netparity") == before
    assert "is used again" in told.text
    assert "the fleet is kept; remove it with: kubectl delete namespace netparity-" in told.text


def test_a_kept_fleet_that_has_more_than_is_needed_is_used_again(
    cluster: FakeCluster, told: Told, tmp_path: Path
) -> None:
    first = prepared(cluster, told, tmp_path / "one", reuse_fleet=True, check=["dns-over-tcp"])
    first.close()
    before = cluster.paths("netparity")
    second = prepared(cluster, told, tmp_path / "two", reuse_fleet=True)
    second.close()

    assert cluster.paths("netparity") == before
    assert first.owner.deployment is not None
    assert second.owner.deployment is not None
    assert second.owner.deployment.plan == first.owner.deployment.plan


def test_a_kept_fleet_that_lacks_what_is_needed_is_left_alone(
    cluster: FakeCluster, told: Told, tmp_path: Path
) -> None:
    prepared(cluster, told, tmp_path / "one", reuse_fleet=True).close()
    prepared(cluster, told, tmp_path / "two", reuse_fleet=True, profile="full").close()

    assert len(find_fleets(cluster)) == 2


@pytest.fixture
def short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeouts, "LEASE", 1.0)
    monkeypatch.setattr(timeouts, "LEASE_RENEWAL", 0.1)


@pytest.mark.usefixtures("short_leases")
def test_a_fleet_in_use_is_not_used_by_a_second_run(
    cluster: FakeCluster, told: Told, tmp_path: Path
) -> None:
    first = prepared(cluster, told, tmp_path / "one", reuse_fleet=True)
    second = prepared(cluster, told, tmp_path / "two", reuse_fleet=True)

    assert len(find_fleets(cluster)) == 2
    assert "waiting up to 1 s to see whether" in told.text
    assert ": not used again" in told.text
    first.close()
    second.close()


@pytest.mark.usefixtures("short_leases")
def test_a_kept_fleet_whose_run_was_killed_is_used_again(
    cluster: FakeCluster, told: Told, tmp_path: Path
) -> None:
    killed(prepared(cluster, told, tmp_path / "one", reuse_fleet=True))

    prepared(cluster, told, tmp_path / "two", reuse_fleet=True).close()

    assert len(find_fleets(cluster)) == 1
    assert "is used again" in told.text


@pytest.mark.usefixtures("short_leases")
def test_a_run_whose_fleet_another_has_taken_ends_as_one_that_could_not_ask(
    cluster: FakeCluster, told: Told, tmp_path: Path
) -> None:
    run = prepared(cluster, told, tmp_path, reuse_fleet=True)
    assert not run.owner.has_lost_its_fleet
    assert run.owner.deployment is not None
    lease = lease_path(run.owner.deployment.plan.namespace)
    cluster.patch(lease, {"spec": {"holderIdentity": "another"}})

    eventually(lambda: run.owner.has_lost_its_fleet, bool, what="the loss was noticed", timeout=5)
    run.fold(pytest_exit=0)
    run.close()

    assert run.report is not None
    said = record("cni-distinct-addresses", judged("linux"), Finding.passed("distinct"))
    fine = Cell(
        feature=Feature.CNI_PLUGIN,
        platform="linux",
        verdict=Verdict.SUPPORTED,
        origin=Origin.MEASURED,
        agreement=Agreement.AS_EXPECTED,
        seen="",
    )
    run.report = run.report.model_copy(update={"evidence": (said,), "cells": (fine,)})
    assert run.exit_code() == 2
    run.owner.has_lost_its_fleet = False
    assert run.exit_code() == 0
    assert "held by another run (another)" in " ".join(run.owner.notes)


def test_of_two_runs_that_find_a_kept_fleet_at_once_one_has_it(
    cluster: FakeCluster, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(cluster, told, tmp_path / "kept", reuse_fleet=True).close()
    found = find_fleets(cluster)
    monkeypatch.setattr("conformance.ownership.find_fleets", lambda _: found)

    first = prepared(cluster, told, tmp_path / "one", reuse_fleet=True)
    second = prepared(cluster, told, tmp_path / "two", reuse_fleet=True)

    used = [run.owner.deployment.plan.run_id for run in (first, second) if run.owner.deployment]
    assert used[0] == found[0].run_id
    assert used[1] != found[0].run_id
    assert f"the fleet of run {found[0].run_id} was just taken by another run" in told.text
    first.close()
    second.close()


@pytest.mark.parametrize("part", ["", "-privileged"])
def test_a_fleet_that_is_being_removed_by_now_is_not_used_again(
    part: str, cluster: FakeCluster, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(cluster, told, tmp_path / "kept", reuse_fleet=True).close()
    found = find_fleets(cluster)
    monkeypatch.setattr("conformance.ownership.find_fleets", lambda _: found)
    going: JsonObject = {"metadata": {"deletionTimestamp": "2026-01-02T03:04:05Z"}}
    cluster.patch(f"/api/v1/namespaces/netparity-{found[0].run_id}{part}", going)

    second = prepared(cluster, told, tmp_path / "second", reuse_fleet=True)

    assert second.owner.deployment is not None
    assert second.owner.deployment.plan.run_id != found[0].run_id
    assert f"the fleet of run {found[0].run_id} is being removed: not used again" in told.text
    second.close()


@pytest.fixture
def kept(cluster: FakeCluster, told: Told, tmp_path: Path) -> FleetPlan:
    run = prepared(cluster, told, tmp_path / "kept", reuse_fleet=True)
    run.close()
    assert run.owner.deployment is not None
    return run.owner.deployment.plan


def test_a_pod_that_is_ending_in_a_kept_fleet_is_made_again(
    kept: FleetPlan, cluster: FakeCluster, told: Told, tmp_path: Path
) -> None:
    path = kept.pods[0].path
    cluster.patch(path, {"metadata": {"deletionTimestamp": "2026-01-02T03:04:05Z"}})

    prepared(cluster, told, tmp_path / "second", reuse_fleet=True).close()

    assert "deletionTimestamp" not in str(cluster.get(path))


def test_what_a_killed_check_left_in_a_kept_fleet_is_removed(
    kept: FleetPlan, cluster: FakeCluster, told: Told, tmp_path: Path
) -> None:
    before = cluster.paths(kept.namespace)
    left = PlannedService(name="follow-linux-kernel-0", namespace=kept.namespace)
    cluster.create(manifests.service(left, run_id=kept.run_id))
    pod = kept.pods[0].model_copy(update={"name": "mover-a-linux-kernel-0"})
    cluster.create(manifests.pod(pod, run_id=""))

    prepared(cluster, told, tmp_path / "second", reuse_fleet=True).close()

    assert cluster.paths(kept.namespace) == before


def test_labels_that_a_killed_check_left_are_as_planned_again(
    kept: FleetPlan, cluster: FakeCluster, told: Told, tmp_path: Path
) -> None:
    pod = next(pod for pod in kept.pods if pod.backs)
    before = read(ApiPod, cluster.get(pod.path)).metadata.labels
    taken = f"netparity.local/backs-{pod.backs[0]}"
    cluster.label(pod.path, {taken: None, "netparity.local/backs-flow": "true", "mesh": "theirs"})

    prepared(cluster, told, tmp_path / "second", reuse_fleet=True).close()

    assert read(ApiPod, cluster.get(pod.path)).metadata.labels == {**before, "mesh": "theirs"}


def killed(run: Run) -> str:
    """Leave a run's fleet as kill -9 leaves it: there, and renewed by nobody."""
    heartbeat = run.owner._heartbeat
    assert heartbeat is not None
    assert run.owner.deployment is not None
    heartbeat.stop()
    return run.owner.deployment.plan.run_id


@pytest.mark.usefixtures("short_leases")
def test_a_fleet_of_a_dead_run_is_removed_by_the_next_one(
    cluster: FakeCluster, told: Told, tmp_path: Path
) -> None:
    run_id = killed(prepared(cluster, told, tmp_path / "one"))

    second = prepared(cluster, told, tmp_path / "two")
    second.fold(pytest_exit=0)
    second.close()

    assert cluster.paths("netparity") == []
    assert f"removing the fleet of run {run_id}, which is dead" in told.text


def test_a_foreign_fleet_delays_no_beginning_and_no_end_that_was_forced(
    cluster: FakeCluster, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(prepared(cluster, told, tmp_path / "one"))
    asked = len(cluster.calls)

    def wait(*_: object, **__: object) -> None:
        raise AssertionError("it waited")

    monkeypatch.setattr("conformance.dead_fleets.eventually", wait)
    second = prepared(cluster, told, tmp_path / "two")
    second.fold(pytest_exit=2)
    second.close()

    leases = [call for call in cluster.calls[asked:] if "/leases" in call[1]]
    assert [verb for verb, _ in leases] == ["get", "create"]


def test_waiting_for_the_dead_can_be_interrupted(
    cluster: FakeCluster, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(prepared(cluster, told, tmp_path / "one"))
    second = prepared(cluster, told, tmp_path / "two")
    second.fold(pytest_exit=0)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("conformance.dead_fleets.eventually", interrupted)

    assert second.close() == ()
    assert "not waited for" in told.text


def test_two_runs_at_once_leave_each_other_alone(
    cluster: FakeCluster, told: Told, tmp_path: Path
) -> None:
    first = prepared(cluster, told, tmp_path / "one")
    second = prepared(cluster, told, tmp_path / "two")

    first.close()

    (left,) = find_fleets(cluster)
    assert second.owner.deployment is not None
    assert left.run_id == second.owner.deployment.plan.run_id
    second.close()
