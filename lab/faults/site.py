"""Where a fault is made: a node of a lab that is up, or the control plane."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from string import Template

from lab.api import Api
from lab.layout import Layout
from lab.machine import SPECIFICATION, Machine
from lab.namespaces import FABRIC
from lab.network import POD_BRIDGE, TRANSPARENT_BRIDGE, UPLINK
from lab.node_description import Emulation, Node
from lab.toolchain import Toolchain
from lab.topology import Topology

CLUSTER = "cluster"
"""Stands in a node's place where a fault concerns the whole cluster."""


@dataclass(frozen=True, slots=True)
class Site:
    """One place of a standing lab, as one fault sees it."""

    topology: Topology
    layout: Layout
    fault: str
    """The fault's name."""
    place: str
    """The node's name, or `cluster`."""

    @property
    def node(self) -> Node:
        """The node; where the fault concerns the cluster, that of DNS."""
        if self.place == CLUSTER:
            return self.topology.dns_node
        return self.topology.node(self.place)

    @property
    def machine(self) -> Machine:
        """The node's machine, or the control plane's where the fault concerns the cluster."""
        if self.place == CLUSTER:
            return Machine("control-plane", FABRIC, self.layout.control_plane)
        return Machine(self.place, self.node.namespace, self.layout.node(self.place))

    @property
    def api(self) -> Api:
        """The API server, as the lab's administrator."""
        return Api.of(self.layout, self.topology)

    @property
    def toolchain(self) -> Toolchain:
        """The programs that the lab was brought up with, whatever could be built by now."""
        specification = json.loads((self.machine.directory / SPECIFICATION).read_text())
        folders = [Path(folder) for folder in specification["keep"]]
        return Toolchain(
            {
                program.name: program
                for folder in folders
                if (folder / "provenance.json").exists()
                for program in folder.iterdir()
                if os.access(program, os.X_OK)
            }
        )

    @property
    def folder(self) -> Path:
        """Holds the fault's record and whatever its means writes; gone when it is cleared."""
        return self.layout.faults / self.place / self.fault

    @property
    def table(self) -> str:
        """Name of the fault's nft table, in whichever namespace."""
        return f"netparity-fault-{self.fault}"

    @property
    def is_made(self) -> bool:
        """Whether the fault's record is there."""
        return self.folder.is_dir()

    def keep(self, name: str, text: str) -> str:
        """Write down what was there, once, and return what was written the first time."""
        path = self.folder / name
        if not path.exists():
            unfinished = self.folder / f"{name}.new"
            unfinished.write_text(text)
            unfinished.rename(path)
        return path.read_text()

    def kept(self, name: str) -> str | None:
        """Return what was written down; none where `make` never came so far."""
        path = self.folder / name
        return path.read_text() if path.exists() else None

    def fill(self, text: str) -> str:
        """Put this place's addresses into a text of nft rules, or into a command.

        `$node`, `$pods` (the range of the node's pods), `$all_pods` (a set of every node's),
        `$subnet` (the nodes' own), `$services`, `$dns`, `$api`, `$wire` (the link to the fabric),
        `$bridge` (of a Linux node's pods), `$domain`, `$table`.
        """
        topology, node = self.topology, self.node
        transparent = node.emulates(Emulation.TRANSPARENT_NETWORK)
        ranges = sorted(str(topology.pods(each)) for each in topology.nodes)
        return Template(text).substitute(
            node=topology.address(node),
            pods=topology.pods(node),
            all_pods=f"{{ {', '.join(ranges)} }}",
            subnet=topology.subnet,
            services=topology.service_cidr,
            dns=topology.dns_address,
            api=topology.api_address,
            wire=TRANSPARENT_BRIDGE if transparent else UPLINK,
            bridge=POD_BRIDGE,
            domain=topology.cluster_domain,
            table=self.table,
        )
