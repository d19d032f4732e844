"""The one value that describes a lab; everything else is derived from it."""

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lab.errors import LabError

_POOL_PREFIX = 27
_FIRST_NODE = 11
_DOMAIN = r"[a-z0-9-]+(\.[a-z0-9-]+)+"
_NAT_RANGES = (
    IPv4Network("172.20.0.0/24"),
    IPv4Network("172.21.0.0/24"),
    IPv4Network("192.168.220.0/24"),
)


class Column(StrEnum):
    """A column of the parity table."""

    LINUX = "linux"
    WINDOWS_1709 = "windows-1709"
    WINDOWS_2016 = "windows-2016"


class Emulation(StrEnum):
    """One documented trait of a Windows build; each is a switch of its own."""

    RUNTIME_WRAPPER = "runtime-wrapper"
    """Every container after a pod's first has a network namespace and address of its own."""
    SECOND_ENDPOINT = "second-endpoint"
    """A pod has a NAT endpoint with the default route beside the one that is its pod IP."""
    PLAIN_RESOLV_CONF = "plain-resolv-conf"
    """A pod's resolv.conf has no search list."""
    TRANSPARENT_NETWORK = "transparent-network"
    """Pods are on the wire with MACs of their own, and no CNI configuration is shown."""
    WINDOWS_PROXIER = "windows-proxier"
    """The node's service proxy is the Windows user-mode one."""
    L2BRIDGE = "l2bridge"
    """Pods have addresses of the host's subnet and the host's MAC on the wire."""
    NON_DSR = "non-dsr"
    """A backend sees the node's address, not the client pod's."""
    SILENT_DROP = "silent-drop"
    """A service without endpoints lets handshakes time out instead of refusing them."""


class Proxy(StrEnum):
    """A service proxy program, in the mode in which it is started."""

    NFTABLES = "nftables"
    LINUX_USERSPACE = "userspace"
    WINDOWS_USERSPACE = "winuserspace"


class Mode(StrEnum):
    """Where a service proxy does its work."""

    KERNEL = "kernel"
    USER = "user"


class Versions(BaseModel):
    """Versions of what the lab runs; the pinned modules in `components` build these."""

    model_config = ConfigDict(frozen=True)

    kubernetes: str = "1.37.2"
    etcd: str = "3.7.3"
    containerd: str = "2.4.2"
    runc: str = "1.5.2"
    cni_plugins: str = "1.9.1"
    coredns: str = "1.15.0"
    linux_userspace_proxy: str = "1.25.16"
    windows_userspace_proxy: str = "1.21.14"


class Node(BaseModel):
    """A node as it is asked for: its column, its proxy and the traits that it emulates."""

    model_config = ConfigDict(frozen=True)

    name: str
    ordinal: int
    """Place in the address plan; a subset of nodes keeps the addresses of the whole lab."""
    column: Column
    proxy: Proxy
    asked_mode: Mode
    emulations: frozenset[Emulation] = frozenset()

    def emulates(self, emulation: Emulation) -> bool:
        """Tell whether the trait is switched on here."""
        return emulation in self.emulations

    @property
    def namespace(self) -> str:
        """Name of the node's network namespace, as `ip netns` shows it."""
        return f"{NAMESPACE_PREFIX}{self.name}"

    @property
    def cgroup(self) -> str:
        """Name of the node's cgroup, the same in each hierarchy."""
        return self.namespace

    @property
    def has_host_addresses(self) -> bool:
        """Whether pods take their addresses from the host's subnet."""
        return bool(self.emulations & {Emulation.L2BRIDGE, Emulation.TRANSPARENT_NETWORK})


NAMESPACE_PREFIX = "netparity-"
FABRIC = f"{NAMESPACE_PREFIX}fabric"

_WINDOWS_2016 = frozenset(
    {
        Emulation.RUNTIME_WRAPPER,
        Emulation.SECOND_ENDPOINT,
        Emulation.PLAIN_RESOLV_CONF,
        Emulation.TRANSPARENT_NETWORK,
        Emulation.WINDOWS_PROXIER,
    }
)
SWITCHES = tuple(emulation for emulation in Emulation if emulation in _WINDOWS_2016)
"""The emulations of `win2016`, each of which `lab up` can leave out."""

