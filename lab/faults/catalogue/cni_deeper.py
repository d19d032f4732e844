"""Faults of the pod network that only many pods show, or that a node's evidence does."""

from lab.faults import nft, places, proofs
from lab.faults.configurations import ConfigurationElsewhere, WithoutPlugin
from lab.faults.fault import Bite, Fault, Turns
from lab.faults.plugins import WrappedPlugin, calls
from lab.faults.rules import NodeRules
from lab.faults.site import Site
from lab.faults.together import Together
from lab.faults.trial import Trial, comes_true
from lab.faults.trial_pods import PORTS, Wishes

_ROW = "cni-plugin"
_HOST_PORT = 38090
_HASTY = 4


def _some_deletions_are_left_out(site: Site, trial: Trial) -> Bite:
    """Delete pods at once, and look which calls were executed; a kubelet takes its time for each."""
    pods = trial.several(site.node, *(f"hasty-{ordinal}" for ordinal in range(_HASTY)))
    trial.remove(*pods)

    def left_out() -> set[str]:
        lines = [call for call in calls(site) if "not executed" in call]
        return {pod.name for pod in pods if any(pod.name in line for line in lines)}

    some = comes_true(
        lambda: bool(left_out()),
        what="a DEL is left out",
        timeout=proofs.LONG_ENOUGH if site.is_made else 0,
    )
    return Bite(some, f"of {len(pods)} pods {len(left_out())} were not told to IPAM")


def _ask_host_port(site: Site, trial: Trial) -> str:
    """Ask a node for a port of it that a pod has, from another node."""
    pod = trial.fresh(site.node, wishes=Wishes(host_port=_HOST_PORT))
    client = trial.pod(proofs.other_node(site))
    said = client.get(site.topology.address(site.node), _HOST_PORT)
    trial.remove(pod)
    return said


def _nothing_is_configured(site: Site, trial: Trial) -> Bite:
    """List the folder as the node shows it, and count frames with pods' own MACs."""
    files = site.machine.run("ls", "/etc/cni/net.d").split()
    before = nft.counted(site.machine, site.table)
    client, other = proofs.pair(site, trial)
    client.get(other.address, PORTS["first"])
    frames = nft.counted(site.machine, site.table) - before
    return Bite(not files and frames > 0, f"files {files}, {frames} frames of pods' own MACs")


FAULTS = (
    Fault(
        name="addresses-leak-when-in-haste",
        sentence="Of pods that end within a second only the first gives its address back.",
        source="https://github.com/Azure/azure-container-networking/issues/218",
        # Elsewhere a range is too small for what is lost.
        where=places.LINUX,
        expects=Turns(check="cni-waves", feature=_ROW, codes=("leaked",), verdict="partial"),
        means=WrappedPlugin(ipam=True, not_executed=("DEL",), apart=1.0),
        proof=_some_deletions_are_left_out,
    ),
    Fault(
        name="host-ports-not-mapped",
        sentence="The node's chain of plugins has none for hostPorts, which are silently ignored.",
        source="https://github.com/kubernetes/kubernetes/issues/23920",
        where=places.ROUTED_PODS,
        # Only reported: the cell stays.
        expects=Turns(
            check="cni-host-port", feature=_ROW, codes=("no-answer",), verdict="supported"
        ),
        means=WithoutPlugin("portmap"),
        proof=proofs.answered(_ask_host_port, "refused", "timed out"),
    ),
    Fault(
        name="pods-without-a-plugin",
        sentence="No plugin is configured any more, and pods are on the wire with their own MACs.",
        source="https://kubernetes.io/blog/2017/09/Windows-Networking-At-Parity-With-Linux",
        where=places.LINUX,
        expects=Turns(check="cni-plugin-configuration", feature=_ROW, codes=("no-plugin",)),
        means=Together(
            (
                ConfigurationElsewhere(),
                NodeRules(
                    """
                    map macs { type ipv4_addr : ether_addr; flags dynamic; size 1024; }
                    chain arriving {
                      type filter hook ingress device "$bridge" priority 0; policy accept;
                      ip saddr $pods update @macs { ip saddr : ether saddr }
                    }
                    chain leaving {
                      type filter hook egress device "$wire" priority 0; policy accept;
                      ip saddr @macs ether saddr set ip saddr map @macs counter
                    }
                    """,
                    family="netdev",
                ),
            )
        ),
        proof=_nothing_is_configured,
    ),
)
