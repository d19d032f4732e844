"""A run leaves a report and no fleet, whatever happens between its beginning and its end."""

import signal
from pathlib import Path

import pytest

from conformance.errors import ClusterError, Forbidden, UsageError
from conformance.journal import Journal, write_value
from conformance.phases import PHASES_FILE, Phases
from conformance.run import REPORT_FILE, Run
from conformance.settings import RunSettings
from tests.conformance.fake_cluster import FakeCluster, node
from tests.conformance.runs import Told, prepared
from verdicts.report import Report


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster(nodes=[node("linux-a"), node("linux-b")])


@pytest.fixture
def told() -> Told:
    return Told()


def test_server_and_nodes_are_told_before_anything_is_created(
    cluster: FakeCluster, told: Told, tmp_path: Path
) -> None:
    cluster.refuse.add(("create", "/namespaces"))

    with pytest.raises(Forbidden):
        prepared(cluster, told, tmp_path)

    assert told[0] == "https://192.0.2.1:6443  Kubernetes v1.37.2"
    assert any(line.startswith("  linux-a: linux, service proxy") for line in told)
    assert cluster.paths("netparity") == []


@pytest.mark.parametrize("step", range(0, 30, 4))
def test_nothing_is_left_of_a_fleet_that_could_not_be_made(
    cluster: FakeCluster, told: Told, tmp_path: Path, step: int
) -> None:
    cluster.fail_after = step

    with pytest.raises(ClusterError):
        prepared(cluster, told, tmp_path)

    assert cluster.paths("netparity") == []


def test_a_closed_run_leaves_nothing_and_says_how_long_it_took(
    cluster: FakeCluster, told: Told, tmp_path: Path
) -> None:
    run = prepared(cluster, told, tmp_path)
    assert cluster.paths("netparity")
    with run.asking():
        pass
    run.fold(pytest_exit=0)

    assert run.close() == ()
    assert run.close() == ()
    assert cluster.paths("netparity") == []
    phases = Phases.model_validate_json((tmp_path / PHASES_FILE).read_bytes())
    assert [phase.name for phase in phases.phases] == [
        "discover",
        "create fleet",
        "suites",
        "fold",
        "remove fleet",
    ]


def test_a_report_is_written_of_a_run_that_asked_nothing(
    cluster: FakeCluster, told: Told, tmp_path: Path
) -> None:
    run = prepared(cluster, told, tmp_path)

    path = run.fold(pytest_exit=None)
    run.close()

    report = Report.model_validate_json(path.read_bytes())
    assert path == tmp_path / REPORT_FILE
    assert not report.provenance.complete
    assert run.exit_code() == 2


def test_a_run_of_one_node_places_the_same_fleet_and_judges_that_node_alone(
    told: Told, tmp_path: Path
) -> None:
    nodes = [node("linux-a"), node("linux-b", labels={"pool": "old"})]
    options = {"platform": ["windows-2016=pool=old"]}
    whole = prepared(FakeCluster(nodes=nodes), told, tmp_path / "whole", **options)
    run = prepared(FakeCluster(nodes=nodes), told, tmp_path / "one", node=["linux-b"], **options)
    assert whole.owner.deployment is not None
    assert run.owner.deployment is not None

    report = Report.model_validate_json(run.fold(pytest_exit=0).read_bytes())

    assert [pod.name for pod in run.owner.deployment.plan.pods] == [
        pod.name for pod in whole.owner.deployment.plan.pods
    ]
    assert [judged.node.name for judged in report.inventory.judged] == ["linux-b"]
    assert [judged.node.name for judged in run.asked] == ["linux-b"]
    assert "--node=linux-b" in run.child_arguments
    run.close()
    whole.close()


def test_a_node_that_would_not_be_judged_cannot_be_asked(
    cluster: FakeCluster, told: Told, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="--node linux-z: no such node would be judged; one of"):
        prepared(cluster, told, tmp_path, node=["linux-z"])

    assert cluster.paths("netparity") == []


def test_a_required_platform_that_is_not_asked_is_missing(told: Told, tmp_path: Path) -> None:
    nodes = [node("linux-a"), node("linux-b", labels={"pool": "old"})]
    run = prepared(
        FakeCluster(nodes=nodes),
        told,
        tmp_path,
        node=["linux-a"],
        platform=["windows-2016=pool=old"],
        require_platform=["windows-2016"],
    )
    run.close()

    assert "no node of the required platform windows-2016" in run.problems[0]


def test_the_labs_patience_is_for_no_other_cluster(
    cluster: FakeCluster, told: Told, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="--patience lab: no node here is emulated"):
        prepared(cluster, told, tmp_path, patience="lab")

    assert cluster.paths("netparity") == []


def test_a_fleet_that_may_not_be_removed_is_told_with_the_command_that_does(
    cluster: FakeCluster, told: Told, tmp_path: Path
) -> None:
    run = prepared(cluster, told, tmp_path)
    cluster.refuse.add(("delete", "/api/v1/namespaces"))

    left = run.close()

    assert len(left) == 2
    assert "the fleet was not removed: delete /api/v1/namespaces" in told.text
    assert f"kubectl delete namespace {' '.join(left)}" in told.text


