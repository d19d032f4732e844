"""Convergence: traffic follows what changes behind a Service, within a bound."""

from conformance.catalogue import check
from conformance.handles import NodeUnderTest
from conformance.judge import Judge
from conformance.probes import convergence, recreated
from verdicts.checks import Witness
from verdicts.claims import convergence as claims
from verdicts.vocabulary import Feature, Level, Weight

_READINESS = "https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions"
_PORTS = "https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports"
_STALE = "https://github.com/kubernetes/kubernetes/issues/11570"


@check(
    id="user-convergence",
    title="Pods get traffic while they are ready behind a Service, and none when they are not.",
    feature=Feature.USER_MODE,
    weight=Weight.SUPPORTING,
    level=Level.EXTENDED,
    claim=claims.changes_are_followed,
    needs={Witness.POD_TO_POD_TCP},
    rests_on={"user-tcp-backends", "user-backends-follow"},
    source=_READINESS,
)
def test_a_user_mode_proxy_follows_every_change(node: NodeUnderTest, judge: Judge) -> None:
    observation = convergence.changes(node)

    judge(observation)


@check(
    id="kernel-convergence",
    title="Pods get traffic while they are ready behind a Service, and none when they are not.",
    feature=Feature.KERNEL_MODE,
    weight=Weight.SUPPORTING,
    level=Level.EXTENDED,
    claim=claims.changes_are_followed,
    needs={Witness.POD_TO_POD_TCP},
    rests_on={"kernel-tcp-backends", "kernel-backends-follow"},
    source=_READINESS,
)
def test_a_kernel_mode_proxy_follows_every_change(node: NodeUnderTest, judge: Judge) -> None:
    observation = convergence.changes(node)

    judge(observation)


@check(
    id="user-service-forms",
    title="Named target ports, several ports and client affinity do what they are there for.",
    feature=Feature.USER_MODE,
    weight=Weight.SUPPORTING,
    level=Level.EXTENDED,
    claim=claims.services_of_every_form_answer,
    needs={Witness.POD_TO_POD_TCP, Witness.POD_TO_POD_UDP},
    rests_on={"user-tcp-backends", "user-udp-backends"},
    source=_PORTS,
)
def test_a_user_mode_proxy_serves_every_form(node: NodeUnderTest, judge: Judge) -> None:
    observation = convergence.forms(node)

    judge(observation)


@check(
    id="kernel-service-forms",
    title="Named target ports, several ports and client affinity do what they are there for.",
    feature=Feature.KERNEL_MODE,
    weight=Weight.SUPPORTING,
    level=Level.EXTENDED,
    claim=claims.services_of_every_form_answer,
    needs={Witness.POD_TO_POD_TCP, Witness.POD_TO_POD_UDP},
    rests_on={"kernel-tcp-backends", "kernel-udp-backends"},
    source=_PORTS,
)
def test_a_kernel_mode_proxy_serves_every_form(node: NodeUnderTest, judge: Judge) -> None:
    observation = convergence.forms(node)

    judge(observation)


@check(
    id="kernel-udp-same-port",
    title="A datagram from a source port that has sent one before is answered as well.",
    feature=Feature.KERNEL_MODE,
    weight=Weight.REQUIRED,
    level=Level.EXTENDED,
    claim=claims.later_datagrams_are_answered,
    needs={Witness.POD_TO_POD_UDP},
    rests_on={"kernel-udp-backends"},
    source="https://kubernetes.io/docs/concepts/services-networking/service/",
)
def test_a_kernel_mode_proxy_serves_a_port_again(node: NodeUnderTest, judge: Judge) -> None:
    observation = convergence.same_ports(node)

    judge(observation)


@check(
    id="user-udp-successor",
    title="A UDP client that keeps its source port reaches the backend after the one that went.",
    feature=Feature.USER_MODE,
    weight=Weight.SUPPORTING,
    level=Level.EXTENDED,
    claim=claims.a_new_udp_backend_is_found,
    needs={Witness.POD_TO_POD_UDP},
    rests_on={"user-udp-backends", "user-backends-follow"},
    source=_STALE,
)
def test_a_user_mode_proxy_finds_the_next_udp_backend(node: NodeUnderTest, judge: Judge) -> None:
    observation = convergence.succession(node)

    judge(observation)


@check(
    id="kernel-udp-successor",
    title="A UDP client that keeps its source port reaches the backend after the one that went.",
    feature=Feature.KERNEL_MODE,
    weight=Weight.SUPPORTING,
    level=Level.EXTENDED,
    claim=claims.a_new_udp_backend_is_found,
    needs={Witness.POD_TO_POD_UDP},
    rests_on={"kernel-udp-backends", "kernel-udp-same-port", "kernel-backends-follow"},
    source=_STALE,
)
def test_a_kernel_mode_proxy_finds_the_next_udp_backend(node: NodeUnderTest, judge: Judge) -> None:
    observation = convergence.succession(node)

    judge(observation)


@check(
    id="dns-recreated-service",
    title="A Service that is made again under its name is found by that name.",
    feature=Feature.DNS_SUFFIXES,
    weight=Weight.SUPPORTING,
    level=Level.EXTENDED,
    claim=claims.a_name_leads_to_the_new_service,
    needs={Witness.CLUSTER_IP_UDP},
    rests_on={"dns-fqdn"},
    source="https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#services",
)
def test_a_name_leads_to_the_new_service(node: NodeUnderTest, judge: Judge) -> None:
    observation = recreated.recreated(node)

    judge(observation)
