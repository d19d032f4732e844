"""Faults of a DNS server on a node, which stands between its pods and the cluster's."""

import os
from dataclasses import dataclass
from typing import ClassVar

from lab.faults import nft
from lab.faults.proofs import node_space
from lab.faults.site import Site
from lab.machine import Program
from lab.waiting import eventually

_NAME = "fault-node-dns"
_PORT = 10053
_START_TIMEOUT = 30.0
_RULES = f"""
chain prerouting {{
  type nat hook prerouting priority -110; policy accept;
  ip saddr $pods ip daddr $dns meta l4proto {{ tcp, udp }} th dport 53 counter dnat to $node:{_PORT}
}}
"""
"""Ahead of the service proxy's own rules: what is translated already they leave alone."""


@dataclass(frozen=True, slots=True)
class NodeDns:
    """A CoreDNS of the node's own that asks the cluster's DNS, as NodeLocal DNSCache does.

    https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/
    """

    plugins: str
    """Lines of its Corefile, which may name the place (`Site.fill`)."""

    acts_on_new_pods: ClassVar[bool] = False

    @property
    def touches(self) -> str:
        """The way from the node's pods to DNS."""
        return "the node's DNS"

    def make(self, site: Site) -> None:
        """Start it, wait until it listens, and lead pods' questions to it."""
        corefile = site.folder / "Corefile"
        corefile.write_text(
            site.fill(f".:{_PORT} {{\n    errors\n{self.plugins}\n    forward . $dns\n}}\n")
        )
        site.machine.stop(_NAME)
        site.machine.start(
            Program(
                name=_NAME,
                argv=[site.toolchain.binary("coredns"), "-conf", corefile],
                log=site.layout.log(f"{site.place}/{_NAME}"),
                env={"PATH": os.environ["PATH"]},
            )
        )
        eventually(
            lambda: node_space(site).ask("get", "127.0.0.1", _PORT, "/"),
            until=lambda said: said != "refused",
            what=f"the DNS server of {site.place} listens",
            timeout=_START_TIMEOUT,
            next_step=f"read `netparity lab logs {site.place}`",
        )
        nft.load(site.machine, family="ip", table=site.table, chains=site.fill(_RULES))

    def undo(self, site: Site) -> None:
        """Lead questions back to the cluster's, and end it."""
        nft.remove(site.machine, family="ip", table=site.table)
        site.machine.stop(_NAME)
