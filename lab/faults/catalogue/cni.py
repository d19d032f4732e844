"""Faults of the pod network that CNI plugins make."""

from lab.faults import places, proofs
from lab.faults.fault import Bite, Fault, Turns
from lab.faults.plugins import WrappedPlugin, calls
from lab.faults.rules import NodeRules
from lab.faults.site import Site
from lab.faults.trial import PORTS, Trial, comes_true

_ROW = "cni-plugin"


def _send_large_datagram(site: Site, trial: Trial) -> str:
    client, backend = proofs.pair(site, trial)
    said = client.ask("udp", backend.address, PORTS["first"], f"echo {'x' * 1400}")
    return f"{len(said)} letters came back of 1400" if "x" in said else said


def _ask_from_the_node(site: Site, trial: Trial) -> str:
    pod = trial.pod(site.node)
    return proofs.node_space(site).ask("get", pod.address, PORTS["first"], "/hostname")


def _delete_a_pod(site: Site, trial: Trial) -> Bite:
    """Delete a pod, and look whether its address is still taken on its node."""
    pod = trial.fresh(site.node)
    trial.remove(pod)
    return Bite(
        comes_true(
            lambda: any(pod.name in call and "not executed" in call for call in calls(site)),
            what="a DEL is left out",
            timeout=proofs.LONG_ENOUGH if site.is_made else 0,
        ),
        f"{len(calls(site))} calls were handled",
    )


def _two_share_an_address(site: Site, trial: Trial) -> Bite:
    addresses = [trial.fresh(site.node).address for _ in range(2)]
    return Bite(len(set(addresses)) == 1, f"two pods have {', '.join(addresses)}")


FAULTS = (
    Fault(
        name="del-not-executed",
        sentence="The plugin says that it has given an address back, and has not.",
        source="https://github.com/kubernetes/kubernetes/issues/68511",
        where=places.ANY_NODE,
        expects=Turns(check="cni-address-book", feature=_ROW, codes=("leaked",)),
        means=WrappedPlugin(ipam=True, not_executed=("DEL",)),
        proof=_delete_a_pod,
    ),
    Fault(
        name="address-given-twice",
        sentence="The second pod that is made gets the address of the first, which still lives.",
        source="https://github.com/kubernetes/kubernetes/issues/51322",
        where=places.ANY_NODE,
        expects=Turns(check="cni-distinct-addresses", feature=_ROW, codes=("duplicate-address",)),
        means=WrappedPlugin(ipam=True, repeated=2),
        proof=_two_share_an_address,
    ),
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
        # DNS stays ready where it runs on this node: without it the fault would be every pod's.
        means=NodeRules(
            """
            chain output {
              type filter hook output priority -10; policy accept;
              ct direction original ip daddr $pods tcp dport != 8181 counter drop
            }
            """
        ),
        proof=proofs.counted(_ask_from_the_node),
    ),
)
