"""CNI plugin, deeper: large messages arrive whole, and addresses are given back."""

from conformance.catalogue import check
from conformance.handles import NodeUnderTest
from conformance.judge import Judge
from conformance.probes import address_book, large_packets
from verdicts.claims import address_book as book
from verdicts.claims import large_packets as sizes
from verdicts.vocabulary import Feature, Level, Weight


@check(
    id="cni-large-packets",
    title="Messages larger than a packet arrive whole between pods on two nodes.",
    feature=Feature.CNI_PLUGIN,
    weight=Weight.REQUIRED,
    level=Level.EXTENDED,
    claim=sizes.large_messages_arrive_whole,
    rests_on={"cni-pods-reach-each-other"},
    source="https://kubernetes.io/docs/concepts/services-networking/#the-kubernetes-network-model",
)
def test_large_messages_arrive_whole(node: NodeUnderTest, judge: Judge) -> None:
    observation = large_packets.large_packets(node)

    judge(observation)


@check(
    id="cni-fragments",
    title="Datagrams larger than most packets arrive whole between pods on two nodes.",
    feature=Feature.CNI_PLUGIN,
    weight=Weight.REPORTED,
    level=Level.EXTENDED,
    claim=sizes.datagrams_in_fragments_arrive,
    rests_on={"cni-large-packets"},
    source="https://www.rfc-editor.org/rfc/rfc8900",
)
def test_datagrams_in_fragments_arrive(node: NodeUnderTest, judge: Judge) -> None:
    observation = large_packets.fragments(node)

    judge(observation)


@check(
    id="cni-address-book",
    title="A deleted pod's address is given back to its node's address book.",
    feature=Feature.CNI_PLUGIN,
    weight=Weight.REQUIRED,
    level=Level.EXTENDED,
    claim=book.a_deleted_pods_address_is_given_back,
    source=(
        "https://www.cni.dev/docs/spec/#del-remove-container-from-network-or-un-apply-modifications"
    ),
)
def test_a_deleted_pods_address_is_given_back(node: NodeUnderTest, judge: Judge) -> None:
    observation = address_book.address_book(node)

    judge(observation)
