"""What the probe of convergence changes, in which order, and what it leaves behind."""

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.handles import NodeUnderTest
from conformance.probes import convergence
from tests.conformance.flow_network import FlowNetwork, judged
from verdicts.claims.convergence import (
    a_new_udp_backend_is_found,
    changes_are_followed,
    later_datagrams_are_answered,
    services_of_every_form_answer,
)
from verdicts.vocabulary import Outcome


@pytest.fixture
def network() -> FlowNetwork:
    return FlowNetwork()


@pytest.fixture
def node(network: FlowNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NodeUnderTest:
    monkeypatch.setattr(convergence, "_LOST", 0.0)
    found = judged(network, tmp_path, "linux-kernel-0")
    return replace(found, patience=replace(found.patience, endpoints_follow=0.3))


def test_every_way_in_which_endpoints_change_is_followed(node: NodeUnderTest) -> None:
    seen = convergence.changes(node)

    assert [each.change for each in seen.changes] == [
        "first ready",
        "unready at first",
        "ready",
        "unready",
        "ready again",
        "removed",
        "terminating",
    ]
    assert changes_are_followed(seen).outcome is Outcome.PASS
    assert services_of_every_form_answer(convergence.forms(node)).outcome is Outcome.PASS
    assert a_new_udp_backend_is_found(convergence.succession(node)).outcome is Outcome.PASS


def test_a_proxy_that_heeds_no_readiness_is_found_out(
    network: FlowNetwork, node: NodeUnderTest
) -> None:
    network.heeds_readiness = False

    found = changes_are_followed(convergence.changes(node))

    assert (found.outcome, found.code) == (Outcome.FAIL, "backend-kept")


def test_a_proxy_that_keeps_what_it_had_is_found_out(
    network: FlowNetwork, node: NodeUnderTest
) -> None:
    node.fleet.pod("probe-linux-kernel-0")
    network.follows = False
    network.switched_on |= {"mover-a-linux-kernel-0"}

    found = changes_are_followed(convergence.changes(node))
    after = a_new_udp_backend_is_found(convergence.succession(node))

    assert (found.outcome, found.code) == (Outcome.FAIL, "backend-missing")
    assert (after.outcome, after.code) == (Outcome.FAIL, "stale")


def test_a_client_sends_from_its_few_ports_again(node: NodeUnderTest) -> None:
    seen = convergence.same_ports(node)

    assert (seen.ports, len(seen.sent)) == (4, 12)
    assert later_datagrams_are_answered(seen).outcome is Outcome.PASS


@pytest.mark.parametrize("follows", [True, False])
def test_only_tries_that_were_made_are_counted(
    follows: bool,  # noqa: FBT001  # a case of the table
    network: FlowNetwork,
    node: NodeUnderTest,
) -> None:
    node.fleet.pod("probe-linux-kernel-0")
    network.follows = follows
    network.switched_on |= set() if follows else {"mover-a-linux-kernel-0"}

    for change in convergence.changes(node).changes:
        if change.change != "unready at first":
            sample = 40 if change.convergence.reached else 0
            assert change.tries == 20 * change.convergence.looks + sample


def test_nothing_of_it_is_left(network: FlowNetwork, node: NodeUnderTest) -> None:
    before = network.paths()

    convergence.changes(node)

    assert network.paths() == before


def test_a_client_of_udp_has_few_source_ports(network: FlowNetwork, node: NodeUnderTest) -> None:
    made: list[object] = []
    create = network.create
    network.create = lambda manifest: (made.append(manifest), create(manifest))[1]  # type: ignore[method-assign]  # to look on

    seen = convergence.succession(node)

    assert seen.ports == 4
    assert "net.ipv4.ip_local_port_range" in str(made)
