"""Single endpoint: one address, one default route, and peers that see just that address."""

from conformance.catalogue import check
from conformance.handles import NodeUnderTest
from conformance.judge import Judge
from conformance.probes import endpoint, interfaces
from verdicts.claims import endpoint as claims
from verdicts.vocabulary import Feature, Placement, Weight

NETWORK_MODEL = (
    "https://kubernetes.io/docs/concepts/services-networking/#the-kubernetes-network-model"
)


@check(
    id="endpoint-one-address",
    title="Every container of a pod has one address per IP family.",
    feature=Feature.SINGLE_ENDPOINT,
    weight=Weight.REQUIRED,
    claim=claims.every_container_has_one_address,
    within_pod=True,
    source=NETWORK_MODEL,
)
def test_a_container_has_one_address_per_family(node: NodeUnderTest, judge: Judge) -> None:
    observation = interfaces.pod_interfaces(node)

    judge(observation)


@check(
    id="endpoint-one-default-route",
    title="Every container of a pod has one default route per IP family.",
    feature=Feature.SINGLE_ENDPOINT,
    weight=Weight.REQUIRED,
    claim=claims.every_container_has_one_default_route,
    within_pod=True,
    source=NETWORK_MODEL,
)
def test_a_container_has_one_default_route_per_family(node: NodeUnderTest, judge: Judge) -> None:
    observation = interfaces.pod_interfaces(node)

    judge(observation)


@check(
    id="endpoint-source-same-node",
    title="A peer on the same node sees the container's own address as the source.",
    feature=Feature.SINGLE_ENDPOINT,
    weight=Weight.REQUIRED,
    claim=claims.peers_see_the_containers_own_address,
    source=NETWORK_MODEL,
)
def test_a_peer_on_the_same_node_sees_the_containers_address(
    node: NodeUnderTest, judge: Judge
) -> None:
    observation = endpoint.sources(node, placement=Placement.SAME_NODE)

    judge(observation)


@check(
    id="endpoint-source-other-node",
    title="Peers on other nodes see the container's own address as the source.",
    feature=Feature.SINGLE_ENDPOINT,
    weight=Weight.REQUIRED,
    claim=claims.peers_see_the_containers_own_address,
    source=NETWORK_MODEL,
)
def test_peers_on_other_nodes_see_the_containers_address(
    node: NodeUnderTest, judge: Judge
) -> None:
    observation = endpoint.sources(node, placement=Placement.OTHER_NODE)

    judge(observation)
