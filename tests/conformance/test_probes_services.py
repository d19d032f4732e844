"""How the probes of Services wait, what they leave behind, and what is no answer to them."""

from dataclasses import replace
from functools import partial

import pytest

from conformance.containers import Container, HttpAnswer
from conformance.errors import HarnessError, NotReadyError
from conformance.probes import (
    empty_service,
    load_balancing,
    node_port,
    refusing_backend,
    scaling,
    source_address,
)
from conformance.probes.load_balancing import converge, in_batches
from conformance.probes.source_address import address_of
from conformance.waiting import Clock, eventually
from tests.conformance.service_network import CLIENT, A, B, Proxy, ServiceNetwork
from tests.verdicts.services import attempts
from verdicts.claims import kernel_mode, user_mode
from verdicts.claims.witnesses import a_backend_sees_the_pods_own_address
from verdicts.observations.attempts import Attempts
from verdicts.vocabulary import Mode, Outcome, Protocol, Reply

pytestmark = pytest.mark.usefixtures("time_flies")


def test_how_long_a_service_took_to_be_programmed_is_recorded() -> None:
    node = ServiceNetwork(Proxy(settles_after=5)).node()

    observation = load_balancing.backends(node, protocol=Protocol.TCP)

    first, whole = observation.readiness
    assert (first.reached, whole.reached) == (True, True)
    assert first.seconds > 0
    assert not observation.failures


def test_a_service_that_is_never_programmed_is_judged_by_the_last_poll() -> None:
    node = ServiceNetwork(Proxy(settles_after=10_000)).node()

    observation = load_balancing.backends(node, protocol=Protocol.TCP)

    (first,) = observation.readiness
    assert not first.reached
    assert first.seconds >= first.bound
    assert (observation.tries, observation.answered) == (1, 0)


def test_services_that_were_made_together_are_waited_for_in_vain_once() -> None:
    node = ServiceNetwork(Proxy(settles_after=10_000)).node()
    whole = node.patience.service_programmed

    waits = [load_balancing.backends(node, protocol=Protocol.TCP), load_balancing.rotation(node)]

    assert [sample.readiness[0].bound for sample in waits] == [whole, whole / 4]


def test_a_service_that_was_programmed_takes_no_time_from_the_others() -> None:
    node = ServiceNetwork(Proxy()).node()

    waits = [load_balancing.backends(node, protocol=Protocol.TCP), load_balancing.rotation(node)]

    assert {sample.readiness[0].bound for sample in waits} == {node.patience.service_programmed}


def test_backends_of_a_service_that_nobody_answers_for_are_not_followed() -> None:
    node = ServiceNetwork(Proxy(settles_after=10_000)).node()

    observation = scaling.scaling(node)

    assert [step.seen for step in observation.steps] == [()]
    assert user_mode.a_user_mode_proxy_follows_its_backends(observation).code == "no-answer"


def test_a_proxy_that_does_not_know_a_backend_to_begin_with_is_not_asked_to_follow() -> None:
    node = ServiceNetwork(Proxy(forgotten=frozenset({B}))).node()

    observation = scaling.scaling(node)

    assert [len(step.seen) for step in observation.steps] == [1]
    found = kernel_mode.a_kernel_mode_proxy_follows_its_backends(observation)
    assert found.code == "backend-missing"


def test_a_service_that_nobody_answers_for_is_not_sampled() -> None:
    node = ServiceNetwork(Proxy(settles_after=10_000)).node()

    refusing = refusing_backend.refusing_backend(node)
    source = source_address.source_address(node)

    assert (refusing.through_service, refusing.other_port) == ((), ())
    assert user_mode.a_user_mode_proxy_masks_a_refusing_backend(refusing).code == "not-programmed"
    assert len(source.unanswered) == 1
    assert kernel_mode.a_kernel_mode_proxy_keeps_the_clients_address(source).code == "no-answer"


