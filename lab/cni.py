"""CNI configuration of each kind of node, as data; no plugin is ours."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.network import POD_BRIDGE, TRANSPARENT_BRIDGE
from lab.node_description import Emulation, Node
from lab.topology import Topology

Json = Mapping[str, "Json"] | Sequence["Json"] | str | int | bool | None

_VERSION = "1.0.0"
_PORTMAP: Json = {"type": "portmap", "capabilities": {"portMappings": True}, "snat": True}
NAT_BRIDGE = "nat0"


def configurations(topology: Topology, node: Node) -> dict[str, Json]:
    """Return the node's CNI configurations by file name; the first by name gives the pod IP."""
    files: dict[str, Json] = {}
    has_nat = node.emulates(Emulation.SECOND_ENDPOINT)
    if node.emulates(Emulation.TRANSPARENT_NETWORK):
        files["10-transparent.conflist"] = _transparent(topology, node, has_nat=has_nat)
    elif node.emulates(Emulation.L2BRIDGE):
        files["10-l2bridge.conflist"] = _l2bridge(topology, node, has_nat=has_nat)
    else:
        files["10-bridge.conflist"] = _bridge(topology, node)
    if has_nat:
        files["20-nat.conflist"] = _nat(topology)
    return files


def write(topology: Topology, node: Node, folder: Path) -> None:
    """Write the node's configurations into an empty folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, configuration in configurations(topology, node).items():
        (folder / name).write_text(json.dumps(configuration, indent=2) + "\n")


def _cluster_ranges(topology: Topology) -> list[str]:
    return [str(network) for network in (topology.service_cidr, topology.pod_cidr)]


def _conflist(name: str, *plugins: Json) -> Json:
    return {"cniVersion": _VERSION, "name": name, "plugins": list(plugins)}


def _bridge(topology: Topology, node: Node) -> Json:
    """A bridge whose ports talk to the node only, which routes between them.

    So a service's answer from a pod of the same node passes the node's connection tracking, with
    or without br_netfilter: that is a module of some kernels, and loading it would change how the
    host's own bridges are filtered.
    """
    ipam: Json = {"type": "host-local", "ranges": [[{"subnet": str(topology.pods(node))}]]}
    return _conflist(
        "bridge",
        {
            "type": "bridge",
            "bridge": POD_BRIDGE,
            "isGateway": True,
            "isDefaultGateway": True,
            "hairpinMode": True,
            "portIsolation": True,
            "ipam": ipam,
        },
        _PORTMAP,
    )


def _l2bridge(topology: Topology, node: Node, *, has_nat: bool) -> Json:
    """Routed pods whose node answers ARP for them: on the wire they have the node's MAC.

    That is what l2bridge shows to the fabric, "the same MAC as the host":
    https://learn.microsoft.com/virtualization/windowscontainers/container-networking/network-drivers-topologies
    """
    towards = [*_cluster_ranges(topology), str(topology.subnet)] if has_nat else ["0.0.0.0/0"]
    ipam: Json = {
        "type": "host-local",
        "ranges": [[{"subnet": str(topology.pods(node))}]],
        "routes": [{"dst": destination} for destination in towards],
    }
    return _conflist("l2bridge", {"type": "ptp", "ipMasq": False, "ipam": ipam}, _PORTMAP)


def _transparent(topology: Topology, node: Node, *, has_nat: bool) -> Json:
    """Pods bridged onto the wire; services and Linux pods lie behind the node."""
    pods = topology.pods(node)
    towards = [*_cluster_ranges(topology), *([] if has_nat else ["0.0.0.0/0"])]
    gateway = str(topology.address(node))
    ipam: Json = {
        "type": "host-local",
        "ranges": [
            [
                {
                    "subnet": str(topology.subnet),
                    "rangeStart": str(pods[1]),
                    "rangeEnd": str(pods[-2]),
                }
            ]
        ],
        "routes": [{"dst": destination, "gw": gateway} for destination in towards],
    }
    return _conflist("transparent", {"type": "bridge", "bridge": TRANSPARENT_BRIDGE, "ipam": ipam})


def _nat(topology: Topology) -> Json:
    """WinNAT's endpoint: a private range, the default route, translated on the way out.

    As Azure's patched kubelet had it: https://github.com/kubernetes/kubernetes/pull/41625
    """
    ipam: Json = {"type": "host-local", "ranges": [[{"subnet": str(topology.nat_cidr)}]]}
    return _conflist(
        "nat",
        {
            "type": "bridge",
            "bridge": NAT_BRIDGE,
            "isGateway": True,
            "isDefaultGateway": True,
            "ipMasq": True,
            "ipam": ipam,
        },
    )
