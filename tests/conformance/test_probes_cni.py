"""The CNI probes, tried on nodes whose wire, API and evidence pods are tables."""

from collections.abc import Callable

import pytest

from conformance.containers import (
    Userland,
)
from conformance.errors import NotReadyError
from conformance.handles import NodeUnderTest
from conformance.probes import address_book, cni, paths, wire
from tests.conformance.cni_fabric import Fabric
from verdicts.claims.address_book import a_deleted_pods_address_is_given_back
from verdicts.claims.cni import addresses_have_an_origin
from verdicts.claims.paths import (
    a_deleted_pods_address_is_silent,
    a_pod_reaches_its_node,
    every_pod_reaches_every_other,
    the_kubelet_reaches_its_pods,
)
from verdicts.vocabulary import Outcome, Reply


def test_every_pair_with_an_end_on_the_node_is_asked_at_its_own_port() -> None:
    observation = paths.reachability(Fabric().node())

    here, there = {"probe", "peer-a", "quiet"}, {"peer-b", "peer-l", "peer-m"}
    everybody = here | there
    assert {(visit.client, visit.backend) for visit in observation.visits} == {
        (client, backend)
        for client in everybody
        for backend in everybody
        if client != backend and here & {client, backend}
    }
    assert every_pod_reaches_every_other(observation).outcome is Outcome.PASS


def test_a_pair_that_is_cut_off_is_seen() -> None:
    observation = paths.reachability(Fabric(unreached=frozenset({("peer-l", "quiet")})).node())

    finding = every_pod_reaches_every_other(observation)

    assert finding.code == "unreached"
    assert finding.facts["unreached"] == ["peer-l to quiet"]


def test_a_server_that_says_nonsense_to_all_is_no_other_pod() -> None:
    observation = paths.reachability(Fabric(says={"peer-b": "<html>"}).node())

    assert [visit.backend for visit in observation.own] == ["peer-b"]
    assert every_pod_reaches_every_other(observation).code == "mistaken-server"


def test_the_dead_are_asked_after_their_kubelet_has_ended_them() -> None:
    fabric = Fabric()

    observation = paths.dead_address(fabric.node())

    # Grace 0 would make the API forget a pod that still runs.
    assert fabric.deleted == [("/api/v1/namespaces/run/pods/doomed", 1)]
    assert {attempts.failures[0].reply for attempts in observation.after} == {Reply.TIMED_OUT}
    assert a_deleted_pods_address_is_silent(observation).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("fabric", "code"),
    [
        pytest.param(Fabric(ghost=True), "still-answers", id="ghost"),
        pytest.param(Fabric(heir="peer-a"), "pass", id="given-to-another"),
    ],
)
def test_who_answers_at_a_dead_address_is_asked(fabric: Fabric, code: str) -> None:
    assert a_deleted_pods_address_is_silent(paths.dead_address(fabric.node())).code == code


def test_a_pod_that_does_not_go_is_no_answer() -> None:
    with pytest.raises(NotReadyError, match="doomed is gone after its deletion"):
        paths.dead_address(Fabric(stays=True).node())


@pytest.mark.parametrize(
    ("fabric", "outcome", "code"),
    [
        pytest.param(Fabric(), Outcome.PASS, "pass", id="ready"),
        pytest.param(Fabric(ready=("False",)), Outcome.FAIL, "never-ready", id="peers-only"),
        pytest.param(
            Fabric(
                ready=("False",), unreached=frozenset({("probe", "peer-a"), ("peer-a", "probe")})
            ),
            Outcome.INCONCLUSIVE,
            "not-ready",
            id="nobody",
        ),
        pytest.param(
            Fabric(ready=("False",), health=412),
            Outcome.INCONCLUSIVE,
            "not-ready",
            id="a-server-that-is-not-well",
        ),
        pytest.param(Fabric(ready=("False", "True")), Outcome.PASS, "pass", id="ready-late"),
        pytest.param(
            Fabric(readiness={"exec": {"command": ["true"]}}),
            Outcome.INCONCLUSIVE,
            "no-probe",
            id="no-http",
        ),
        pytest.param(
            Fabric(readiness={"httpGet": {"port": "http"}}),
            Outcome.INCONCLUSIVE,
            "no-probe",
            id="a-port-by-name",
        ),
    ],
)
def test_the_kubelets_probes_are_read(fabric: Fabric, outcome: Outcome, code: str) -> None:
    finding = the_kubelet_reaches_its_pods(paths.kubelet_probes(fabric.node()))

    assert (finding.outcome, finding.code) == (outcome, code)


