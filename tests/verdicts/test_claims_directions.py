"""What the claims make of flows, and what the matrix does."""

import pytest

from tests.conftest import STARTED, node
from tests.verdicts.flows import attempts, flow, from_node, seen
from verdicts.claims.directions import (
    a_node_reaches_pods_and_services,
    names_lead_where_their_services_do,
    pods_are_reached_in_every_direction,
    services_are_reached_in_every_direction,
)
from verdicts.directions import Direction, Passage, directions
from verdicts.evidence import Evidence
from verdicts.findings import Finding
from verdicts.inventory import Inventory, JudgedNode
from verdicts.observations.directions import ClientKind, Directions, Target
from verdicts.vocabulary import Mode, Outcome, Placement, Protocol, Reply

OK, REFUSED, LOST = Reply.ANSWERED, Reply.REFUSED, Reply.TIMED_OUT
NAME, VIP, PORT = Target.SERVICE_NAME, Target.CLUSTER_IP, Target.NODE_PORT


def test_flows_that_are_all_answered_pass() -> None:
    found = pods_are_reached_in_every_direction(
        seen("linux-a", flow("linux-a", "linux-a"), flow("linux-a", "linux-b"))
    )

    assert (found.outcome, found.facts) == (Outcome.PASS, {"flows": 2, "answered": 2})


def test_a_silent_flow_fails_with_its_kind_of_refusal() -> None:
    found = pods_are_reached_in_every_direction(
        seen("linux-a", flow("linux-a", "linux-a"), flow("linux-a", "linux-b", LOST, LOST))
    )

    assert (found.outcome, found.code) == (Outcome.FAIL, "no-answer")
    assert "probe-linux-a to peer-linux-b-0 by pod-ip over tcp" in found.seen
    assert "timed-out" in found.seen


def test_a_stranger_at_the_address_fails() -> None:
    found = pods_are_reached_in_every_direction(
        seen("linux-a", flow("linux-a", "linux-b", said="somebody"))
    )

    assert (found.outcome, found.code) == (Outcome.FAIL, "other-identity")


def test_one_datagram_of_three_is_enough_and_one_connection_is_not() -> None:
    udp = flow("linux-a", "linux-b", LOST, LOST, OK, protocol=Protocol.UDP)
    tcp = flow("linux-a", "linux-b", LOST, LOST, OK)

    assert pods_are_reached_in_every_direction(seen("linux-a", udp)).outcome is Outcome.PASS
    assert pods_are_reached_in_every_direction(seen("linux-a", tcp)).outcome is Outcome.FAIL


def test_what_lies_between_two_other_platforms_is_not_blamed_on_either() -> None:
    between = flow("win1709-a", "win2016", LOST)
    inward = flow("linux-a", "win1709-a", LOST)

    assert (
        pods_are_reached_in_every_direction(
            seen("win1709-a", flow("win1709-a", "win1709-a"), between)
        ).outcome
        is Outcome.PASS
    )
    assert pods_are_reached_in_every_direction(seen("win1709-a", inward)).outcome is Outcome.FAIL
    assert (
        pods_are_reached_in_every_direction(
            seen("linux-a", flow("linux-a", "linux-a"), flow("linux-a", "win1709-a", LOST))
        ).outcome
        is Outcome.PASS
    )


def test_a_server_that_is_deaf_to_its_neighbour_too_is_not_blamed_on_the_client() -> None:
    deaf = flow("linux-a", "linux-b", LOST)
    neighbour = flow("linux-b", "linux-b", LOST)

    found = pods_are_reached_in_every_direction(
        seen("linux-a", flow("linux-a", "linux-a"), deaf, neighbour)
    )
    assert found.outcome is Outcome.PASS
    heard = pods_are_reached_in_every_direction(
        seen("linux-a", flow("linux-a", "linux-a"), deaf, flow("linux-b", "linux-b"))
    )
    assert heard.outcome is Outcome.FAIL


@pytest.mark.parametrize("target", [VIP, PORT])
def test_a_service_that_does_not_answer_fails_where_its_backend_does(target: Target) -> None:
    client, server = ("linux-a", "linux-b") if target is VIP else ("linux-b", "linux-a")
    direct, by_service = flow(client, server), flow(client, server, REFUSED, target=target)

    found = services_are_reached_in_every_direction(seen("linux-a", direct, by_service))

    assert (found.outcome, found.code) == (Outcome.FAIL, "no-answer")


@pytest.mark.parametrize("target", [VIP, PORT])
def test_a_service_is_not_blamed_for_a_backend_that_is_not_reached(target: Target) -> None:
    client, server = ("linux-a", "linux-b") if target is VIP else ("linux-b", "linux-a")
    direct, by_service = flow(client, server, LOST), flow(client, server, LOST, target=target)

    found = services_are_reached_in_every_direction(seen("linux-a", direct, by_service))

    assert (found.outcome, found.code) == (Outcome.INCONCLUSIVE, "no-direct-way")