NODES = (
    Node(
        name="linux-a",
        ordinal=0,
        column=Column.LINUX,
        proxy=Proxy.NFTABLES,
        asked_mode=Mode.KERNEL,
    ),
    Node(
        name="linux-b",
        ordinal=1,
        column=Column.LINUX,
        proxy=Proxy.LINUX_USERSPACE,
        asked_mode=Mode.USER,
    ),
    Node(
        name="win1709-a",
        ordinal=2,
        column=Column.WINDOWS_1709,
        proxy=Proxy.NFTABLES,
        asked_mode=Mode.KERNEL,
        emulations=frozenset({Emulation.L2BRIDGE, Emulation.NON_DSR, Emulation.SILENT_DROP}),
    ),
    Node(
        name="win1709-b",
        ordinal=3,
        column=Column.WINDOWS_1709,
        proxy=Proxy.WINDOWS_USERSPACE,
        asked_mode=Mode.USER,
        emulations=frozenset({Emulation.L2BRIDGE, Emulation.WINDOWS_PROXIER}),
    ),
    Node(
        name="win2016",
        ordinal=4,
        column=Column.WINDOWS_2016,
        proxy=Proxy.WINDOWS_USERSPACE,
        # 2016 was asked for kernelspace and fell back, silently:
        # https://github.com/kubernetes/kubernetes/blob/v1.20.2/cmd/kube-proxy/app/server_windows.go#L192-L205
        asked_mode=Mode.KERNEL,
        emulations=_WINDOWS_2016,
    ),
)


def _without(node: Node, emulation: Emulation) -> Node:
    """Switch one trait off; what stands in its place is what 1709 does."""
    if not node.emulates(emulation):
        return node
    left = node.emulations - {emulation}
    proxy = node.proxy
    if emulation is Emulation.TRANSPARENT_NETWORK:
        left |= {Emulation.L2BRIDGE}
    elif emulation is Emulation.WINDOWS_PROXIER:
        left |= {Emulation.NON_DSR, Emulation.SILENT_DROP}
        proxy = Proxy.NFTABLES
    return node.model_copy(update={"emulations": left, "proxy": proxy})


def _switch(name: str) -> Emulation:
    if name not in set(SWITCHES):
        raise LabError(
            f"no emulation is called {name}",
            next_step=f"choose from {', '.join(SWITCHES)}",
        )
    return Emulation(name)


def _network(option: str, text: str) -> IPv4Network:
    try:
        return IPv4Network(text)
    except ValueError as error:
        raise LabError(
            f"--{option.replace('_', '-')} {text} is not an IPv4 network: {error}",
            next_step="write it as 172.30.0.0/24",
        ) from error


def _domain(text: str) -> str:
    if re.fullmatch(_DOMAIN, text) is None:
        raise LabError(
            f"--cluster-domain {text} is not a domain of two labels or more",
            next_step="write it as lab.example",
        )
    return text


def _chosen_nodes(names: str, without: list[Emulation]) -> tuple[Node, ...]:
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    known = [node.name for node in NODES]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise LabError(
            f"no node of the lab is called {', '.join(unknown)}",
            next_step=f"choose from {', '.join(known)}",
        )
    chosen = [node for node in NODES if not wanted or node.name in wanted]
    for emulation in without:
        chosen = [
            _without(node, emulation) if node.column is Column.WINDOWS_2016 else node
            for node in chosen
        ]
    return tuple(chosen)


