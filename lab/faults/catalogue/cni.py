"""Faults of the pod network that CNI plugins make: who reaches whom, and with what."""

from concurrent.futures import ThreadPoolExecutor

from lab import api
from lab.faults import places, proofs
from lab.faults.configurations import NoConfiguration
from lab.faults.fault import Bite, Fault, Turns, Undecided
from lab.faults.plugins import WrappedPlugin
from lab.faults.rules import NodeRules
from lab.faults.site import Site
from lab.faults.trial import Trial, comes_true
from lab.faults.trial_pods import PORTS
from lab.node_description import Node
from lab.waiting import eventually

_ROW = "cni-plugin"


def _send_large_datagram(site: Site, trial: Trial) -> str:
    client, backend = proofs.pair(site, trial)
    said = client.ask("udp", backend.address, PORTS["first"], f"echo {'x' * 1400}")
    return f"{len(said)} letters came back of 1400" if "x" in said else said


def _ask_from_the_node(site: Site, trial: Trial) -> str:
    pod = trial.pod(site.node)
    return proofs.node_space(site).ask("get", pod.address, PORTS["first"], "/hostname")


def _kubelet_does_not_get_through(site: Site, trial: Trial) -> Bite:
    """Ask a pod from its node, and wait until the kubelet, which does so too, has noticed."""
    asked = proofs.counted(_ask_from_the_node)(site, trial)
    path = trial.path(trial.pod(site.node))
    is_noticed = asked.bites and comes_true(
        lambda: not api.is_ready(site.api.get(path)),
        what="the kubelet has noticed",
        timeout=_NOTICED,
    )
    return Bite(is_noticed, f"{asked.seen}; the pod is {'un' if is_noticed else ''}ready")


def _pod_is_ready(node: Node, trial: Trial) -> None:
    """Give the node a pod that its kubelet has found ready."""
    path = trial.path(trial.pod(node))
    eventually(
        lambda: api.is_ready(trial.api.get(path)),
        what=f"the trial's pod on {node.name} is ready",
        timeout=_NOTICED,
        next_step=f"read `netparity lab logs {node.name}`",
    )


def _ask_the_kubelet(site: Site, trial: Trial) -> str:
    return trial.pod(site.node).get(site.topology.address(site.node), 10250)


def _two_do_not_reach_each_other(site: Site, trial: Trial) -> Bite:
    """Ask between two pods of the names that the fault picks, and from a third."""
    left, right = trial.several(site.node, "apart-1", "apart-2")
    client = trial.pod(site.node)
    with ThreadPoolExecutor() as at_once:
        ways = ((left, right), (right, left))
        asked = [at_once.submit(one.get, other.address, PORTS["first"]) for one, other in ways]
        between = {each.result() for each in asked}
    third = {client.get(pod.address, PORTS["first"]) for pod in (left, right)}
    trial.remove(left, right)
    return Bite(
        between == {"timed out"} and third == {left.name, right.name},
        f"between them {sorted(between)}, from a third {sorted(third)}",
    )


def _node_has_no_network(site: Site, trial: Trial) -> Bite:
    """Read what the node says of itself; the pods that run go on."""
    client, pod = trial.pods((proofs.other_node(site), "client"), (site.node, "client"))

    def is_ready() -> bool:
        return api.is_ready(site.api.get(f"/api/v1/nodes/{site.place}"))

    is_lost = comes_true(
        lambda: is_ready() != site.is_made, what="the node has noticed", timeout=_NOTICED
    )
    said = client.get(pod.address, PORTS["first"])
    return Bite(
        is_lost and site.is_made and said == pod.name,
        f"the node is {'ready' if is_ready() else 'not ready'}; a pod of its is answered by {said}",
    )


_NOTICED = 30.0
"""Seconds within which a kubelet reports what its runtime says."""

FAULTS = (
    Fault(
        name="mtu-black-hole",
        sentence="Packets of more than 1,200 bytes between pods are lost, and nobody is told.",
        source="https://github.com/projectcalico/calico/issues/7651",
        where=places.ROUTED_PODS,
        expects=Turns(
            check="cni-large-packets", feature=_ROW, codes=("unreached",), verdict="unsupported"
        ),
        # Between pods only: what the API server fetches from a pod is the harness's own.
        means=NodeRules(
            """
            chain forward {
              type filter hook forward priority -10; policy accept;
              ip saddr $all_pods ip daddr $all_pods meta length > 1200 counter drop
            }
            """
        ),
        proof=proofs.counted(_send_large_datagram),
    ),
    Fault(
        name="node-to-pod-blocked",
        sentence="The node's own packets do not reach its pods, which reach each other.",
        source="https://github.com/kubernetes/kubernetes/issues/81938",
        where=places.ROUTED_PODS_IN_KERNEL_MODE,
        expects=Turns(check="cni-node-reaches-pod", feature=_ROW, codes=("never-ready",)),
        # Refused, so that a kubelet notices at once: one that hears nothing waits for each probe.
        # DNS stays ready where it runs on this node: without it the fault would be every pod's.
        means=NodeRules(
            """
            chain output {
              type filter hook output priority -10; policy accept;
              ct direction original ip daddr $pods tcp dport != 8181 \
                counter reject with tcp reset
            }
            """
        ),
        proof=_kubelet_does_not_get_through,
        beforehand=_pod_is_ready,
    ),
    Fault(
        name="two-pods-apart",
        sentence="Two pods of the node do not reach each other; everybody else reaches both.",
        source="https://github.com/openshift/origin/issues/14092",
        where=places.ROUTED_PODS,
        expects=Turns(check="cni-pods-reach-each-other", feature=_ROW, codes=("unreached",)),
        # The latest pods of either name: an address may be another pod's by and by.
        means=WrappedPlugin(
            node_rules="""
            set pod1 { type ipv4_addr; }
            set pod2 { type ipv4_addr; }
            chain forward {
              type filter hook forward priority -10; policy accept;
              ip saddr @pod1 ip daddr @pod2 counter drop
              ip saddr @pod2 ip daddr @pod1 counter drop
            }
            """,
            pods=("*-1", "*-2"),
            outside=(
                "nft 'flush set ip $table pod<ordinal>'",
                "nft 'add element ip $table pod<ordinal> { <address> }'",
            ),
        ),
        proof=_two_do_not_reach_each_other,
    ),
    Fault(
        name="configuration-gone",
        sentence="The node's CNI configuration is gone; its pods go on, and it can make no more.",
        source="https://github.com/containerd/containerd/issues/11209",
        where=places.L2BRIDGE,
        # An empty folder alone proves nothing, so that no cell may turn: a node without a pod
        # network says that it is not ready, and what needs new pods there cannot be asked.
        expects=Undecided(survives=False),
        means=NoConfiguration(),
        proof=_node_has_no_network,
        beforehand=lambda node, trial: trial.pod(node),
    ),
    Fault(
        name="pod-to-node-refused",
        sentence="The node refuses its own pods at the kubelet's port.",
        source="https://github.com/cilium/cilium/issues/27149",
        where=places.ROUTED_PODS,
        expects=Turns(
            check="cni-pod-to-node", feature=_ROW, codes=("refused",), verdict="partial"
        ),
        means=NodeRules(
            """
            chain input {
              type filter hook input priority -10; policy accept;
              ip saddr $pods ip daddr $node tcp dport 10250 counter reject with tcp reset
            }
            """
        ),
        proof=proofs.counted(_ask_the_kubelet),
    ),
)
