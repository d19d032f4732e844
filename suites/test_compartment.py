"""Shared compartment: the containers of a pod have one network stack between them."""

from conformance.catalogue import check
from conformance.handles import NodeUnderTest
from conformance.judge import Judge
from conformance.probes import compartment, interfaces
from verdicts.claims import compartment as claims
from verdicts.claims import container_ports
from verdicts.vocabulary import Feature, Protocol, Weight

POD_NETWORKING = "https://kubernetes.io/docs/concepts/workloads/pods/#pod-networking"

# Containers that do not reach each other there are in compartments of their own.
_LOOPBACK = {"compartment-loopback-tcp"}


@check(
    id="compartment-loopback-tcp",
    title="Every container of a pod reaches every other over TCP on 127.0.0.1.",
    feature=Feature.SHARED_COMPARTMENT,
    weight=Weight.REQUIRED,
    claim=container_ports.every_pair_answers_on_loopback,
    within_pod=True,
    source=POD_NETWORKING,
)
def test_containers_answer_each_other_over_tcp_on_loopback(
    node: NodeUnderTest, judge: Judge
) -> None:
    observation = compartment.loopback(node.probe_pod, protocol=Protocol.TCP)

    judge(observation)


@check(
    id="compartment-addresses",
    title="All containers of a pod see one set of addresses, and the pod's IPs are in it.",
    feature=Feature.SHARED_COMPARTMENT,
    weight=Weight.REQUIRED,
    claim=claims.every_container_has_the_pods_addresses,
    rests_on=_LOOPBACK,
    within_pod=True,
    source=POD_NETWORKING,
)
def test_containers_have_the_pods_addresses(node: NodeUnderTest, judge: Judge) -> None:
    observation = interfaces.pod_interfaces(node)

    judge(observation)


@check(
    id="compartment-loopback-udp",
    title="Every container of a pod reaches every other over UDP on 127.0.0.1.",
    feature=Feature.SHARED_COMPARTMENT,
    weight=Weight.SUPPORTING,
    claim=container_ports.every_pair_answers_on_loopback,
    rests_on=_LOOPBACK,
    within_pod=True,
    source=POD_NETWORKING,
)
def test_containers_answer_each_other_over_udp_on_loopback(
    node: NodeUnderTest, judge: Judge
) -> None:
    observation = compartment.loopback(node.probe_pod, protocol=Protocol.UDP)

    judge(observation)


@check(
    id="compartment-ports-on-pod-ip",
    title="Every container's port answers a peer on the pod IP.",
    feature=Feature.SHARED_COMPARTMENT,
    weight=Weight.SUPPORTING,
    claim=container_ports.every_port_answers_on_the_pod_ip,
    rests_on=_LOOPBACK,
    source=POD_NETWORKING,
)
def test_every_containers_port_answers_on_the_pod_ip(node: NodeUnderTest, judge: Judge) -> None:
    observation = compartment.ports_on_pod_ip(node)

    judge(observation)


@check(
    id="compartment-port-conflict",
    title="A container cannot bind the wildcard port that another container of its pod holds.",
    feature=Feature.SHARED_COMPARTMENT,
    weight=Weight.SUPPORTING,
    claim=claims.a_second_bind_clashes,
    rests_on=_LOOPBACK,
    within_pod=True,
    source="https://kubernetes.io/docs/concepts/services-networking/#the-kubernetes-network-model",
)
def test_a_port_is_held_by_one_container_of_a_pod(node: NodeUnderTest, judge: Judge) -> None:
    observation = compartment.port_conflict(node.probe_pod)

    judge(observation)