def test_a_node_port_behind_a_firewall_is_not_blamed() -> None:
    vip = flow("linux-a", "linux-a", target=VIP)
    direct = flow("linux-a", "linux-a"), flow("linux-b", "linux-a")
    walled = flow("linux-b", "linux-a", LOST, target=PORT, kubelet=LOST)
    open_ = flow("linux-b", "linux-a", LOST, target=PORT, kubelet=OK)

    assert (
        services_are_reached_in_every_direction(seen("linux-a", *direct, vip, walled)).outcome
        is Outcome.PASS
    )
    assert (
        services_are_reached_in_every_direction(seen("linux-a", *direct, vip, open_)).outcome
        is Outcome.FAIL
    )


def test_a_node_port_asked_from_its_own_node_decides_nothing() -> None:
    own = flow("linux-a", "linux-a", LOST, target=PORT)

    found = services_are_reached_in_every_direction(
        seen("linux-a", flow("linux-a", "linux-a"), flow("linux-a", "linux-a", target=VIP), own)
    )

    assert found.outcome is Outcome.PASS


def test_a_name_that_does_not_resolve_fails_where_its_service_answers() -> None:
    vip = flow("linux-a", "linux-b", target=VIP)
    name = flow("linux-a", "linux-b", Reply.UNRESOLVED, Reply.UNRESOLVED, target=NAME)

    found = names_lead_where_their_services_do(seen("linux-a", vip, name))

    assert (found.outcome, found.code) == (Outcome.FAIL, "unresolved")


def test_a_name_is_not_blamed_for_its_service() -> None:
    vip = flow("linux-a", "linux-b", LOST, target=VIP)
    name = flow("linux-a", "linux-b", LOST, target=NAME)

    assert names_lead_where_their_services_do(seen("linux-a", vip, name)).code == "no-direct-way"


def test_an_unknown_error_is_no_answer_of_the_network() -> None:
    found = pods_are_reached_in_every_direction(
        seen("linux-a", flow("linux-a", "linux-b", Reply.OTHER, detail="out of ports"))
    )

    assert (found.outcome, found.code) == (Outcome.INCONCLUSIVE, "unknown-reply")
    assert "out of ports" in found.seen


def test_a_node_that_could_not_be_asked_says_why() -> None:
    flows = from_node("linux-a", "linux-b", None, not_asked="evidence pods are denied")

    found = a_node_reaches_pods_and_services(seen("linux-a", flows))

    assert (found.outcome, found.code) == (Outcome.INCONCLUSIVE, "nothing-asked")
    assert "evidence pods are denied" in found.seen


@pytest.mark.parametrize(("reply", "outcome"), [(OK, Outcome.PASS), (LOST, Outcome.FAIL)])
def test_a_nodes_handshakes_are_judged(reply: Reply, outcome: Outcome) -> None:
    flows = from_node("linux-a", "linux-b", reply)

    assert a_node_reaches_pods_and_services(seen("linux-a", flows)).outcome is outcome


def recorded(*observations: Directions) -> tuple[Direction, ...]:
    evidence = [
        Evidence(
            check=f"c{number}",
            node="n",
            claim="pods_are_reached_in_every_direction",
            started=STARTED,
            ended=STARTED,
            observation=each.dump(),
            finding=Finding.passed("seen"),
        )
        for number, each in enumerate(observations)
    ]
    judged = [
        JudgedNode(id=f"{p}-kernel-0", platform=p, mode=Mode.KERNEL, node=node(p, p, Mode.KERNEL))
        for p in ("linux", "windows-1709")
    ]
    inventory = Inventory(
        server="",
        kubernetes_version="",
        cluster_uid="",
        cluster_domain="",
        dns_service_ip=None,
        nodes=tuple(each.node for each in judged),
        judged=tuple(judged),
    )
    return directions(inventory, evidence)


def test_the_matrix_folds_flows_by_platform_and_counts_each_once() -> None:
    first = flow("linux-a", "linux-b")
    second = flow("linux-b", "linux-a", LOST)

    found = recorded(seen("linux-a", first), seen("linux-b", second, first))

    (linux,) = [each for each in found if each.passage is not Passage.NOT_APPLICABLE]
    assert (linux.passage, linux.flows, linux.answered) == (Passage.PARTLY, 2, 1)
    assert linux.replies == {OK: 1, LOST: 1}
    assert "probe-linux-b to peer-linux-a-0" in linux.because


def test_what_windows_documents_as_unsupported_is_named_with_its_source() -> None:
    found = recorded(seen("linux-a", flow("linux-a", "linux-b")))

    ruled = [each for each in found if each.passage is Passage.NOT_APPLICABLE]
    assert {each.client for each in ruled} == {"windows-1709"}
    assert {(each.kind, each.target, each.placement) for each in ruled} == {
        (ClientKind.NODE, VIP, Placement.SAME_NODE),
        (ClientKind.NODE, VIP, Placement.OTHER_NODE),
        (ClientKind.NODE, PORT, Placement.SAME_NODE),
        (ClientKind.POD, VIP, Placement.SAME_NODE),
        (ClientKind.POD, VIP, Placement.OTHER_NODE),
    }
    assert all(each.source.startswith("https://") and each.because for each in ruled)


def test_without_flows_there_is_no_matrix() -> None:
    assert recorded() == ()


def test_the_kind_that_came_most_often_names_the_flow() -> None:
    several = attempts(Protocol.TCP, LOST, REFUSED, REFUSED)

    assert flow("linux-a", "linux-b").model_copy(update={"attempts": several}).reply is REFUSED
