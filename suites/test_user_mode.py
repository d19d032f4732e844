"""User-mode load balancing: a proxy process accepts every connection and makes one of its own."""

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
from verdicts.claims import user_mode as claims
from verdicts.vocabulary import Feature, Protocol, Weight

_SERVICE = "https://kubernetes.io/docs/concepts/services-networking/service/"
_VIRTUAL_IPS = "https://kubernetes.io/docs/reference/networking/virtual-ips/"
_API_FROM_PODS = "https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/"
_PROXY_SOCKET = (
    "https://github.com/kubernetes/kubernetes/blob/v1.21.14/pkg/proxy/winuserspace/proxysocket.go"
)

# Whoever does not balance TCP over its backends shows nothing of its ways with anything else.
_BACKENDS = {"user-tcp-backends"}
# Whoever treats an empty Service as the other mode does, does so with all that tells modes apart.
_MODE = {*_BACKENDS, "user-no-endpoints-accepts"}


@check(
    id="user-tcp-backends",
    title="TCP through a ClusterIP reaches every ready backend and nothing else.",
    feature=Feature.USER_MODE,
    weight=Weight.REQUIRED,
    claim=claims.a_user_mode_proxy_reaches_exactly_the_backends,
    needs={Witness.POD_TO_POD_TCP},
    source=_SERVICE,
)
def test_tcp_reaches_exactly_the_ready_backends(node: NodeUnderTest, judge: Judge) -> None:
    observation = load_balancing.backends(node, protocol=Protocol.TCP)

    judge(observation)


@check(
    id="user-udp-backends",
    title="UDP through a ClusterIP reaches every ready backend and nothing else.",
    feature=Feature.USER_MODE,
    weight=Weight.REQUIRED,
    claim=claims.a_user_mode_proxy_reaches_exactly_the_backends,
    rests_on=_BACKENDS,
    needs={Witness.POD_TO_POD_UDP},
    source=_SERVICE,
)
def test_udp_reaches_exactly_the_ready_backends(node: NodeUnderTest, judge: Judge) -> None:
    observation = load_balancing.backends(node, protocol=Protocol.UDP)

    judge(observation)


@check(
    id="user-round-robin",
    title="Successive TCP connections go to the backends in strict rotation.",
    feature=Feature.USER_MODE,
    weight=Weight.REQUIRED,
    claim=claims.a_user_mode_proxy_goes_round,
    rests_on=_MODE,
    needs={Witness.POD_TO_POD_TCP},
    source=(
        "https://github.com/kubernetes/kubernetes/blob/v1.21.14/pkg/proxy/winuserspace/roundrobin.go"
    ),
)
def test_connections_go_to_the_backends_in_rotation(node: NodeUnderTest, judge: Judge) -> None:
    observation = load_balancing.rotation(node)

    judge(observation)


@check(
    id="user-no-endpoints-accepts",
    title="A Service that never had endpoints accepts a connection, then closes it.",
    feature=Feature.USER_MODE,
    weight=Weight.REQUIRED,
    claim=claims.a_user_mode_proxy_accepts_without_endpoints,
    rests_on=_BACKENDS,
    source=_PROXY_SOCKET,
)
def test_an_empty_service_accepts_and_closes(node: NodeUnderTest, judge: Judge) -> None:
    observation = empty_service.awaited(node)

    judge(observation)


@check(
    id="user-refusing-backend-masked",
    title="A backend that refuses connections is masked by the live one beside it.",
    feature=Feature.USER_MODE,
    weight=Weight.REQUIRED,
    claim=claims.a_user_mode_proxy_masks_a_refusing_backend,
    rests_on=_MODE,
    needs={Witness.POD_TO_POD_TCP},
    source=_VIRTUAL_IPS,
)
def test_a_refusing_backend_is_masked(node: NodeUnderTest, judge: Judge) -> None:
    observation = refusing_backend.refusing_backend(node)

    judge(observation)


@check(
    id="user-backends-follow",
    title="Backends that join or leave a Service are reached or left alone accordingly.",
    feature=Feature.USER_MODE,
    weight=Weight.SUPPORTING,
    claim=claims.a_user_mode_proxy_follows_its_backends,
    rests_on=_BACKENDS,
    needs={Witness.POD_TO_POD_TCP},
    source=_SERVICE,
)
def test_the_proxy_follows_its_backends(node: NodeUnderTest, judge: Judge) -> None:
    observation = scaling.scaling(node)

    judge(observation)


@check(
    id="user-node-port",
    title="A NodePort leads to backends on its node and on others, asked from another node.",
    feature=Feature.USER_MODE,
    weight=Weight.SUPPORTING,
    claim=claims.a_user_mode_proxy_serves_the_node_port,
    rests_on=_BACKENDS,
    needs={Witness.POD_TO_POD_TCP},
    source=f"{_SERVICE}#type-nodeport",
)
def test_a_node_port_answers_from_another_node(node: NodeUnderTest, judge: Judge) -> None:
    observation = node_port.node_port(node)

    judge(observation)


@check(
    id="user-api-service",
    title="A pod reaches the API server at its Service, whose endpoints are no pods.",
    feature=Feature.USER_MODE,
    weight=Weight.SUPPORTING,
    claim=claims.a_user_mode_proxy_leads_to_the_api_server,
    rests_on=_BACKENDS,
    source=_API_FROM_PODS,
)
def test_a_pod_reaches_the_api_server(node: NodeUnderTest, judge: Judge) -> None:
    observation = api_server.api_server(node)

    judge(observation)


@check(
    id="user-source-address",
    title="A backend sees a node's address as its client's.",
    feature=Feature.USER_MODE,
    weight=Weight.SUPPORTING,
    claim=claims.a_user_mode_proxy_shows_a_node_as_the_client,
    rests_on=_MODE,
    needs={Witness.POD_TO_POD_TCP, Witness.OWN_SOURCE},
    source=_PROXY_SOCKET,
)
def test_a_backend_sees_a_node_as_its_client(node: NodeUnderTest, judge: Judge) -> None:
    observation = source_address.source_address(node)

    judge(observation)
