"""Kernel-mode load balancing over time: what one Service loses is its own loss, and silence none."""

from conformance.catalogue import check
from conformance.handles import NodeUnderTest
from conformance.judge import Judge
from conformance.probes import service_changes, silence
from verdicts.checks import Witness
from verdicts.claims import kernel_mode as claims
from verdicts.vocabulary import Feature, Level, Weight

# Whoever is in the other mode, or balances nothing, shows nothing of its ways with changes.
_MODE = {"kernel-tcp-backends", "kernel-no-endpoints-no-handshake"}


@check(
    id="kernel-services-independent",
    title="Deleting one of two Services over the same pods leaves the other working.",
    feature=Feature.KERNEL_MODE,
    weight=Weight.SUPPORTING,
    level=Level.EXTENDED,
    claim=claims.a_kernel_mode_proxy_keeps_services_apart,
    rests_on=_MODE,
    needs={Witness.POD_TO_POD_TCP},
    source="https://github.com/kubernetes/kubernetes/issues/76316",
)
def test_a_deleted_service_leaves_its_neighbour_working(node: NodeUnderTest, judge: Judge) -> None:
    observation = service_changes.shared_backends(node)

    judge(observation)


@check(
    id="kernel-last-endpoint-gone",
    title="A Service whose last endpoint went completes no handshake.",
    feature=Feature.KERNEL_MODE,
    weight=Weight.SUPPORTING,
    level=Level.EXTENDED,
    claim=claims.a_kernel_mode_proxy_forgets_the_last_endpoint,
    rests_on=_MODE,
    needs={Witness.POD_TO_POD_TCP},
    source="https://github.com/kubernetes/kubernetes/issues/137530",
)
def test_a_service_whose_last_endpoint_went_is_silent(node: NodeUnderTest, judge: Judge) -> None:
    observation = service_changes.last_endpoint(node)

    judge(observation)


@check(
    id="kernel-silent-connection",
    title="Connections through a ClusterIP that were silent for 5 s go on, at the same backend.",
    feature=Feature.KERNEL_MODE,
    weight=Weight.REQUIRED,
    level=Level.EXTENDED,
    claim=claims.a_kernel_mode_proxy_remembers_a_silent_connection,
    rests_on={"kernel-tcp-backends"},
    needs={Witness.POD_TO_POD_TCP},
    source="https://github.com/kubernetes/kubernetes/issues/80298",
)
def test_a_silent_connection_is_remembered(node: NodeUnderTest, judge: Judge) -> None:
    observation = silence.silent_connections(node)

    judge(observation)
