"""CNI plugin: pods have addresses and endpoints of a plugin's making, and lose them when deleted."""

from conformance.catalogue import check
from conformance.handles import NodeUnderTest
from conformance.judge import Judge
from conformance.probes import cni, paths, wire
from verdicts.claims import cni as addresses
from verdicts.claims import paths as reached
from verdicts.claims import wire as frames
from verdicts.vocabulary import Feature, Weight

_BLOG = "https://kubernetes.io/blog/2017/09/Windows-Networking-At-Parity-With-Linux"
_MODEL = "https://kubernetes.io/docs/concepts/services-networking/#the-kubernetes-network-model"

# Who answers at an address of two pods is one of them, and never the other.
_OWN_ADDRESS = {"cni-distinct-addresses"}


@check(
    id="cni-distinct-addresses",
    title="Pods of a platform have distinct addresses, none of them of a NAT range.",
    feature=Feature.CNI_PLUGIN,
    weight=Weight.REQUIRED,
    claim=addresses.addresses_are_distinct,
    source=_MODEL,
)
def test_pods_have_distinct_addresses(node: NodeUnderTest, judge: Judge) -> None:
    observation = cni.platform_addresses(node)

    judge(observation)


@check(
    id="cni-pods-reach-each-other",
    title="Every pod reaches every other both ways, on the same and on other nodes.",
    feature=Feature.CNI_PLUGIN,
    weight=Weight.REQUIRED,
    claim=reached.every_pod_reaches_every_other,
    rests_on=_OWN_ADDRESS,
    source=_MODEL,
)
def test_every_pod_reaches_every_other(node: NodeUnderTest, judge: Judge) -> None:
    observation = paths.reachability(node)

    judge(observation)


@check(
    id="cni-dead-address-silent",
    title="A deleted pod's address no longer answers with that pod's identity.",
    feature=Feature.CNI_PLUGIN,
    weight=Weight.REQUIRED,
    claim=reached.a_deleted_pods_address_is_silent,
    source="https://www.cni.dev/docs/spec/",
)
def test_a_deleted_pods_address_is_silent(node: NodeUnderTest, judge: Judge) -> None:
    observation = paths.dead_address(node)

    judge(observation)


@check(
    id="cni-node-reaches-pod",
    title="A node reaches its pods, as the kubelet's own HTTP probes show.",
    feature=Feature.CNI_PLUGIN,
    weight=Weight.REQUIRED,
    claim=reached.the_kubelet_reaches_its_pods,
    source=_MODEL,
)
def test_the_kubelet_reaches_its_pods(node: NodeUnderTest, judge: Judge) -> None:
    observation = paths.kubelet_probes(node)

    judge(observation)


@check(
    id="cni-l2bridge-mac",
    title="On the wire, a pod's frames bear its node's MAC.",
    feature=Feature.CNI_PLUGIN,
    weight=Weight.REQUIRED,
    claim=frames.frames_bear_the_nodes_mac,
    source=(
        "https://learn.microsoft.com/virtualization/windowscontainers/container-networking/"
        "network-drivers-topologies"
    ),
)
def test_frames_of_a_pod_bear_the_nodes_mac(node: NodeUnderTest, judge: Judge) -> None:
    observation = wire.wire(node)

    judge(observation)


@check(
    id="cni-plugin-configuration",
    title="The node has a CNI configuration, and its pods' endpoints are a plugin's.",
    feature=Feature.CNI_PLUGIN,
    weight=Weight.REQUIRED,
    claim=addresses.a_plugin_is_configured,
    source=(
        "https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/"
    ),
)
def test_the_node_has_a_plugin_configured(node: NodeUnderTest, judge: Judge) -> None:
    observation = cni.plugin(node)

    judge(observation)


@check(
    id="cni-address-source",
    title="Pods' addresses come from a range that is known.",
    feature=Feature.CNI_PLUGIN,
    weight=Weight.REPORTED,
    claim=addresses.addresses_have_an_origin,
    source=_BLOG,
)
def test_addresses_have_an_origin(node: NodeUnderTest, judge: Judge) -> None:
    observation = cni.origins(node)

    judge(observation)


@check(
    id="cni-pod-to-node",
    title="A pod reaches its node at the kubelet's port.",
    feature=Feature.CNI_PLUGIN,
    weight=Weight.SUPPORTING,
    claim=reached.a_pod_reaches_its_node,
    source=_MODEL,
)
def test_a_pod_reaches_its_node(node: NodeUnderTest, judge: Judge) -> None:
    observation = paths.pod_to_node(node)

    judge(observation)
