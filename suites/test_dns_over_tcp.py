"""DNS over TCP: what does not fit a datagram is resolved as well."""

from conformance.catalogue import check
from conformance.handles import NodeUnderTest
from conformance.judge import Judge
from conformance.probes import dns
from verdicts.checks import Witness
from verdicts.claims import dns_over_tcp as claims
from verdicts.vocabulary import Feature, Level, Weight


@check(
    id="dns-over-tcp",
    title="A container's name server answers over TCP as it does over UDP.",
    feature=Feature.DNS_SUFFIXES,
    weight=Weight.SUPPORTING,
    level=Level.EXTENDED,
    claim=claims.names_resolve_over_tcp,
    rests_on={"dns-fqdn"},
    needs={Witness.CLUSTER_IP_UDP},
    source="RFC 7766",
)
def test_the_name_server_answers_over_tcp(node: NodeUnderTest, judge: Judge) -> None:
    observation = dns.over_tcp(node)

    judge(observation)
