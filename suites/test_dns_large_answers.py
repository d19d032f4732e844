"""DNS answers that are larger than the datagrams of old."""

from conformance.catalogue import check
from conformance.handles import NodeUnderTest
from conformance.judge import Judge
from conformance.probes import large_answers
from verdicts.checks import Witness
from verdicts.claims import large_answers as claims
from verdicts.vocabulary import Feature, Level, Weight


@check(
    id="dns-large-answers",
    title="An answer above 512 bytes arrives over UDP at whoever has room for it.",
    feature=Feature.DNS_SUFFIXES,
    weight=Weight.SUPPORTING,
    level=Level.EXTENDED,
    claim=claims.large_answers_arrive,
    rests_on={"dns-fqdn"},
    needs={Witness.CLUSTER_IP_UDP},
    source="https://www.rfc-editor.org/rfc/rfc6891#section-6.2.5",
)
def test_large_answers_arrive(node: NodeUnderTest, judge: Judge) -> None:
    observation = large_answers.large_answers(node)

    judge(observation)
