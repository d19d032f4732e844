"""Faults by a second service proxy on a node, beside the one that the node was given."""

import os
from dataclasses import dataclass
from typing import ClassVar

from lab.faults import nft
from lab.faults.service_proxies import (
    PROXY,
    RELAY,
    remove_service_addresses,
    service_addresses,
    start_relay,
)
from lab.faults.site import Site
from lab.machine import Program
from lab.waiting import eventually

_NAME = "fault-dns-proxy"
_STATUS_PORT = 16249
"""Where it says its mode: the node's own proxy has the usual port."""
_START_TIMEOUT = 30.0
_RULES = """
chain prerouting {
  type filter hook prerouting priority -300; policy accept;
  ip saddr $pods ip daddr $dns udp dport 53 counter notrack
}
"""
"""Takes pods' requests from the node's own proxy: what is not tracked is not translated."""


@dataclass(frozen=True, slots=True)
class ExpandingProxy:
    """On a node in kernel mode, the user-mode proxy of Windows for the cluster's DNS alone.

    It is what rewrites names: all other Services stay with the node's own proxy.
    """

    acts_on_new_pods: ClassVar[bool] = False

    @property
    def touches(self) -> str:
        """The proxy."""
        return PROXY

    def make(self, site: Site) -> None:
        """Start it, wait until it has the address of DNS, and lead pods' requests to it."""
        machine = site.machine
        kubeconfig = start_relay(site, "cluster-dns-alone")
        machine.stop(_NAME)
        machine.start(
            Program(
                name=_NAME,
                argv=[
                    site.toolchain.binary("windows-userspace-proxy"),
                    f"-kubeconfig={kubeconfig}",
                    "-proxy-mode=userspace",
                    f"-metrics-bind-address=127.0.0.1:{_STATUS_PORT}",
                    "-v=2",
                ],
                log=site.layout.log(f"{site.place}/{_NAME}"),
                env={"PATH": os.environ["PATH"]},
            )
        )
        eventually(
            lambda: service_addresses(site),
            what=f"the second proxy of {site.place} has the address of DNS",
            timeout=_START_TIMEOUT,
            next_step=f"read `netparity lab logs {site.place}`",
        )
        nft.load(machine, family="ip", table=site.table, chains=site.fill(_RULES))

    def undo(self, site: Site) -> None:
        """Lead requests back, end it with its relay, and take its address from the node."""
        nft.remove(site.machine, family="ip", table=site.table)
        for name in (_NAME, RELAY):
            site.machine.stop(name)
        remove_service_addresses(site)
