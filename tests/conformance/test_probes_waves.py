"""What the probe of waves makes, asks and ends, and what it reads of the node's address book."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.cluster import Executed
from conformance.handles import NodeUnderTest
from conformance.probes import host_port, waves
from tests.conformance.flow_network import FlowNetwork, judged
from verdicts.claims.waves import a_host_port_leads_to_its_pod, waves_leave_nothing
from verdicts.vocabulary import Outcome


class Booked(FlowNetwork):
    """A network whose evidence pods read a book that has living pods, and `kept` dead ones."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[str] = []
        self.executed = self._execute

    def _execute(self, pod: str, container: str, command: Sequence[str]) -> Executed:
        if "networks" not in str(command):
            return self._handshake(pod, container, command)
        living = [pod["status"]["podIP"] for pod in self._all("Pod")]  # type: ignore[index,call-overload]  # as stored
        asked = [ip for ip in (*living, *self.kept) if f"/{ip}" in str(command)]
        listed = "".join(f"# entry pods/{ip}\n" for ip in asked)
        return Executed(exit_code=0, output=f"# readable\n{listed}")


@pytest.fixture
def network() -> Booked:
    return Booked()


@pytest.fixture
def node(network: Booked, tmp_path: Path) -> NodeUnderTest:
    found = judged(network, tmp_path, "linux-kernel-0")
    return replace(found, patience=replace(found.patience, host_port_mapped=0.2))


def test_sixty_pods_come_and_go_and_twelve_at_most_are_there(
    network: Booked, node: NodeUnderTest
) -> None:
    before = network.paths()

    seen = waves.waves(node)

    assert [len(wave.pods) for wave in seen.waves] == [12] * 5
    assert [wave.forced for wave in seen.waves] == [*[False] * 4, True]
    assert all(pod.visit and pod.visit.answered for wave in seen.waves for pod in wave.pods)
    assert all(
        pod.afterwards is not None and not pod.afterwards.answered
        for wave in seen.waves
        for pod in wave.pods
    )
    assert network.paths() == before
    found = waves_leave_nothing(seen)
    assert (found.outcome, found.facts["book_read"]) == (Outcome.PASS, True)


def test_an_address_that_the_book_keeps_is_found(network: Booked, node: NodeUnderTest) -> None:
    network.kept = [f"10.244.0.{number}" for number in range(2, 255)]
    hasty = replace(node, patience=replace(node.patience, pod_gone=0.2))

    seen = waves.waves(hasty)

    assert waves_leave_nothing(seen).code == "leaked"


def test_a_host_port_is_asked_from_another_node(network: Booked, node: NodeUnderTest) -> None:
    before = network.paths()

    seen = host_port.host_port(node)

    assert seen.directly is not None
    assert seen.directly.answered
    assert a_host_port_leads_to_its_pod(seen).code == "no-answer"
    assert network.paths() == before


def test_a_namespace_that_allows_no_host_port_is_no_answer(
    network: Booked, node: NodeUnderTest
) -> None:
    network.refuse.add(("create", "privileged/pods"))

    seen = host_port.host_port(node)

    assert a_host_port_leads_to_its_pod(seen).outcome is Outcome.NOT_APPLICABLE
