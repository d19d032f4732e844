"""Faults of a node's service proxy: one of another mode, or one that is misinformed."""

import json
import os
import re
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import ClassVar

import yaml

from lab import proxies
from lab.api import PORT as API_PORT
from lab.api import objects
from lab.faults import nft, programs
from lab.faults.site import Site
from lab.machine import Machine, Program
from lab.node_description import Proxy
from lab.processes import PYTHON
from lab.waiting import eventually

PROXY = "kube-proxy"
"""The name under which every node's proxy runs, whichever program it is."""
RELAY = "fault-api-relay"
_RELAY_PORT = 16443
_RELAY_START = Path(__file__).parent / "api_relay" / "__main__.py"
_START_TIMEOUT = 30.0
_COUNTER = "edited"
_PORTALS = re.compile(r"KUBE-(PORTALS|NODEPORT)-")
"""The iptables chains of Linux' user-mode proxy."""
_PORTAL = re.compile(r"^-A KUBE-PORTALS-\S+ -d (\S+)/32 ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class MisinformedProxy:
    """A proxy whose view of Services and endpoints is edited on its way from the API server.

    `edit` is one of `api_relay.edits.EDITS`. The proxy is started anew as it was, but for its way to the
    API server: an `api_relay` on its node.
    """

    edit: str

    acts_on_new_pods: ClassVar[bool] = False

    @property
    def touches(self) -> str:
        """The proxy."""
        return PROXY

    def make(self, site: Site) -> None:
        """Start the relay, then the proxy behind it."""
        programs.keep(site, PROXY)
        _replace(site, _program(site, site.node.proxy, start_relay(site, self.edit)))

    def undo(self, site: Site) -> None:
        """Start the proxy as it was, then end the relay."""
        programs.start_as_kept(site, PROXY)
        proxies.await_mode(site.api, site.place)
        site.machine.stop(RELAY)


def start_relay(site: Site, edit: str) -> Path:
    """Start a relay that makes an edit, and return a kubeconfig that leads to it."""
    machine, pki = site.machine, site.layout.pki
    settings = site.folder / "relay.json"
    settings.write_text(
        json.dumps(
            {
                "port": _RELAY_PORT,
                "server": [str(site.topology.api_address), API_PORT],
                "ca": str(pki.certificate("ca")),
                "certificate": str(pki.certificate("proxy")),
                "key": str(pki.key("proxy")),
                "node": site.place,
                "edit": edit,
                "counter": str(site.folder / _COUNTER),
            }
        )
    )
    machine.stop(RELAY)
    (site.folder / _COUNTER).unlink(missing_ok=True)
    machine.start(
        Program(
            name=RELAY,
            argv=[*PYTHON, _RELAY_START, settings],
            log=site.layout.log(f"{site.place}/{RELAY}"),
            env={"PATH": os.environ["PATH"]},
        )
    )
    _await_started(machine, RELAY, site.folder / _COUNTER)
    kubeconfig = site.folder / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(_kubeconfig()))
    return kubeconfig


def edited(site: Site) -> int:
    """Return how many objects a misinformed proxy was told otherwise."""
    path = site.folder / _COUNTER
    return int(path.read_text()) if path.exists() else 0


@dataclass(frozen=True, slots=True)
class SwappedProxy:
    """A proxy of another program than the node was given, and of the other mode.

    The lab's facts still tell what was given.
    """

    proxy: Proxy

    acts_on_new_pods: ClassVar[bool] = False

    @property
    def touches(self) -> str:
        """The proxy."""
        return PROXY

    def make(self, site: Site) -> None:
        """End the node's own proxy, take its rules away, and start the other."""
        programs.keep(site, PROXY)
        machine = site.machine
        site.keep("tables", json.dumps(sorted(nft.tables(machine))))
        iptables = site.keep("iptables", machine.run("iptables-save"))
        machine.stop(PROXY)
        for family in ("ip", "ip6"):
            nft.remove(machine, family=family, table=PROXY)
        if _PORTALS.search(iptables):
            kept = [line for line in iptables.splitlines() if not _PORTALS.search(line)]
            machine.run("iptables-restore", stdin="\n".join([*kept, ""]))
        remove_service_addresses(site)
        _replace(site, _program(site, self.proxy, site.layout.credentials("proxy")))

    def undo(self, site: Site) -> None:
        """End the other proxy with what it made, and start the node's own."""
        machine, tables, iptables = site.machine, site.kept("tables"), site.kept("iptables")
        if tables is None or iptables is None:
            return
        machine.stop(PROXY)
        machine.run("iptables-restore", stdin=iptables)
        known = {(family, name) for family, name in json.loads(tables)}
        for family, name in nft.tables(machine) - known:
            nft.remove(machine, family=family, table=name)
        remove_service_addresses(site)
        programs.start_as_kept(site, PROXY)
        proxies.await_mode(site.api, site.place)