class Topology(BaseModel):
    """A lab: its nodes, its address plan, its versions.

    Raises:
        LabError: the ranges overlap, are too small, or a node is not known.
    """

    model_config = ConfigDict(frozen=True)

    nodes: tuple[Node, ...] = NODES
    subnet: IPv4Network = IPv4Network("172.30.0.0/24")
    service_cidr: IPv4Network = IPv4Network("10.96.0.0/16")
    pod_cidr: IPv4Network = IPv4Network("10.244.0.0/16")
    cluster_domain: str = Field(default="cluster.local", pattern=f"^{_DOMAIN}$")
    versions: Versions = Versions()

    @model_validator(mode="after")
    def _ranges_fit(self) -> Self:
        ranges = {"--subnet": (self.subnet, 24), "--service-cidr": (self.service_cidr, 24)}
        for option, (network, longest) in ranges.items():
            if network.prefixlen > longest:
                raise LabError(
                    f"{option} {network} is too small",
                    next_step=f"choose a range of at least /{longest}",
                )
        named = [*((k, v[0]) for k, v in ranges.items()), ("pod CIDR", self.pod_cidr)]
        for (one, a), (other, b) in combinations(named, 2):
            if a.overlaps(b):
                raise LabError(
                    f"{one} {a} overlaps {other} {b}",
                    next_step="choose --subnet and --service-cidr apart from each other and "
                    f"from {self.pod_cidr}",
                )
        return self

    @classmethod
    def from_options(
        cls,
        *,
        subnet: str = "",
        service_cidr: str = "",
        cluster_domain: str = "",
        nodes: str = "",
        without: Iterable[str] = (),
    ) -> Self:
        """Describe the lab that a user's options ask for; an empty one has its default.

        `nodes` is a comma-separated list. `without` names emulations of the 2016 node.

        Raises:
            LabError: an option is malformed or names what does not exist.
        """
        ranges = {"subnet": subnet, "service_cidr": service_cidr}
        return cls.model_validate(
            {
                "nodes": _chosen_nodes(nodes, [_switch(name) for name in without]),
                **{key: _network(key, text) for key, text in ranges.items() if text},
                **({"cluster_domain": _domain(cluster_domain)} if cluster_domain else {}),
            }
        )

    @property
    def api_address(self) -> IPv4Address:
        """Where the API server listens: the fabric bridge's own address, the nodes' gateway."""
        return self.subnet[1]

    @property
    def api_url(self) -> str:
        """The API server's URL, for the host as for the nodes."""
        return f"https://{self.api_address}:6443"

    @property
    def host_address(self) -> IPv4Address:
        """The host's end of its one link to the fabric."""
        return self.subnet[2]

    @property
    def kubernetes_service_address(self) -> IPv4Address:
        """ClusterIP of `kubernetes` in namespace `default`: always the range's first."""
        return self.service_cidr[1]

    @property
    def dns_address(self) -> IPv4Address:
        """ClusterIP of kube-dns."""
        return self.service_cidr[10]

    @cached_property
    def nat_cidr(self) -> IPv4Network:
        """Range of the second endpoints: private to a node, outside every cluster range."""
        taken = (self.subnet, self.service_cidr, self.pod_cidr)
        free = [r for r in _NAT_RANGES if not any(r.overlaps(t) for t in taken)]
        return free[0]

    @property
    def dns_node(self) -> Node:
        """Where CoreDNS runs: the first Linux node, else the first node."""
        linux = [node for node in self.nodes if node.column is Column.LINUX]
        return (linux or list(self.nodes))[0]

    def node(self, name: str) -> Node:
        """Return the node of that name.

        Raises:
            LabError: this lab has no such node.
        """
        for node in self.nodes:
            if node.name == name:
                return node
        raise LabError(
            f"the lab has no node {name}",
            next_step=f"choose from {', '.join(node.name for node in self.nodes)}",
        )

    def address(self, node: Node) -> IPv4Address:
        """Return the node's InternalIP."""
        return self.subnet[_FIRST_NODE + node.ordinal]

    def pods(self, node: Node) -> IPv4Network:
        """Return the range of the node's pods.

        A pod CIDR of its own, or for nodes whose pods live in the host's address space one
        of at most 32 addresses, small enough to see an address given out again.
        """
        if node.has_host_addresses:
            first = int(self.subnet.network_address) + (node.ordinal << (32 - _POOL_PREFIX))
            return IPv4Network((first, _POOL_PREFIX))
        first = int(self.pod_cidr.network_address) + ((node.ordinal + 1) << 8)
        return IPv4Network((first, 24))

    def mac(self, node: Node) -> str:
        """Return the MAC of the node's uplink: locally administered, the same in every lab."""
        return f"02:6e:70:00:00:{_FIRST_NODE + node.ordinal:02x}"
