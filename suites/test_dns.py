"""DNS search suffixes per pod: a short name means the Service of the pod's own namespace."""

from conformance.catalogue import check
from conformance.handles import NodeUnderTest
from conformance.judge import Judge
from conformance.probes import dns
from verdicts.checks import Witness
from verdicts.claims import dns as claims
from verdicts.claims import rewriting
from verdicts.vocabulary import Feature, Weight

_NEEDS = {Witness.CLUSTER_IP_UDP}
_PODS = "https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/"

# A resolver that does not know a full name does not know a short one either; and the lists that
# lead from the one to the other are the same for every short name.
_FULL_NAME = {"dns-fqdn"}
_SHORT_NAME = {*_FULL_NAME, "dns-own-kubernetes"}


@check(
    id="dns-own-kubernetes",
    title="The short name kubernetes yields the own namespace's Service, not that of default.",
    feature=Feature.DNS_SUFFIXES,
    weight=Weight.REQUIRED,
    claim=claims.kubernetes_is_the_own_namespaces,
    rests_on=_FULL_NAME,
    needs=_NEEDS,
    source=_PODS,
)
def test_kubernetes_is_the_own_namespaces_service(node: NodeUnderTest, judge: Judge) -> None:
    observation = dns.pod_names(node)

    judge(observation)


@check(
    id="dns-own-twin",
    title="A Service name that exists in two namespaces yields the own one's.",
    feature=Feature.DNS_SUFFIXES,
    weight=Weight.REQUIRED,
    claim=claims.twin_is_the_own_namespaces,
    rests_on=_SHORT_NAME,
    needs=_NEEDS,
    source=_PODS,
)
def test_a_name_of_two_namespaces_is_the_own_ones(node: NodeUnderTest, judge: Judge) -> None:
    observation = dns.pod_names(node)

    judge(observation)


@check(
    id="dns-fqdn",
    title="The full name of a Service yields its ClusterIP.",
    feature=Feature.DNS_SUFFIXES,
    weight=Weight.REQUIRED,
    claim=claims.full_name_resolves,
    needs=_NEEDS,
    source=f"{_PODS}#services",
)
def test_the_full_name_yields_the_cluster_ip(node: NodeUnderTest, judge: Judge) -> None:
    observation = dns.pod_names(node)

    judge(observation)


@check(
    id="dns-proxy-leaves-names",
    title="A service proxy passes an absolute short name on as it was asked.",
    feature=Feature.DNS_SUFFIXES,
    weight=Weight.REQUIRED,
    claim=rewriting.proxy_leaves_names_alone,
    needs=_NEEDS,
    source="https://github.com/kubernetes/kubernetes/issues/102846",
)
def test_the_proxy_leaves_names_alone(node: NodeUnderTest, judge: Judge) -> None:
    observation = dns.absolute_short_name(node)

    judge(observation)


@check(
    id="dns-search-list",
    title="The resolver searches the own namespace first, then the levels above it.",
    feature=Feature.DNS_SUFFIXES,
    weight=Weight.SUPPORTING,
    claim=claims.search_list_is_the_promised_one,
    rests_on=_SHORT_NAME,
    within_pod=True,
    source=_PODS,
)
def test_the_search_list_begins_with_the_own_namespace(node: NodeUnderTest, judge: Judge) -> None:
    observation = dns.pod_names(node)

    judge(observation)