def service_addresses(site: Site) -> list[tuple[str, str]]:
    """Return the links of the node that have a Service's address, and those addresses.

    The user-mode proxier of Windows gives the node the address of every Service.
    """
    return [
        (link["ifname"], f"{given['local']}/{given['prefixlen']}")
        for link in json.loads(site.machine.run("ip", "-json", "-4", "address"))
        for given in link["addr_info"]
        if IPv4Address(given["local"]) in site.topology.service_cidr
    ]


def remove_service_addresses(site: Site) -> None:
    """Take the addresses of Services from the node, where no proxy of its own has given them."""
    for link, address in service_addresses(site):
        site.machine.run("ip", "address", "delete", address, "dev", link)


def await_forgotten(site: Site) -> None:
    """Wait until the node's proxy serves none of the Services that are gone.

    The user-mode proxiers take a Service's endpoints at once and the Service at their next sync, so
    that one which is made again in between loses its new endpoints with its old self. May go with
    these proxiers.
    https://github.com/kubernetes/kubernetes/blob/v1.25.16/pkg/proxy/userspace/proxier.go

    Raises:
        LabError: it serves one still after 30 s.
    """
    if site.node.proxy is not Proxy.NFTABLES:
        eventually(
            lambda: _served(site) - _services(site),
            until=lambda forgotten: not forgotten,
            what=f"the service proxy of {site.place} has forgotten Services that are gone",
            timeout=_START_TIMEOUT,
            next_step=f"read `netparity lab logs {site.place}`",
        )


def _served(site: Site) -> set[str]:
    """Return the ClusterIPs that a user-mode proxy leads to itself, by rules or as its own."""
    redirected = _PORTAL.findall(site.machine.run("iptables-save"))
    return {*redirected, *(address.split("/")[0] for _, address in service_addresses(site))}


def _services(site: Site) -> set[str]:
    specs = [service["spec"] for service in objects(site.api.get("/api/v1/services")["items"])]
    return {str(spec["clusterIP"]) for spec in specs if isinstance(spec, dict)}


def _kubeconfig() -> dict[str, object]:
    """Return a kubeconfig that leads to the relay, which has the credentials."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "relay", "cluster": {"server": f"http://127.0.0.1:{_RELAY_PORT}"}},
        ],
        "contexts": [{"name": "relay", "context": {"cluster": "relay", "user": "nobody"}}],
        "users": [{"name": "nobody", "user": {}}],
        "current-context": "relay",
    }


def _program(site: Site, proxy: Proxy, kubeconfig: Path) -> Program:
    return proxies.program(
        site.topology,
        site.node.model_copy(update={"proxy": proxy}),
        toolchain=site.toolchain,
        kubeconfig=kubeconfig,
        # Its configuration goes to the fault's folder, beside the node's own.
        directory=site.folder,
        log=site.layout.log(f"{site.place}/{PROXY}"),
    )


def _replace(site: Site, program: Program) -> None:
    site.machine.stop(PROXY)
    site.machine.start(program)
    proxies.await_mode(site.api, site.place)


def _await_started(machine: Machine, program: str, sign: Path) -> None:
    eventually(
        sign.exists,
        what=f"{program} of {machine.name} has started",
        timeout=_START_TIMEOUT,
        next_step=f"read `netparity lab logs {machine.name}`",
    )
