"""The lab's wire: a bridge in a namespace of its own, a cable to each node and one to the host.

Everything here hangs on names that begin with `netparity`, so it is found and removed without a
record of what was made.
"""

import errno
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from types import FrameType

from pyroute2 import IPRoute, NetNS, netns
from pyroute2.netlink.exceptions import NetlinkError

from lab.errors import LabError
from lab.namespaces import FABRIC, NAMESPACE_PREFIX
from lab.node_description import Emulation, Node
from lab.processes import run
from lab.topology import Topology

HOST_LINK = "netparity0"
"""The one link of the host."""
UPLINK = "eth0"
"""A node's end of its cable."""
FABRIC_BRIDGE = "fabric0"
_HOST_PORT = "host"
TRANSPARENT_BRIDGE = "transparent0"
POD_BRIDGE = "cni0"
"""What the bridge plugin puts a Linux node's pods on; made beforehand, to be set up as a whole."""
NETNS_FOLDER = Path("/run/netns")
_IPV6_SWITCH = Path("/proc/sys/net/ipv6/conf", HOST_LINK, "disable_ipv6")
_FABRIC_MAC = "02:6e:70:00:00:01"


@contextmanager
def _signals_held() -> Iterator[None]:
    """Hold back what ends a command while pyroute2 0.9 forks; only the main thread may do so.

    It ends its child by SIGTERM. Under a command's handler that raises, the child would unwind
    the command's own stack, and clean up the lab which the command is making: it dies of it
    instead. Here the first signal is noted, and raised again afterwards. Blocking signals would
    hold them back from one thread alone, and another one takes them.
    """
    owner = os.getpid()
    came: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        if os.getpid() == owner:
            came.append(number)
        else:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


@_signals_held()
def create_fabric(topology: Topology) -> None:
    """Make the fabric's namespace, its bridge, and the host's one link with one route.

    No two netlink sockets are open at once, here and below: pyroute2 0.9 opens one in a namespace
    through a forked child, which shares the event loop of any other and may take that one's socket
    off it as it ends; its next answer is then never read.

    Raises:
        LabError: the host already has a way into the subnet.
    """
    with IPRoute() as host:
        _expect_free(host, topology.subnet)
    netns.create(FABRIC)
    with NetNS(FABRIC) as fabric:
        _up(fabric, "lo")
        fabric.link("add", ifname=FABRIC_BRIDGE, kind="bridge", address=_FABRIC_MAC)
        _address(fabric, FABRIC_BRIDGE, topology.api_address, topology.subnet.prefixlen)
        _up(fabric, FABRIC_BRIDGE)
        for node in topology.nodes:
            _pod_route(fabric, topology, node)
    with IPRoute() as host:
        peer = {"ifname": _HOST_PORT, "net_ns_fd": FABRIC}
        host.link("add", ifname=HOST_LINK, kind="veth", peer=peer)
        if _IPV6_SWITCH.exists():
            # It would bring routes of its own to the host; the switch goes with the link.
            _IPV6_SWITCH.write_text("1")
        link = _index(host, HOST_LINK)
        _address(host, HOST_LINK, topology.host_address, 32)
        host.link("set", index=link, state="up")
        host.route("add", dst=f"{topology.api_address}/32", oif=link, scope="link")
    with NetNS(FABRIC) as fabric:
        _plug(fabric, _HOST_PORT, FABRIC_BRIDGE)


