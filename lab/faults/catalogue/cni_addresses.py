"""Faults of the addresses that CNI plugins give to pods, and of the frames that bear them."""

from ipaddress import IPv4Address

from lab.faults import places, proofs, stand_in
from lab.faults.fault import Bite, Fault, Turns
from lab.faults.plugins import WrappedPlugin, calls
from lab.faults.ranges import AddressesElsewhere
from lab.faults.site import Site
from lab.faults.trial import Trial, comes_true
from lab.faults.trial_pods import PORTS
from lab.processes import PYTHON

_ROW = "cni-plugin"


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
    pods = [trial.fresh(site.node, name=f"twice-{ordinal}") for ordinal in range(2)]
    addresses = [pod.address for pod in pods]
    trial.remove(*pods)
    return Bite(len(set(addresses)) == 1, f"two pods have {', '.join(addresses)}")


def _leave_the_node(site: Site, trial: Trial) -> str:
    pod, other = trial.fresh(site.node), trial.pod(proofs.other_node(site))
    return pod.get(other.address, PORTS["first"])


def _has_an_address_elsewhere(site: Site, trial: Trial) -> Bite:
    pod, other = trial.fresh(site.node), trial.pod(proofs.other_node(site))
    is_outside = IPv4Address(pod.address) not in site.topology.pods(site.node)
    said = other.get(pod.address, PORTS["first"])
    return Bite(is_outside and said == pod.name, f"{pod.address} is answered by {said}")


def _dead_pod_answers(site: Site, trial: Trial) -> Bite:
    """Delete a pod, wait until its sandbox is gone, and ask its address."""
    pod, client = trial.fresh(site.node), trial.pod(site.node)
    trial.remove(pod)

    def is_over() -> bool:
        if site.is_made:
            return any(pod.name in call and "not executed" in call for call in calls(site))
        return client.get(pod.address, PORTS["first"]) != pod.name

    comes_true(is_over, what="the sandbox is gone", timeout=proofs.LONG_ENOUGH)
    said = client.get(pod.address, PORTS["first"])
    return Bite(said == pod.name, f"at the address of {pod.name}: {said}")


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
        sentence="The second of the pods that are made gets the first one's address.",
        source="https://github.com/kubernetes/kubernetes/issues/51322",
        where=places.ANY_NODE,
        expects=Turns(check="cni-distinct-addresses", feature=_ROW, codes=("duplicate-address",)),
        # Of peers: whatever a run asks by the other pods is asked of whom it means.
        means=WrappedPlugin(ipam=True, repeated=2, pods=("peer-*", "twice-*")),
        proof=_two_share_an_address,
    ),
    Fault(
        name="mac-not-rewritten",
        sentence="Pods' frames leave the node with the pods' own MACs, as no l2bridge lets them.",
        source="https://github.com/antrea-io/antrea/issues/3188",
        where=places.L2BRIDGE,
        expects=Turns(check="cni-l2bridge-mac", feature=_ROW, codes=("own-mac",)),
        means=WrappedPlugin(
            node_family="netdev",
            node_rules="""
            map macs { type ipv4_addr : ether_addr; }
            chain leaving {
              type filter hook egress device "$wire" priority 0; policy accept;
              ip saddr @macs ether saddr set ip saddr map @macs counter
            }
            """,
            outside=(
                "-nft 'delete element netdev $table macs { <address> }'",
                "nft 'add element netdev $table macs { <address> : <mac> }'",
            ),
        ),
        proof=proofs.counted(_leave_the_node),
    ),
    Fault(
        name="addresses-elsewhere",
        sentence="Pods have addresses of a range that is not the host's, and are reached there.",
        source="https://github.com/projectcalico/calico/issues/1441",
        where=places.L2BRIDGE,
        # Only reported: the cell stays, and what is said of the addresses changes.
        expects=Turns(
            check="cni-address-source",
            feature=_ROW,
            codes=("outside-host-space",),
            verdict="supported",
        ),
        means=AddressesElsewhere(),
        proof=_has_an_address_elsewhere,
    ),
    Fault(
        name="dead-pod-answers",
        sentence="What ran beside a deleted pod's containers goes on answering at its address.",
        source="https://github.com/cilium/cilium/issues/29571",
        where=places.ROUTED_PODS,
        expects=Turns(check="cni-dead-address-silent", feature=_ROW, codes=("still-answers",)),
        means=WrappedPlugin(
            endpoint_stays=True,
            server=(*PYTHON, stand_in.__file__, str(stand_in.PORT), "<pod>"),
            farewell_rules=f"""
            chain prerouting {{
              type nat hook prerouting priority -100; policy accept;
              tcp dport {PORTS["first"]} counter redirect to :{stand_in.PORT}
            }}
            """,
        ),
        proof=_dead_pod_answers,
    ),
)
