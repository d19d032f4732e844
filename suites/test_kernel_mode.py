"""Kernel-mode load balancing: packets to a Service are rewritten, and no process is in between."""

from conformance.catalogue import check
from conformance.handles import NodeUnderTest
from conformance.judge import Judge
from conformance.probes import (
    api_server,
    empty_service,
    load_balancing,
    node_port,
    refusing_backend,
    scaling,
    source_address,
)
from verdicts.checks import Witness
from verdicts.claims import kernel_mode as claims
from verdicts.vocabulary import Feature, Protocol, Weight

_SERVICE = "https://kubernetes.io/docs/concepts/services-networking/service/"
_VIRTUAL_IPS = "https://kubernetes.io/docs/reference/networking/virtual-ips/"
_API_FROM_PODS = "https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/"

# Whoever does not balance TCP over its backends shows nothing of its ways with anything else.
_BACKENDS = {"kernel-tcp-backends"}
# Whoever treats an empty Service as the other mode does, does so with all that tells modes apart.
_MODE = {*_BACKENDS, "kernel-no-endpoints-no-handshake"}


@check(
    id="kernel-tcp-backends",
    title="TCP through a ClusterIP reaches every ready backend and nothing else.",
    feature=Feature.KERNEL_MODE,
    weight=Weight.REQUIRED,
    claim=claims.a_kernel_mode_proxy_reaches_exactly_the_backends,
    needs={Witness.POD_TO_POD_TCP},
    source=_SERVICE,
)
def test_tcp_reaches_exactly_the_ready_backends(node: NodeUnderTest, judge: Judge) -> None:
    observation = load_balancing.backends(node, protocol=Protocol.TCP)

    judge(observation)


@check(
    id="kernel-udp-backends",
    title="UDP through a ClusterIP reaches every ready backend and nothing else.",
    feature=Feature.KERNEL_MODE,
    weight=Weight.REQUIRED,
    claim=claims.a_kernel_mode_proxy_reaches_exactly_the_backends,
    rests_on=_BACKENDS,
    needs={Witness.POD_TO_POD_UDP},
    source=_SERVICE,
)
def test_udp_reaches_exactly_the_ready_backends(node: NodeUnderTest, judge: Judge) -> None:
    observation = load_balancing.backends(node, protocol=Protocol.UDP)

    judge(observation)


@check(
    id="kernel-no-endpoints-no-handshake",
    title="A Service that never had endpoints completes no handshake.",
    feature=Feature.KERNEL_MODE,
    weight=Weight.REQUIRED,
    claim=claims.a_kernel_mode_proxy_completes_no_handshake_without_endpoints,
    rests_on=_BACKENDS,
    source="https://github.com/kubernetes/kubernetes/pull/72534",
)
def test_an_empty_service_completes_no_handshake(node: NodeUnderTest, judge: Judge) -> None:
    observation = empty_service.beside_a_live_one(node)

    judge(observation)


@check(
    id="kernel-refusing-backend-not-masked",
    title="A backend that refuses connections is not masked by the live one beside it.",
    feature=Feature.KERNEL_MODE,
    weight=Weight.REQUIRED,
    claim=claims.a_kernel_mode_proxy_does_not_mask_a_refusing_backend,
    rests_on=_MODE,
    needs={Witness.POD_TO_POD_TCP},
    source=_VIRTUAL_IPS,
)
def test_a_refusing_backend_is_not_masked(node: NodeUnderTest, judge: Judge) -> None:
    observation = refusing_backend.refusing_backend(node)

    judge(observation)


@check(
    id="kernel-backends-follow",
    title="Backends that join or leave a Service are reached or left alone accordingly.",
    feature=Feature.KERNEL_MODE,
    weight=Weight.SUPPORTING,
    claim=claims.a_kernel_mode_proxy_follows_its_backends,
    rests_on=_BACKENDS,
    needs={Witness.POD_TO_POD_TCP},
    source=_SERVICE,
)
def test_the_proxy_follows_its_backends(node: NodeUnderTest, judge: Judge) -> None:
    observation = scaling.scaling(node)

    judge(observation)


@check(
    id="kernel-hairpin",
    title="A pod reaches itself through its own Service.",
    feature=Feature.KERNEL_MODE,
    weight=Weight.SUPPORTING,
    claim=claims.a_pod_reaches_itself_through_its_service,
    rests_on=_BACKENDS,
    source=(
        "https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/"
        "#a-pod-fails-to-reach-itself-via-the-service-ip"
    ),
)
def test_a_pod_reaches_itself_through_its_service(node: NodeUnderTest, judge: Judge) -> None:
    observation = load_balancing.hairpin(node)

    judge(observation)


@check(
    id="kernel-node-port",
    title="A NodePort leads to backends on its node and on others, asked from another node.",
    feature=Feature.KERNEL_MODE,
    weight=Weight.SUPPORTING,
    claim=claims.a_kernel_mode_proxy_serves_the_node_port,
    rests_on=_BACKENDS,
    needs={Witness.POD_TO_POD_TCP},
    source=f"{_SERVICE}#type-nodeport",
)
def test_a_node_port_answers_from_another_node(node: NodeUnderTest, judge: Judge) -> None:
    observation = node_port.node_port(node)

    judge(observation)


@check(
    id="kernel-api-service",
    title="A pod reaches the API server at its Service, whose endpoints are no pods.",
    feature=Feature.KERNEL_MODE,
    weight=Weight.SUPPORTING,
    claim=claims.a_kernel_mode_proxy_leads_to_the_api_server,
    rests_on=_BACKENDS,
    source=_API_FROM_PODS,
)
def test_a_pod_reaches_the_api_server(node: NodeUnderTest, judge: Judge) -> None:
    observation = api_server.api_server(node)

    judge(observation)


@check(
    id="kernel-source-address",
    title="A backend sees the client pod's own address.",
    feature=Feature.KERNEL_MODE,
    weight=Weight.SUPPORTING,
    claim=claims.a_kernel_mode_proxy_keeps_the_clients_address,
    rests_on=_MODE,
    needs={Witness.POD_TO_POD_TCP, Witness.OWN_SOURCE},
    source=(
        "https://kubernetes.io/docs/tutorials/services/source-ip/"
        "#source-ip-for-services-with-type-clusterip"
    ),
)
def test_a_backend_sees_the_clients_own_address(node: NodeUnderTest, judge: Judge) -> None:
    observation = source_address.source_address(node)

    judge(observation)
