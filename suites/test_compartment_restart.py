"""A container that is started again is where its siblings are."""

from conformance.catalogue import check
from conformance.handles import NodeUnderTest
from conformance.judge import Judge
from conformance.probes import restart
from verdicts.claims import restart as claims
from verdicts.vocabulary import Feature, Level, Weight


@check(
    id="compartment-after-restart",
    title="A container that is restarted answers its sibling on 127.0.0.1 again.",
    feature=Feature.SHARED_COMPARTMENT,
    weight=Weight.REQUIRED,
    level=Level.EXTENDED,
    claim=claims.a_restarted_container_stays_in_the_compartment,
    rests_on={"compartment-loopback-tcp"},
    within_pod=True,
    source="https://kubernetes.io/docs/concepts/workloads/pods/#pod-networking",
)
def test_a_restarted_container_is_reached_on_loopback(node: NodeUnderTest, judge: Judge) -> None:
    observation = restart.restarted(node)

    judge(observation)