@pytest.mark.parametrize(
    ("said", "code"), [("", "pass"), ("TIMEOUT", "filtered"), ("REFUSED", "refused")]
)
def test_every_container_of_a_pod_asks_its_node(said: str, code: str) -> None:
    observation = paths.pod_to_node(Fabric(kubelet=said).node())

    assert [each.client for each in observation.handshakes] == ["probe/a", "probe/b", "probe/c"]
    assert a_pod_reaches_its_node(observation).code == code


def test_addresses_are_compared_with_the_nodes_own_prefix() -> None:
    finding = addresses_have_an_origin(cni.origins(Fabric().node()))

    assert finding.facts == {"source": "host-subnet", "ranges": ["172.30.0.0/24"]}


@pytest.mark.parametrize(
    ("fabric", "reason"),
    [
        pytest.param(Fabric(evidence=frozenset()), "not admitted", id="not-admitted"),
        pytest.param(Fabric(translated=True), "no interface of win-a has", id="translated"),
    ],
)
def test_an_unread_prefix_says_why(fabric: Fabric, reason: str) -> None:
    observation = cni.origins(fabric.node())

    assert observation.host_networks is None
    assert reason in observation.reason


def test_the_addresses_of_a_platform_leave_the_doomed_out() -> None:
    observation = cni.platform_addresses(Fabric().node())

    assert [pod.pod for pod in observation.pods] == ["probe", "peer-a", "quiet", "peer-b"]
    assert observation.interfaces.pod_ips == ("172.30.0.67",)


HERS, HIS = "172.30.0.67", "172.30.0.70"


@pytest.mark.parametrize(
    ("fabric", "code"),
    [
        pytest.param(Fabric(book=HERS), "pass", id="given-back"),
        pytest.param(Fabric(book=f"{HERS} {HIS}"), "leaked", id="leaked"),
        pytest.param(
            Fabric(book=f"{HERS} {HIS}", heirs=("web",)), "given-again", id="given-to-another"
        ),
        pytest.param(Fabric(book="172.30.0.1"), "kept-elsewhere", id="another-ipam"),
        pytest.param(Fabric(), "unread", id="no-book"),
        pytest.param(Fabric(evidence=frozenset()), "unread", id="nobody-may-look"),
        pytest.param(Fabric(node_userland=Userland.WINDOWS), "unread", id="hns"),
    ],
)
def test_an_address_book_is_read_after_a_deletion(fabric: Fabric, code: str) -> None:
    finding = a_deleted_pods_address_is_given_back(address_book.address_book(fabric.node()))

    assert finding.code == code, finding.seen


@pytest.mark.parametrize(
    "ask", [address_book.address_book, wire.configuration, wire.host_networks]
)
def test_evidence_that_is_late_leaves_its_question_open(
    ask: Callable[[NodeUnderTest], object],
) -> None:
    with pytest.raises(NotReadyError):
        ask(Fabric(book=HERS, evidence=frozenset(), is_late=True).node())


def test_a_pod_is_deleted_once_for_both_questions() -> None:
    fabric = Fabric(book=HERS)
    node = fabric.node()

    paths.dead_address(node)
    address_book.address_book(node)

    assert len(fabric.deleted) == 1
