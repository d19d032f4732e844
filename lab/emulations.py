"""What an emulated node needs beyond its CNI configuration and its proxy; one switch each."""

from pathlib import Path

from lab.machine import Machine
from lab.network import POD_BRIDGE, TRANSPARENT_BRIDGE, UPLINK
from lab.node_description import Emulation, Node
from lab.topology import Topology

_NON_DSR = """\
table ip netparity-non-dsr {{
  chain postrouting {{
    type nat hook postrouting priority 90; policy accept;
    meta mark & 0x4000 == 0x4000 ct status dnat snat to {address}
  }}
}}
"""
"""Translates what kube-proxy has marked for masquerading to the node's address.

Masquerading alone takes the leaving link's address, for a backend on the node itself that of a
pod's gateway; non-DSR Windows shows the node's: https://github.com/kubernetes/kubernetes/issues/83072
"""

_L2BRIDGE = """\
table ip netparity-l2bridge {{
  chain postrouting {{
    type nat hook postrouting priority 90; policy accept;
    ip saddr {gateway} ip daddr {pods} snat to {address}
  }}
}}
"""
"""Gives what the node itself sends to its pods the node's address.

The kernel would take the link's, which is the pods' gateway: an address that a Windows node does
not have, and of the pods' range.
"""

_SILENT_DROP = """\
table ip netparity-silent-drop {{
  chain translated {{
    ip daddr {services} counter drop
    fib daddr type local meta l4proto {{ tcp, udp }} th dport 30000-32767 counter drop
  }}
  chain prerouting {{
    type filter hook prerouting priority -90; policy accept;
    ct state new jump translated
  }}
  chain output {{
    type filter hook output priority -90; policy accept;
    ct state new jump translated
  }}
}}
"""
"""Drops what kube-proxy did not translate, before its filter chains can refuse it.

A VFP without a policy for the service lets the packet go and nobody answers: winkernel applies none
without endpoints (pkg/proxy/winkernel/proxier.go, "Not applying any policy").
"""


def firewall(topology: Topology, node: Node) -> str:
    """Return the nft rules of the node's own, beside those of its proxy; empty for most nodes."""
    rules = ""
    address = topology.address(node)
    if node.emulates(Emulation.L2BRIDGE):
        pods = topology.pods(node)
        rules += _L2BRIDGE.format(gateway=pods[1], pods=pods, address=address)
    if node.emulates(Emulation.NON_DSR):
        rules += _NON_DSR.format(address=address)
    if node.emulates(Emulation.SILENT_DROP):
        rules += _SILENT_DROP.format(services=topology.service_cidr)
    return rules


def apply_firewall(topology: Topology, node: Node, machine: Machine) -> None:
    """Load the node's own nft rules."""
    rules = firewall(topology, node)
    if rules:
        machine.run("nft", "-f", "-", stdin=rules)


def sysctls(node: Node) -> dict[str, str]:
    """Return the values of the node's network namespace."""
    wire = TRANSPARENT_BRIDGE if node.emulates(Emulation.TRANSPARENT_NETWORK) else UPLINK
    names = ["all", "default", wire, *([] if node.has_host_addresses else [POD_BRIDGE])]
    values = {
        "net.ipv4.ip_forward": "1",
        "net.ipv4.conf.all.route_localnet": "1",
        # The host's values are inherited by new namespaces, and distributions differ.
        **{f"net.ipv4.conf.{name}.rp_filter": "0" for name in names},
        # A pod that is told of a shorter way would go around its node's proxy.
        **{f"net.ipv4.conf.{name}.send_redirects": "0" for name in names},
    }
    if not node.has_host_addresses:
        # Pods of one node are isolated on its bridge (see lab.cni) and find each other through it.
        values[f"net.ipv4.conf.{POD_BRIDGE}.proxy_arp_pvlan"] = "1"
        values[f"net.ipv4.neigh.{POD_BRIDGE}.proxy_delay"] = "0"
    if node.emulates(Emulation.L2BRIDGE):
        # The node answers ARP for its pods, at once: the kernel's default is up to 0.8 s later.
        values[f"net.ipv4.conf.{wire}.proxy_arp"] = "1"
        values[f"net.ipv4.neigh.{wire}.proxy_delay"] = "0"
    return values


def shown_cni_configuration(node: Node, *, directory: Path, used: Path) -> Path:
    """Return the folder that is seen as /etc/cni/net.d: empty where no plugin was supported."""
    if not node.emulates(Emulation.TRANSPARENT_NETWORK):
        return used
    empty = directory / "no-cni"
    empty.mkdir(exist_ok=True)
    return empty


def needs_wrapper(node: Node) -> bool:
    """Tell whether the node's containers are started through the OCI runtime wrapper."""
    return node.emulates(Emulation.RUNTIME_WRAPPER) or node.emulates(Emulation.PLAIN_RESOLV_CONF)