def test_a_policy_that_selects_the_runs_pods_is_told_in_its_report(
    cluster: FakeCluster, told: Told, tmp_path: Path
) -> None:
    run = prepared(cluster, told, tmp_path)
    assert run.owner.deployment is not None
    namespace = run.owner.deployment.plan.namespace
    path = f"/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies/default-deny"
    # As a policy engine makes it once it sees a new namespace.
    cluster.objects[path] = {
        "metadata": {"name": "default-deny", "namespace": namespace},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
    }

    report = Report.model_validate_json(run.fold(pytest_exit=0).read_bytes())
    run.close()

    assert [policy.isolates for policy in report.inventory.policies] == [True]
    assert (
        f"NetworkPolicy {namespace}/default-deny isolates the run's pods (Ingress)"
        in report.provenance.notes
    )


def test_policies_that_could_not_be_asked_about_are_told(
    cluster: FakeCluster, told: Told, tmp_path: Path
) -> None:
    run = prepared(cluster, told, tmp_path)
    cluster.refuse.add(("list", "networkpolicies"))

    report = Report.model_validate_json(run.fold(pytest_exit=0).read_bytes())
    run.close()

    assert any("not known whether the run's pods are free" in n for n in report.provenance.notes)


def test_a_required_platform_that_is_missing_ends_with_2_and_a_report(
    cluster: FakeCluster, told: Told, tmp_path: Path
) -> None:
    run = prepared(cluster, told, tmp_path, require_platform=["windows-2022"])
    path = run.fold(pytest_exit=0)
    run.close()

    report = Report.model_validate_json(path.read_bytes())
    assert report.provenance.notes[0].startswith("no node of the required platform windows-2022")
    assert run.exit_code() == 2


def test_a_node_that_is_not_ready_is_told_and_nothing_placed_there(
    told: Told, tmp_path: Path
) -> None:
    cluster = FakeCluster(nodes=[node("linux-a", ready=False)])

    run = prepared(cluster, told, tmp_path)
    report = Report.model_validate_json(run.fold(pytest_exit=0).read_bytes())
    run.close()

    assert "linux-a: linux" in told.text
    assert "NotReady: KubeletNotReady cni config uninitialized" in told.text
    assert any("is NotReady" in note for note in report.provenance.notes)
    assert run.exit_code() == 2


def test_a_selector_that_is_none_is_a_usage_error_before_anything_is_created(
    cluster: FakeCluster, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = cluster.list

    def strict(path: str, *, selector: str = "") -> list[object]:
        if selector == "a in":
            raise ClusterError("unable to parse", next_step="read it", status=400)
        return listing(path, selector=selector)  # type: ignore[return-value]  # passed on

    monkeypatch.setattr(cluster, "list", strict)

    with pytest.raises(UsageError, match="'a in' is no label selector"):
        prepared(cluster, told, tmp_path, platform=["windows-2016=a in"])
    assert cluster.paths("netparity") == []


def test_a_signal_during_removal_waits_for_its_end(
    cluster: FakeCluster, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = prepared(cluster, told, tmp_path)
    deleting = cluster.delete

    def interrupted(path: str, *, grace: int | None = None) -> None:
        signal.raise_signal(signal.SIGINT)
        deleting(path, grace=grace)

    monkeypatch.setattr(cluster, "delete", interrupted)

    assert run.close() == ()
    assert cluster.paths("netparity") == []
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_while_the_fleet_is_made_removes_what_is_there(
    cluster: FakeCluster, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("conformance.leases.Heartbeat.claim", interrupt)

    with pytest.raises(KeyboardInterrupt):
        prepared(cluster, told, tmp_path)

    assert cluster.paths("netparity") == []


def test_the_newest_run_is_found_under_latest(
    cluster: FakeCluster, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ARTIFACTS", raising=False)
    settings = RunSettings.parsed(kubeconfig="/dev/null")

    for _ in range(2):
        run = Run.prepare(settings, tell=told, cluster=cluster)
        run.fold(pytest_exit=0)
        run.close()

    assert (tmp_path / "out" / "latest").resolve() == run.directory
    assert len([p for p in (tmp_path / "out").iterdir() if not p.is_symlink()]) == 2


def test_a_torn_journal_makes_the_report_incomplete(
    cluster: FakeCluster, told: Told, tmp_path: Path
) -> None:
    run = prepared(cluster, told, tmp_path)
    (tmp_path / "journal.jsonl").write_text('{"key": "x\n', encoding="utf-8")

    report = Report.model_validate_json(run.fold(pytest_exit=0).read_bytes())
    run.close()

    assert Journal(tmp_path).read()[1] == report.provenance.notes[-1:]
    assert not report.provenance.complete
    write_value(tmp_path / "again.json", report)
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / REPORT_FILE).read_bytes()