@pytest.mark.parametrize(
    "ask",
    [
        lambda node: load_balancing.backends(node, protocol=Protocol.TCP),
        load_balancing.rotation,
        empty_service.awaited,
        empty_service.beside_a_live_one,
        refusing_backend.refusing_backend,
        scaling.scaling,
        node_port.node_port,
        source_address.source_address,
    ],
    ids=range(8),
)
def test_a_client_that_cannot_be_asked_is_no_answer(ask: object) -> None:
    node = ServiceNetwork(Proxy(), unreachable=True).node()

    with pytest.raises(HarnessError, match="is gone"):
        ask(node)  # type: ignore[operator]  # every one is a probe


def test_no_answer_of_the_refusing_backend_at_its_other_port_is_lost_to_a_later_failure() -> None:
    network = ServiceNetwork(Proxy(data_plane="ipvs", order="in-turn", dead=Reply.TIMED_OUT))

    seen = refusing_backend.refusing_backend(network.node())

    assert [attempts.tries for attempts in seen.other_port] == [1, 1]
    assert seen.other_port[-1].answers == (seen.refusing.identity,)


def test_the_refusing_backend_stands_in_an_endpoints_object_made_by_hand() -> None:
    network = ServiceNetwork(Proxy())

    refusing_backend.refusing_backend(network.node())

    service, endpoints = network.applied
    assert "selector" not in service["spec"]  # type: ignore[operator]  # JSON
    assert [made["metadata"] for made in network.applied] == [
        {
            "name": "refusing-linux-kernel-0",
            "namespace": "netparity-test",
            "labels": {"netparity.local/run": "test"},
        }
    ] * 2
    assert endpoints["subsets"] == [
        {
            "addresses": [
                {"ip": "10.244.0.6", "nodeName": "node-0"},
                {"ip": "10.244.0.7", "nodeName": "node-0"},
            ],
            "ports": [
                {"name": "to-8080", "protocol": "TCP", "port": 8080},
                {"name": "to-8070", "protocol": "TCP", "port": 8070},
            ],
        }
    ]


def test_a_scaled_service_ends_as_it_began() -> None:
    network = ServiceNetwork(Proxy())

    observation = scaling.scaling(network.node())

    assert [len(step.wanted) for step in observation.steps] == [2, 1, 2]
    assert network.services["scale"].backends == [A, B]


def test_a_pod_that_was_taken_away_is_given_back_though_asking_fails() -> None:
    network = ServiceNetwork(Proxy())
    node = network.node()
    label = network.label

    def label_and_break(path: str, labels: dict[str, str | None]) -> dict[str, object]:
        network.unreachable = True
        return label(path, labels)  # type: ignore[return-value]  # nobody reads it

    network.label = label_and_break  # type: ignore[method-assign, assignment]  # breaks meanwhile

    with pytest.raises(HarnessError, match="is gone"):
        scaling.scaling(node)
    assert network.services["scale"].backends == [A, B]


def test_a_cluster_of_one_node_has_nobody_to_ask_its_node_port() -> None:
    found = kernel_mode.a_kernel_mode_proxy_serves_the_node_port(
        node_port.node_port(ServiceNetwork(Proxy()).node(others=0))
    )

    assert found.code == "one-node"


@pytest.mark.parametrize(
    ("mode", "asked"), [(Mode.KERNEL, (Reply.ANSWERED, Reply.ANSWERED)), (Mode.USER, ())]
)
def test_a_node_that_leads_to_no_other_is_asked_whether_it_reaches_that_itself(
    mode: Mode, asked: tuple[Reply, ...]
) -> None:
    network = ServiceNetwork(Proxy(mode=mode, away_port=Reply.TIMED_OUT))

    assert node_port.node_port(network.node()).from_node == asked


def test_a_node_that_leads_to_others_is_not_asked_whether_it_reaches_them_itself() -> None:
    assert node_port.node_port(ServiceNetwork(Proxy()).node()).from_node == ()


def test_a_node_without_ipv4_and_a_service_without_node_port_are_harness_errors() -> None:
    node = ServiceNetwork(Proxy()).node()
    services, judged = vars(node.services), vars(node.judged.node)

    services["nodeport"] = replace(node.services.nodeport, node_port=None)
    with pytest.raises(HarnessError, match="nodeport-linux-kernel-0 has no NodePort"):
        node_port.node_port(node)
    judged["internal_ips"] = ("fd00::11",)
    with pytest.raises(HarnessError, match="has no IPv4 InternalIP"):
        node_port.node_port(node)


