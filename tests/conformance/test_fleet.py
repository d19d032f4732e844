"""Pods are given out once they are ready; whoever waits in vain is told why."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from conformance import timeouts
from conformance.cluster import Answer
from conformance.errors import Forbidden, NoEvidence, NotReadyError
from conformance.handles import NodeUnderTest
from conformance.probes import paths
from conformance.timeouts import FIELD
from tests.conformance.asked_fleet import asking
from tests.conformance.fake_cluster import FakeCluster
from verdicts.checks import Witness
from verdicts.claims.paths import the_kubelet_reaches_its_pods
from verdicts.vocabulary import Outcome

if TYPE_CHECKING:
    from conformance.objects import JsonObject


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster()


def test_the_judged_node_has_what_was_placed_for_it(cluster: FakeCluster, tmp_path: Path) -> None:
    node = asking(cluster, tmp_path).node("windows-1709-kernel-0")

    assert [c.name for c in node.probe_pod.containers] == ["a", "b", "c"]
    assert {pod.node for pod in node.peers_same_node} == {node.judged.node.name}
    assert {pod.platform for pod in node.peers_other_node} == {"windows-1709", "linux"}
    assert len(node.services.lb.backends) == 3
    assert node.services.lb.udp_port == 81
    assert node.services.twin.cluster_ip != node.services.twin_elsewhere.cluster_ip
    assert node.services.twin.fqdn == "twin.netparity-r1.svc.cluster.local"
    assert node.services.empty.backends == ()


def test_serving_pods_are_neither_doomed_nor_evidence(
    cluster: FakeCluster, tmp_path: Path
) -> None:
    fleet = asking(cluster, tmp_path).fleet

    names = [pod.name for pod in fleet.pods(platform="linux")]

    assert len(names) >= 12
    assert not [name for name in names if name.startswith(("doomed", "evidence"))]


def test_a_backend_is_enlisted_and_dismissed_by_its_label(
    cluster: FakeCluster, tmp_path: Path
) -> None:
    node = asking(cluster, tmp_path).node("linux-kernel-0")
    service, peer = node.services.scale, node.peers_same_node[0]
    assert service.selector is not None
    key, value = service.selector

    service.enlist(peer)
    assert f"'{key}': '{value}'" in str(cluster.get(peer.path))

    service.dismiss(peer)
    assert key not in str(cluster.get(peer.path))


def let_run_unready(cluster: FakeCluster, node: NodeUnderTest) -> None:
    """Let the pods of a node run, each with an address, and never be found ready."""
    unready: JsonObject = {"type": "Ready", "status": "False", "message": "unready status: [a]"}
    for number, name in enumerate((f"probe-{node.id}", *node.peer_names), start=2):
        path = f"/api/v1/namespaces/netparity-r1/pods/{name}"
        containers = "abc" if name.startswith("probe") else "a"
        cluster.patch(
            path,
            {
                "status": {
                    "phase": "Running",
                    "conditions": [unready],
                    "podIP": f"10.244.7.{number}",
                    "containerStatuses": [
                        {"name": each, "state": {"running": {}}} for each in containers
                    ],
                }
            },
        )


def test_a_pod_that_runs_and_is_never_found_ready_can_be_had_as_such(
    cluster: FakeCluster, tmp_path: Path
) -> None:
    patience = replace(FIELD, ready_after_running=0.0, pod_ready={"linux": 0.5, "windows": 0.5})
    node = asking(cluster, tmp_path, patience=patience).node("linux-kernel-0")
    let_run_unready(cluster, node)

    assert [pod.ip for pod in node.running_pods][:2] == ["10.244.7.2", "10.244.7.3"]
    with pytest.raises(NotReadyError, match=r"out of time: unready status: \[a\]"):
        node.fleet.pod(node.running_probe_pod.name)


def test_a_pod_that_runs_unready_is_given_up_before_its_time_is_out(
    cluster: FakeCluster, tmp_path: Path
) -> None:
    patience = replace(FIELD, unready_given_up=0.2)
    node = asking(cluster, tmp_path, patience=patience).node("linux-kernel-0")
    let_run_unready(cluster, node)

    with pytest.raises(NotReadyError, match=r"out of time: unready status: \[a\]"):
        node.fleet.pod("probe-linux-kernel-0")


def test_a_pod_is_not_given_out_unready_before_its_kubelet_had_its_time(
    cluster: FakeCluster, tmp_path: Path
) -> None:
    patience = replace(FIELD, ready_after_running=0.4)
    node = asking(cluster, tmp_path, patience=patience).node("linux-kernel-0")
    let_run_unready(cluster, node)
    began = time.monotonic()

    pod = node.running_probe_pod

    assert time.monotonic() - began >= 0.4
    assert pod.ip == "10.244.7.2"


def test_a_pod_that_does_not_run_is_not_given_out_as_running(
    cluster: FakeCluster, tmp_path: Path
) -> None:
    cluster.pod_state = {"phase": "Pending"}
    fleet = asking(cluster, tmp_path, age=FIELD.pod_ready["linux"]).fleet

    with pytest.raises(NotReadyError, match="not ready - out of time: phase Pending"):
        fleet.running("quiet-linux-kernel-0")


def test_a_kubelet_that_does_not_reach_its_pods_fails_its_check_though_none_is_ready(
    cluster: FakeCluster, tmp_path: Path
) -> None:
    asked = asking(cluster, tmp_path, patience=replace(FIELD, ready_after_running=0.0))
    node = asked.node("linux-kernel-0")
    let_run_unready(cluster, node)
    names = {pod.ip: pod.name for pod in node.running_pods}

    def serve(pod: str, _port: int, request: str) -> Answer:
        query = parse_qs(urlsplit(request).query)
        if "host" in query:
            return Answer(200, json.dumps({"responses": [names[query["host"][0]]]}))
        return Answer(200, pod)

    cluster.serve = serve

    taken = asked.witnesses.take(node, {Witness.TRANSPORT, Witness.OWN_ADDRESS})
    witnesses = [asked.journal.find(line.key) for line in taken]
    finding = the_kubelet_reaches_its_pods(paths.kubelet_probes(node))

    assert [each and each.finding.outcome for each in witnesses] == [Outcome.PASS, Outcome.PASS]
    assert (finding.outcome, finding.code) == (Outcome.FAIL, "never-ready"), finding.seen


@pytest.mark.parametrize(
    ("state", "told", "next_step"),
    [
        (
            {"containerStatuses": [{"name": "a", "state": {"waiting": {"reason": "ErrImageNeverPull", "message": "not present"}}}]},
            "it cannot start: ErrImageNeverPull not present",
            "agnhost:1, or name another --agnhost-image",
        ),
        (
            {"phase": "Failed", "reason": "DeadlineExceeded", "message": "too long"},
            "it ended as Failed: DeadlineExceeded too long",
            "describe pod quiet-linux-kernel-0",
        ),
    ],
)  # fmt: skip
def test_a_pod_that_cannot_become_ready_is_not_waited_for(
    cluster: FakeCluster, tmp_path: Path, state: dict[str, object], told: str, next_step: str
) -> None:
    cluster.pod_state = {"phase": "Pending", **state}
    fleet = asking(cluster, tmp_path).fleet

    with pytest.raises(NotReadyError) as error:
        fleet.pod("quiet-linux-kernel-0")

    assert f"quiet-linux-kernel-0 on sample-linux-kernel - not ready - {told}" in str(error.value)
    assert next_step in str(error.value)


def test_an_image_that_cannot_be_pulled_is_named_after_its_grace(
    cluster: FakeCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeouts, "IMAGE_PULL_GRACE", 0.0)
    waiting = {"reason": "ImagePullBackOff", "message": "no such host"}
    cluster.pod_state = {"containerStatuses": [{"name": "a", "state": {"waiting": waiting}}]}

    with pytest.raises(NotReadyError, match="its image cannot be pulled: ImagePullBackOff no"):
        asking(cluster, tmp_path).fleet.pod("quiet-linux-kernel-0")


def test_a_pod_that_runs_elsewhere_is_not_the_one_asked_for(
    cluster: FakeCluster, tmp_path: Path
) -> None:
    fleet = asking(cluster, tmp_path).fleet
    cluster.patch(
        "/api/v1/namespaces/netparity-r1/pods/quiet-linux-kernel-0",
        {"spec": {"nodeName": "elsewhere"}},
    )

    with pytest.raises(NotReadyError, match="Expected: sample-linux-kernel Actual: elsewhere"):
        fleet.pod("quiet-linux-kernel-0")


def test_an_injected_container_is_named(cluster: FakeCluster, tmp_path: Path) -> None:
    fleet = asking(cluster, tmp_path).fleet
    names = ("a", "b", "istio-proxy")
    change: JsonObject = {
        "spec": {"containers": [{"name": name} for name in names]},
        "status": {
            "containerStatuses": [{"name": name, "state": {"running": {}}} for name in names]
        },
    }
    cluster.patch("/api/v1/namespaces/netparity-r1/pods/quiet-linux-kernel-0", change)

    with pytest.raises(NotReadyError, match="Expected: a, b Actual: a, b, istio-proxy"):
        fleet.pod("quiet-linux-kernel-0")


def test_pods_that_may_not_be_watched_are_an_error_of_the_api(
    cluster: FakeCluster, tmp_path: Path
) -> None:
    fleet = asking(cluster, tmp_path).fleet
    cluster.refuse.add(("get", "netparity-r1/pods"))

    with pytest.raises(Forbidden):
        fleet.pod("quiet-linux-kernel-0")


def test_evidence_that_was_denied_says_why(cluster: FakeCluster, tmp_path: Path) -> None:
    cluster.refuse.add(("create", "netparity-r1-privileged/pods"))
    fleet = asking(cluster, tmp_path).fleet

    with pytest.raises(NoEvidence, match=r"not admitted - .* forbidden"):
        fleet.evidence("sample-linux-kernel")
    assert not fleet.can_capture("sample-linux-kernel")


def test_a_node_of_which_no_evidence_is_made_shows_none(
    cluster: FakeCluster, tmp_path: Path
) -> None:
    fleet = asking(cluster, tmp_path).fleet

    with pytest.raises(NoEvidence, match="none is made there"):
        fleet.evidence("sample-windows-2016-user")


@pytest.mark.parametrize(
    ("event", "is_refused", "error"),
    [
        pytest.param(
            "hostPath type check failed: /etc/cni/net.d is not a directory",
            False,
            NoEvidence,
            id="no-such-folder",
        ),
        pytest.param("Back-off pulling image", False, NotReadyError, id="late"),
        pytest.param(
            "hostPath type check failed: /etc/cni/net.d is not a directory",
            True,
            NotReadyError,
            id="nobody-may-read-events",
        ),
    ],
)
def test_a_kubelet_says_whether_evidence_can_ever_be_ready(
    cluster: FakeCluster,
    tmp_path: Path,
    event: str,
    is_refused: bool,  # noqa: FBT001  # a case of the table
    error: type[NotReadyError],
) -> None:
    cluster.pod_state = {"phase": "Pending"}
    fleet = asking(cluster, tmp_path, age=FIELD.evidence_ready).fleet
    cluster.objects["/api/v1/namespaces/netparity-r1-privileged/events/one"] = {"message": event}
    if is_refused:
        cluster.refuse.add(("get", "/events"))

    with pytest.raises(NotReadyError) as caught:
        fleet.evidence("sample-linux-kernel")

    assert caught.type is error


def test_evidence_pods_of_linux_can_capture_where_an_image_is_named(
    cluster: FakeCluster, tmp_path: Path
) -> None:
    fleet = asking(cluster, tmp_path).fleet

    assert fleet.evidence("sample-linux-kernel").first.http_port == 0
    assert fleet.can_capture("sample-linux-kernel")
    assert not fleet.can_capture("sample-windows-2016-user")


def test_a_question_asked_once_is_answered_to_all_with_its_exchanges(
    cluster: FakeCluster, tmp_path: Path
) -> None:
    node = asking(cluster, tmp_path).node("linux-kernel-0")
    asked: list[str] = []

    def ask() -> str:
        asked.append(node.probe_pod.first.ask("hostname").body)
        return asked[-1]

    node.once("name", ask)
    mark = node.recorder.mark()

    assert node.once("name", ask) == "probe-linux-kernel-0"
    assert len(asked) == 1
    assert [e.request for e in node.recorder.since(mark)] == ["/hostname"]


def test_a_question_that_could_not_be_asked_is_asked_again(
    cluster: FakeCluster, tmp_path: Path
) -> None:
    node = asking(cluster, tmp_path).node("linux-kernel-0")
    with pytest.raises(ZeroDivisionError):
        node.once("name", lambda: 1 // 0)

    assert node.once("name", lambda: "answer") == "answer"
