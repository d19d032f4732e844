"""Waves: pods that come and go in numbers leave nothing behind; and ports that nodes lend to pods."""

from conformance.catalogue import check
from conformance.handles import NodeUnderTest
from conformance.judge import Judge
from conformance.probes import host_port, waves
from verdicts.claims import waves as claims
from verdicts.vocabulary import Feature, Level, Weight


@check(
    id="cni-host-port",
    title="A pod's hostPort leads from its node's address to the pod.",
    feature=Feature.CNI_PLUGIN,
    weight=Weight.REPORTED,
    level=Level.EXTENDED,
    claim=claims.a_host_port_leads_to_its_pod,
    rests_on={"cni-pods-reach-each-other"},
    source=(
        "https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/"
        "network-plugins/#support-hostport"
    ),
)
def test_a_host_port_leads_to_its_pod(node: NodeUnderTest, judge: Judge) -> None:
    observation = host_port.host_port(node)

    judge(observation)


@check(
    id="cni-waves",
    title="Sixty pods in waves have addresses of their own, and give them back when they end.",
    feature=Feature.CNI_PLUGIN,
    weight=Weight.SUPPORTING,
    level=Level.EXTENDED,
    claim=claims.waves_leave_nothing,
    is_heavy=True,
    rests_on={
        "cni-address-book",
        "cni-dead-address-silent",
        "cni-distinct-addresses",
        "cni-pods-reach-each-other",
    },
    source="https://github.com/kubernetes/kubernetes/issues/68511",
)
def test_waves_of_pods_leave_nothing(node: NodeUnderTest, judge: Judge) -> None:
    observation = waves.waves(node)

    judge(observation)
