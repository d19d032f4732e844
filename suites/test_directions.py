"""Directions: every platform reaches every other, by every address that a server goes by."""

from conformance.catalogue import check
from conformance.handles import NodeUnderTest
from conformance.judge import Judge
from conformance.probes import directions
from verdicts.checks import Witness
from verdicts.claims import directions as claims
from verdicts.vocabulary import Feature, Level, Weight

_MODEL = "https://kubernetes.io/docs/concepts/services-networking/#the-kubernetes-network-model"
_SERVICE = "https://kubernetes.io/docs/concepts/services-networking/service/"


@check(
    id="cni-directions",
    title="Pods reach pods, on this node and on others, at their addresses, over TCP and UDP.",
    feature=Feature.CNI_PLUGIN,
    weight=Weight.SUPPORTING,
    level=Level.EXTENDED,
    claim=claims.pods_are_reached_in_every_direction,
    rests_on={"cni-distinct-addresses", "cni-pods-reach-each-other"},
    source=_MODEL,
)
def test_pods_are_reached_in_every_direction(node: NodeUnderTest, judge: Judge) -> None:
    observation = directions.pod_flows(node)

    judge(observation)


@check(
    id="user-directions",
    title="Backends of every platform answer by ClusterIP, and by NodePort from other nodes.",
    feature=Feature.USER_MODE,
    weight=Weight.SUPPORTING,
    level=Level.EXTENDED,
    claim=claims.services_are_reached_in_every_direction,
    needs={Witness.POD_TO_POD_TCP},
    rests_on={"user-tcp-backends", "user-udp-backends", "user-node-port"},
    source=_SERVICE,
)
def test_a_user_mode_proxy_leads_in_every_direction(node: NodeUnderTest, judge: Judge) -> None:
    observation = directions.service_flows(node)

    judge(observation)


@check(
    id="kernel-directions",
    title="Backends of every platform answer by ClusterIP, and by NodePort from other nodes.",
    feature=Feature.KERNEL_MODE,
    weight=Weight.SUPPORTING,
    level=Level.EXTENDED,
    claim=claims.services_are_reached_in_every_direction,
    needs={Witness.POD_TO_POD_TCP},
    rests_on={"kernel-tcp-backends", "kernel-udp-backends", "kernel-node-port"},
    source=_SERVICE,
)
def test_a_kernel_mode_proxy_leads_in_every_direction(node: NodeUnderTest, judge: Judge) -> None:
    observation = directions.service_flows(node)

    judge(observation)


@check(
    id="dns-directions",
    title="A Service that answers by ClusterIP answers by its full name.",
    feature=Feature.DNS_SUFFIXES,
    weight=Weight.SUPPORTING,
    level=Level.EXTENDED,
    claim=claims.names_lead_where_their_services_do,
    # Clients of theirs are Go programs, which ask with EDNS0.
    rests_on={"dns-fqdn", "dns-resolvers"},
    needs={Witness.CLUSTER_IP_UDP},
    source="https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#services",
)
def test_full_names_lead_in_every_direction(node: NodeUnderTest, judge: Judge) -> None:
    observation = directions.name_flows(node)

    judge(observation)


@check(
    id="cni-node-directions",
    title="A node reaches pods, ClusterIPs and NodePorts, where its platform documents it.",
    feature=Feature.CNI_PLUGIN,
    weight=Weight.REPORTED,
    level=Level.EXTENDED,
    claim=claims.a_node_reaches_pods_and_services,
    source=_MODEL,
)
def test_a_node_reaches_pods_and_services(node: NodeUnderTest, judge: Judge) -> None:
    observation = directions.node_flows(node)

    judge(observation)
