"""DNS beyond the short name: partial names, and pods with DNS settings of their own."""

from conformance.catalogue import check
from conformance.handles import NodeUnderTest
from conformance.judge import Judge
from conformance.probes import pod_dns, resolvers
from verdicts.checks import Witness
from verdicts.claims import pod_dns as claims
from verdicts.claims.resolvers import (
    every_resolver_finds_the_service,
    missing_records_are_answered,
)
from verdicts.vocabulary import Feature, Level, Weight

_DNS = "https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/"


@check(
    id="dns-partial-names",
    title="Names of a Service and its namespace are completed, where that is promised.",
    feature=Feature.DNS_SUFFIXES,
    weight=Weight.SUPPORTING,
    level=Level.EXTENDED,
    claim=claims.partial_names_are_completed,
    needs={Witness.CLUSTER_IP_UDP},
    rests_on={"dns-fqdn", "dns-search-list"},
    source=f"{_DNS}#namespaces-of-services",
)
def test_partial_names_are_completed(node: NodeUnderTest, judge: Judge) -> None:
    observation = pod_dns.partial_names(node)

    judge(observation)


@check(
    id="dns-pod-policies",
    title="Pods have the DNS settings that they ask for, where that is promised.",
    feature=Feature.DNS_SUFFIXES,
    weight=Weight.SUPPORTING,
    level=Level.EXTENDED,
    claim=claims.pods_have_the_settings_they_ask_for,
    needs={Witness.CLUSTER_IP_UDP},
    rests_on={"dns-fqdn"},
    source=f"{_DNS}#pod-s-dns-policy",
)
def test_pods_have_the_settings_they_ask_for(node: NodeUnderTest, judge: Judge) -> None:
    observation = pod_dns.pod_policies(node)

    judge(observation)


@check(
    id="dns-resolvers",
    title="Every resolver of a container finds a Service: the C library's, Go's, its name servers.",
    feature=Feature.DNS_SUFFIXES,
    weight=Weight.SUPPORTING,
    level=Level.EXTENDED,
    claim=every_resolver_finds_the_service,
    needs={Witness.CLUSTER_IP_UDP, Witness.POD_TO_POD_TCP},
    rests_on={"dns-fqdn", "dns-own-kubernetes"},
    source=f"{_DNS}#services",
)
def test_every_resolver_finds_a_service(node: NodeUnderTest, judge: Judge) -> None:
    observation = resolvers.resolutions(node)

    judge(observation)


@check(
    id="dns-missing-records",
    title="A question for a record that a Service does not have is answered, not left open.",
    feature=Feature.DNS_SUFFIXES,
    weight=Weight.SUPPORTING,
    level=Level.EXTENDED,
    claim=missing_records_are_answered,
    needs={Witness.CLUSTER_IP_UDP},
    rests_on={"dns-fqdn"},
    source="https://www.rfc-editor.org/rfc/rfc2308#section-2",
)
def test_a_question_for_a_missing_record_is_answered(node: NodeUnderTest, judge: Judge) -> None:
    observation = resolvers.missing_records(node)

    judge(observation)
