"""The probes of the first two rows ask what they say, of a pod whose network is a table."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest

from conformance.containers import (
    Container,
    ContainerPorts,
    HttpAnswer,
    Pod,
    ShellAnswer,
    Userland,
)
from conformance.errors import HarnessError, TransportError
from conformance.handles import NodeUnderTest
from conformance.probes import compartment, endpoint, interfaces
from verdicts.claims.compartment import a_second_bind_clashes
from verdicts.claims.container_ports import (
    every_pair_answers_on_loopback,
    every_port_answers_on_the_pod_ip,
)
from verdicts.claims.endpoint import peers_see_the_containers_own_address
from verdicts.observations.compartment import Bind
from verdicts.vocabulary import Outcome, Placement, Protocol

REFUSED = "dial tcp: connect: connection refused"
NO_FILE = "log.go:244] open /nonexistent: no such file or directory"
IN_USE = "log.go:244] listen tcp :{port}: bind: address already in use"
PORTS = (
    ContainerPorts("a", 8080, 8081),
    ContainerPorts("b", 8090, 8091),
    ContainerPorts("c", 8100, 8101),
)


@dataclass
class Network:
    """Pods that share one compartment, or have one a container; the transport of their handles."""

    shared: bool = True
    addresses: dict[str, str] = field(
        default_factory=lambda: {"a": "10.244.0.5", "b": "10.244.0.5", "c": "10.244.0.5"}
    )
    unreachable: frozenset[str] = frozenset()
    loopback_drops: bool = False
    translated_to: str = ""
    commands: list[str] = field(default_factory=list)

    def ask(self, container: Container, request: str, *, timeout: float) -> HttpAnswer:
        assert timeout > 0
        if container.name in self.unreachable:
            raise TransportError(f"{container} is gone", next_step="look for it")
        query = {key: value[0] for key, value in parse_qs(urlsplit(request).query).items()}
        tries = int(query["tries"])
        answer = self._answer(container, query)
        if answer is None:
            return HttpAnswer(200, json.dumps({"errors": [REFUSED] * tries}))
        return HttpAnswer(200, json.dumps({"responses": [answer] * tries}))

    def shell(self, container: Container, command: str, *, timeout: float) -> ShellAnswer:
        assert timeout > 0
        if container.name in self.unreachable:
            raise TransportError(f"{container} is gone", next_step="look for it")
        self.commands.append(f"{container.name}: {command}")
        own = self.addresses.get(container.name, "10.244.0.9")
        if command.startswith("ip -o addr"):
            return ShellAnswer(
                f"2: eth0    inet {own}/24 scope global eth0\\  valid_lft\n"
                "# ip -4 route\ndefault via 10.244.0.1 dev eth0 \n"
            )
        if "route get" in command:
            targets = re.findall(r"route get ([^\s;]+)", command)
            return ShellAnswer("".join(f"{target} dev eth0 src {own} \n" for target in targets))
        port = int(re.findall(r"--http-port=(\d+)", command)[0])
        taken = {8080: "a", 8090: "b", 8100: "c"}.get(port)
        clash = taken is not None and (self.shared or taken == container.name)
        return ShellAnswer(IN_USE.format(port=port) if clash else NO_FILE, error="exit status 1")

    def _answer(self, client: Container, query: dict[str, str]) -> str | None:
        if query["request"] == "clientip":
            return f"{self.translated_to or self.addresses[client.name]}:40000"
        number = int(query["port"])
        server = next(p.name for p in PORTS if number in {p.http_port, p.udp_port})
        if query["host"] == "127.0.0.1":
            reached = not self.loopback_drops and (self.shared or server == client.name)
        else:
            reached = self.addresses[server] == query["host"]
        return "probe" if reached else None


def pod(
    name: str,
    network: Network,
    *,
    ports: tuple[ContainerPorts, ...] = PORTS,
    ips: tuple[str, ...] = ("10.244.0.5",),
    node: str = "node-a",
    userland: Userland = Userland.LINUX,
) -> Pod:
    return Pod(
        name=name,
        namespace="netparity-test",
        node=node,
        platform="linux",
        ip=ips[0],
        ips=ips,
        labels={},
        ports=ports,
        transport=network,
        userland=userland,
    )


def peer(network: Network, name: str, node: str, *ips: str) -> Pod:
    return pod(name, network, ports=PORTS[:1], ips=ips, node=node)


def node_with(
    network: Network,
    *,
    beside: tuple[Pod, ...] = (),
    elsewhere: tuple[Pod, ...] = (),
    other_nodes: tuple[str, ...] = ("node-b", "node-c"),
    probe: Pod | None = None,
) -> NodeUnderTest:
    answers: dict[str, object] = {}

    def once(key: str, ask: Callable[[], object]) -> object:
        if key not in answers:
            answers[key] = ask()
        return answers[key]

    node = SimpleNamespace(
        probe_pod=probe or pod("probe", network),
        peers_same_node=beside,
        peers_other_node=elsewhere,
        once=once,
        judged=SimpleNamespace(node=SimpleNamespace(name="node-a")),
        facts=SimpleNamespace(
            nodes=[
                SimpleNamespace(name="node-a", ready=True, schedulable=True),
                SimpleNamespace(name="node-down", ready=False, schedulable=True),
                SimpleNamespace(name="node-cordoned", ready=True, schedulable=False),
                *(SimpleNamespace(name=n, ready=True, schedulable=True) for n in other_nodes),
            ]
        ),
    )
    return cast("NodeUnderTest", node)


APART = {"a": "10.244.0.5", "b": "10.244.0.6", "c": "10.244.0.7"}


@pytest.mark.parametrize("protocol", list(Protocol))
def test_every_ordered_pair_is_asked_on_loopback(protocol: Protocol) -> None:
    observation = compartment.loopback(pod("probe", Network()), protocol=protocol)

    assert {(ask.client, ask.server) for ask in observation.crossed} == {
        (client, server) for client in "abc" for server in "abc" if client != server
    }
    assert [ask.client for ask in observation.own] == ["a", "b", "c"]
    assert every_pair_answers_on_loopback(observation).outcome is Outcome.PASS


def test_udp_is_asked_on_the_udp_ports() -> None:
    observation = compartment.loopback(pod("probe", Network()), protocol=Protocol.UDP)

    assert {ask.attempts.port for ask in observation.crossed} == {8081, 8091, 8101}


def test_compartments_of_their_own_refuse_each_other() -> None:
    observation = compartment.loopback(
        pod("probe", Network(shared=False, addresses=APART)), protocol=Protocol.TCP
    )

    assert every_pair_answers_on_loopback(observation).code == "refused"


def test_loopback_that_is_broken_fails_though_no_container_reaches_itself_there() -> None:
    network = Network(loopback_drops=True)

    observation = compartment.loopback(pod("probe", network), protocol=Protocol.TCP)

    assert {ask.attempts.address for ask in observation.own} == {"10.244.0.5"}
    assert every_pair_answers_on_loopback(observation).code == "refused"
    conflict = compartment.port_conflict(pod("probe", network))
    assert a_second_bind_clashes(conflict).outcome is Outcome.PASS


def test_servers_that_answer_nowhere_are_no_control() -> None:
    network = Network(loopback_drops=True, addresses=dict.fromkeys("abc", "10.244.0.99"))

    observation = compartment.loopback(pod("probe", network), protocol=Protocol.TCP)

    assert every_pair_answers_on_loopback(observation).code == "control-failed"


def test_a_container_that_cannot_be_asked_is_no_refusal() -> None:
    network = Network(unreachable=frozenset({"b"}))

    with pytest.raises(HarnessError, match="probe/b is gone"):
        compartment.loopback(pod("probe", network), protocol=Protocol.TCP)
    with pytest.raises(HarnessError, match="probe/b is gone"):
        interfaces.pod_interfaces(node_with(network))
    with pytest.raises(HarnessError, match="probe/b is gone"):
        compartment.port_conflict(pod("probe", network))


def test_a_container_without_udp_is_a_harness_error() -> None:
    ports = (ContainerPorts("a", 8080, None), ContainerPorts("b", 8090, None))

    with pytest.raises(HarnessError, match="serves no udp"):
        compartment.loopback(pod("probe", Network(), ports=ports), protocol=Protocol.UDP)


def test_a_peer_asks_for_every_port_on_every_address_of_the_pod() -> None:
    network = Network()
    node = node_with(network, beside=(peer(network, "peer-0", "node-a", "10.244.0.9"),))

    observation = compartment.ports_on_pod_ip(node)

    assert {(a.client, a.server, a.attempts.address) for a in observation.peered} == {
        ("peer-0", server, "10.244.0.5") for server in "abc"
    }
    assert every_port_answers_on_the_pod_ip(observation).outcome is Outcome.PASS


def test_a_peer_finds_one_compartments_port_on_the_pod_ip() -> None:
    network = Network(shared=False, addresses=APART)
    node = node_with(network, elsewhere=(peer(network, "peer-1", "node-b", "10.244.1.9"),))

    finding = every_port_answers_on_the_pod_ip(compartment.ports_on_pod_ip(node))

    assert (finding.code, finding.facts["silent"]) == ("refused", ["b", "c"])


def test_without_any_peer_nobody_can_ask_for_the_pod_ip() -> None:
    with pytest.raises(HarnessError, match="no peer"):
        compartment.ports_on_pod_ip(node_with(Network()))


def test_each_container_clashes_with_its_neighbour_and_not_at_a_free_port() -> None:
    network = Network()

    observation = compartment.port_conflict(pod("probe", network))

    conflicts = observation.conflicts
    assert [(c.container, c.holder) for c in conflicts] == [("a", "b"), ("b", "c"), ("c", "a")]
    assert [c.taken.port for c in conflicts] == [8090, 8100, 8080]
    assert {c.taken.bind for c in conflicts} == {Bind.IN_USE}
    assert {c.free.bind for c in conflicts} == {Bind.BOUND}
    # Bound at the same time, they would clash with one another at one free port.
    assert len({c.free.port for c in conflicts}) == 3
    assert a_second_bind_clashes(observation).outcome is Outcome.PASS
    assert all("timeout 5 /agnhost" in command for command in network.commands)


def test_another_compartments_port_can_be_bound_twice() -> None:
    observation = compartment.port_conflict(pod("probe", Network(shared=False, addresses=APART)))

    assert a_second_bind_clashes(observation).code == "bound-twice"


def test_interfaces_are_asked_once_for_all_rows() -> None:
    network = Network(addresses=APART, shared=False)
    node = node_with(network)

    first, second = interfaces.pod_interfaces(node), interfaces.pod_interfaces(node)

    assert first is second
    assert len(network.commands) == 3
    assert first.addresses_by_container == {name: (address,) for name, address in APART.items()}
    assert all(len(container.default_routes) == 1 for container in first.containers)


def test_addresses_that_cannot_be_listed_are_a_harness_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def shell(*_: object, timeout: float) -> ShellAnswer:
        assert timeout > 0
        return ShellAnswer("sh: ip: not found\n", error="exit status 127")

    network = Network()
    monkeypatch.setattr(network, "shell", shell)

    with pytest.raises(HarnessError, match="ip: not found"):
        interfaces.pod_interfaces(node_with(network))


def test_a_windows_pod_is_not_asked_with_linux_commands() -> None:
    network = Network()
    probe = pod("probe", network, userland=Userland.WINDOWS)

    with pytest.raises(HarnessError, match="windows userland"):
        interfaces.pod_interfaces(node_with(network, probe=probe))
    assert network.commands == []


def test_one_peer_a_node_is_asked_for_the_source() -> None:
    network = Network()
    node = node_with(
        network,
        beside=(peer(network, "peer-0", "node-a", "10.244.0.9"),),
        elsewhere=(
            peer(network, "peer-1", "node-b", "10.244.1.9"),
            peer(network, "peer-2", "node-b", "10.244.1.10"),
            peer(network, "peer-3", "node-c", "10.244.2.9"),
        ),
    )

    same = endpoint.sources(node, placement=Placement.SAME_NODE)
    other = endpoint.sources(node, placement=Placement.OTHER_NODE)

    assert [(ask.container, ask.peer) for ask in same.asks] == [(name, "peer-0") for name in "abc"]
    assert [(ask.container, ask.peer) for ask in other.asks] == [
        (name, name_of_peer) for name in "abc" for name_of_peer in ("peer-1", "peer-3")
    ]
    assert (same.nodes, other.nodes) == (("node-a",), ("node-b", "node-c"))
    assert {ask.path_source for ask in other.asks} == {"10.244.0.5"}
    assert peers_see_the_containers_own_address(other).outcome is Outcome.PASS


def test_a_translated_source_is_seen() -> None:
    network = Network(translated_to="192.0.2.7")
    node = node_with(network, beside=(peer(network, "peer-0", "node-a", "10.244.0.9"),))

    observation = endpoint.sources(node, placement=Placement.SAME_NODE)

    assert peers_see_the_containers_own_address(observation).code == "translated"


def test_a_peers_address_of_a_family_that_the_pod_lacks_is_not_asked() -> None:
    network = Network()
    node = node_with(network, beside=(peer(network, "peer-0", "node-a", "10.244.0.9", "fd00::9"),))

    observation = endpoint.sources(node, placement=Placement.SAME_NODE)

    assert {ask.attempts.address for ask in observation.asks} == {"10.244.0.9"}


def test_a_cluster_of_one_node_has_nobody_elsewhere() -> None:
    network = Network()
    node = node_with(network, other_nodes=())

    observation = endpoint.sources(node, placement=Placement.OTHER_NODE)

    assert observation.asks == ()
    assert peers_see_the_containers_own_address(observation).code == "no-other-node"
    assert not any("route get" in command for command in network.commands)
