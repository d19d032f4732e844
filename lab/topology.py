"""The one value that describes a lab; everything else is derived from it."""

import re
from collections.abc import Iterable
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lab.errors import LabError
from lab.node_description import Column, Node
from lab.roster import NODES, chosen_nodes
from lab.versions import Versions

_POOL_PREFIX = 27
_FIRST_NODE = 11
_DOMAIN = r"[a-z0-9-]+(\.[a-z0-9-]+)+"
_NAT_RANGES = (
    IPv4Network("172.20.0.0/24"),
    IPv4Network("172.21.0.0/24"),
    IPv4Network("192.168.220.0/24"),
)


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
                "nodes": chosen_nodes(nodes, without=without),
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
