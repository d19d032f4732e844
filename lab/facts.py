"""The facts file: what a cluster's API does not show, in the form that a vendor writes too.

It is a contract between whoever runs a cluster and the suite, so it is written and read as YAML
and shared as no code: the lab knows its own half only.
"""

from collections.abc import Mapping
from pathlib import Path

import yaml

from lab import proxies
from lab.images import Images
from lab.node_description import Column, Emulation, Mode, Node
from lab.topology import Topology

VERSION = 1

_EFFECTIVE = {
    "userspace": Mode.USER,
    "iptables": Mode.KERNEL,
    "ipvs": Mode.KERNEL,
    "nftables": Mode.KERNEL,
    "kernelspace": Mode.KERNEL,
}


def effective_mode(proxy_mode: str) -> Mode:
    """Tell where a proxy works that answers so at /proxyMode; KeyError for an unknown answer."""
    return _EFFECTIVE[proxy_mode]


def write(path: Path, topology: Topology, images: Images, proxy_modes: Mapping[str, str]) -> None:
    """Write the lab's facts; `proxy_modes` is what each node's proxy said at /proxyMode."""
    facts = {
        "version": VERSION,
        "images": {"agnhost": images.agnhost, "capture": images.capture},
        "nodes": [_node(topology, node, proxy_modes[node.name]) for node in topology.nodes],
    }
    path.write_text(yaml.safe_dump(facts, sort_keys=False))


def _node(topology: Topology, node: Node, proxy_mode: str) -> dict[str, object]:
    program = proxies.described(topology, node)
    facts: dict[str, object] = {
        "selector": f"kubernetes.io/hostname={node.name}",
        "proxy": {
            "asked": node.asked_mode.value,
            "effective": effective_mode(proxy_mode).value,
            "program": program.name,
            "version": program.version,
            "dataPlane": node.proxy.value,
        },
        "masqueradeAll": node.emulates(Emulation.NON_DSR),
        "dsr": False,
        "overlay": False,
        "cni": {
            "plugin": _plugin(node),
            "hostAddressSpace": node.has_host_addresses,
            "pool": str(topology.pods(node)),
        },
    }
    if node.column is not Column.LINUX:
        facts["emulates"] = {
            "platform": node.column.value,
            "by": sorted(emulation.value for emulation in node.emulations),
        }
    return facts


def _plugin(node: Node) -> str | None:
    """Name the CNI plugin that a node presents; a transparent network has none."""
    if node.emulates(Emulation.TRANSPARENT_NETWORK):
        return None
    return "l2bridge" if node.emulates(Emulation.L2BRIDGE) else "bridge"
