"""DNS after a restart: a container that is started again searches where it searched before."""

from conformance.catalogue import check
from conformance.handles import NodeUnderTest
from conformance.judge import Judge
from conformance.probes import restarted_names
from verdicts.checks import Witness
from verdicts.claims import restarted_names as claims
from verdicts.vocabulary import Feature, Level, Weight


@check(
    id="dns-after-restart",
    title="In a container that is restarted the short name kubernetes is the own namespace's still.",
    feature=Feature.DNS_SUFFIXES,
    weight=Weight.REQUIRED,
    level=Level.EXTENDED,
    claim=claims.a_restarted_container_keeps_its_names,
    rests_on={"dns-own-kubernetes"},
    needs={Witness.CLUSTER_IP_UDP},
    source="https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/",
)
def test_a_restarted_container_keeps_its_names(node: NodeUnderTest, judge: Judge) -> None:
    observation = restarted_names.names_after_restart(node)

    judge(observation)