@_signals_held()
def create_node(topology: Topology, node: Node) -> None:
    """Make a node's namespace, its cable to the fabric, its address and its routes."""
    netns.create(node.namespace)
    with NetNS(FABRIC) as fabric:
        fabric.link(
            "add",
            ifname=node.name,
            kind="veth",
            peer={
                "ifname": UPLINK,
                "net_ns_fd": node.namespace,
                "address": topology.mac(node),
            },
        )
        _plug(fabric, node.name, FABRIC_BRIDGE)
    with NetNS(node.namespace) as inside:
        _up(inside, "lo")
        wire = UPLINK
        if node.emulates(Emulation.TRANSPARENT_NETWORK):
            wire = TRANSPARENT_BRIDGE
            inside.link("add", ifname=wire, kind="bridge", address=topology.mac(node))
            _plug(inside, UPLINK, wire)
        else:
            _up(inside, UPLINK)
        if not node.has_host_addresses:
            inside.link("add", ifname=POD_BRIDGE, kind="bridge")
        _address(inside, wire, topology.address(node), topology.subnet.prefixlen)
        _up(inside, wire)
        inside.route("add", dst="default", gateway=str(topology.api_address))
        for other in topology.nodes:
            if other != node:
                _pod_route(inside, topology, other)


def _pod_route(namespace: NetNS, topology: Topology, node: Node) -> None:
    """Lead to a node's pod CIDR through the node; pods in the subnet are on the wire already."""
    if not node.has_host_addresses:
        namespace.route("add", dst=str(topology.pods(node)), gateway=str(topology.address(node)))


def _expect_free(host: IPRoute, subnet: IPv4Network) -> None:
    for route in host.get_routes(family=2, table=254):
        dst = route.get_attr("RTA_DST")
        if dst and IPv4Network(f"{dst}/{route['dst_len']}").overlaps(subnet):
            raise LabError(
                f"the host has a route to {dst}/{route['dst_len']}, inside the lab's {subnet}",
                next_step="choose another range with `netparity lab up --subnet`",
            )


def _index(namespace: IPRoute, name: str) -> int:
    (index,) = namespace.link_lookup(ifname=name)
    return int(index)


def _up(namespace: IPRoute, name: str) -> None:
    namespace.link("set", index=_index(namespace, name), state="up")


def _plug(namespace: IPRoute, name: str, bridge: str) -> None:
    namespace.link(
        "set", index=_index(namespace, name), master=_index(namespace, bridge), state="up"
    )


def _address(namespace: IPRoute, name: str, address: IPv4Address, length: int) -> None:
    namespace.addr("add", index=_index(namespace, name), address=str(address), prefixlen=length)


def namespaces_left() -> list[str]:
    """Return the names of the lab's network namespaces, those of half a lab too."""
    return sorted(name for name in netns.listnetns() if name.startswith(NAMESPACE_PREFIX))


def namespace_inodes() -> frozenset[int]:
    """Return the inodes by which processes in the lab's namespaces are known."""
    return frozenset((NETNS_FOLDER / name).stat().st_ino for name in namespaces_left())


def remove() -> None:
    """Remove the host's link (its route goes with it) and every namespace of the lab."""
    with IPRoute() as host:
        for index in host.link_lookup(ifname=HOST_LINK):
            try:
                host.link("del", index=index)
            except NetlinkError as error:
                if error.code != errno.ENODEV:  # It went with its peer's namespace.
                    raise
    for name in namespaces_left():
        if _is_mounted(NETNS_FOLDER / name):
            netns.remove(name)
        else:
            # Made by a creation that was killed between file and mount.
            (NETNS_FOLDER / name).unlink()


def is_namespace_folder_mounted() -> bool:
    """Tell whether /run/netns is a mount, as the first namespace of a machine makes it."""
    return _is_mounted(NETNS_FOLDER)


def _is_mounted(path: Path) -> bool:
    """Tell by the mount table; `os.path.ismount` misses a folder bound onto itself."""
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    return any(line.split()[1] == str(path) for line in mounts)


def unmount_namespace_folder() -> None:
    """Take back the mount on /run/netns which the first `create` made, if nobody else uses it."""
    if is_namespace_folder_mounted() and not netns.listnetns():
        run(["umount", NETNS_FOLDER], what="unmount the folder of network namespaces")
        NETNS_FOLDER.rmdir()