def test_failing_to_observe_is_no_observation() -> None:
    def ask() -> int:
        raise NotReadyError("the pod is gone", next_step="look for it")

    with pytest.raises(NotReadyError, match="the pod is gone"):
        converge(ask, lambda _: True, what="something", bound=3)


def test_a_pod_without_udp_and_a_service_without_udp_are_harness_errors() -> None:
    network = ServiceNetwork(Proxy())
    node = network.node()

    with pytest.raises(HarnessError, match="quiet serves no udp"):
        load_balancing.identity(node.probe_pod.first, node.quiet_pod, protocol=Protocol.UDP)
    with pytest.raises(HarnessError, match="rr-linux-kernel-0 has no UDP port"):
        load_balancing.udp_port(node.services.rr)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("10.244.0.5:49152", "10.244.0.5"),
        ("10.244.0.5:49152\n", "10.244.0.5"),
        ("[fd00::7]:49152", "fd00::7"),
        ("[::ffff:10.244.0.5]:49152", "10.244.0.5"),
    ],
)
def test_netexec_tells_its_clients_address_before_the_port(text: str, address: str) -> None:
    assert address_of(text) == address


@pytest.mark.parametrize("text", ["", "NOW: 2026", "10.244.0.5", "10.244.0.5:", "[fd00::7]"])
def test_what_is_no_address_and_port_is_a_harness_error(text: str) -> None:
    with pytest.raises(HarnessError, match="Expected: address:port"):
        address_of(text)


def test_the_backend_is_asked_directly_once_for_the_witness_and_the_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = ServiceNetwork(Proxy())
    asked: list[str] = []
    ask = network.ask

    def noted(container: Container, request: str, *, timeout: float) -> HttpAnswer:
        asked.append(request)
        return ask(container, request, timeout=timeout)

    monkeypatch.setattr(network, "ask", noted)
    node = network.node()

    witness = source_address.own_source(node)
    seen = source_address.source_address(node)

    assert a_backend_sees_the_pods_own_address(witness).outcome is Outcome.PASS
    assert seen.directly == witness.seen
    whole = [
        each for each in asked if f"host={seen.backend.address}&" in each and "clientip" in each
    ]
    assert sum(int(each.rpartition("=")[2]) for each in whole) == len(witness.seen)


def test_a_bound_that_has_passed_is_an_observation() -> None:
    last, convergence = converge(lambda: 1, lambda _: False, what="never", bound=3)

    assert last == 1
    assert not convergence.reached
    assert convergence.seconds >= 3


@pytest.mark.parametrize(("bound", "looks"), [(6.0, 2), (2.0, 1)])
def test_a_wait_that_its_first_look_used_up_has_a_second(
    bound: float, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    clock = Clock(now=lambda: now[0], sleep=lambda _: None)
    monkeypatch.setattr(load_balancing, "eventually", partial(eventually, clock=clock))
    looked: list[int] = []

    def look() -> int:
        now[0] += 8.0
        looked.append(len(looked))
        return looked[-1]

    _, convergence = converge(look, lambda seen: seen == 1, what="an answer", bound=bound)

    assert (convergence.looks, convergence.reached) == (looks, looks == 2)


def test_batches_end_when_enough_came_or_all_were_made() -> None:
    def dial(tries: int) -> Attempts:
        return attempts("a" * tries)

    few = in_batches(dial, lambda made: len(made) == 2, sizes=(4, 12, 12))
    all_of_them = in_batches(dial, lambda _: False, sizes=(4, 12, 12))

    assert [made.tries for made in few] == [4, 12]
    assert [made.tries for made in all_of_them] == [4, 12, 12]


def test_the_client_of_the_table_is_the_probe_pod() -> None:
    assert ServiceNetwork(Proxy()).node().probe_pod.ip == CLIENT
