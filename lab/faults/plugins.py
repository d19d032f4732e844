"""Faults by wrapped calls of a node's CNI plugins."""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path

from lab import cni
from lab.faults import nft, wrapping
from lab.faults.plugin_call.stand_ins import PREFIX
from lab.faults.plugin_call.wrapper import CALLS, OWED
from lab.faults.site import Site
from lab.processes import PYTHON

IPAM = "host-local"
"""The plugin that gives addresses, on every node."""
_START = Path(__file__).parent / "plugin_call" / "__main__.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedPlugin:
    """Calls of the plugin that makes a pod's endpoint, or of the one that gives its address.

    Commands in `inside` and `outside` run after each ADD, in the new pod's network namespace and
    in the node's; one that begins with a hyphen may fail. They may name the place (`Site.fill`),
    and the pod's endpoint: `<address>`, `<length>` (of its prefix), `<octet>` (the address's last),
    `<moved>` (the address 128 further, free in a /24 of few pods), `<gateway>`, `<interface>`,
    `<mac>`, `<pod>` (its name), `<ordinal>` (what follows the last hyphen of that). Pods keep what
    was done to them until they are deleted, but for rules and servers.
    """

    ipam: bool = False
    """Whether it is the plugin that gives addresses that is wrapped."""
    not_executed: tuple[str, ...] = ()
    """CNI commands that succeed without having been executed."""
    apart: float = 0.0
    """Seconds after one of these was executed within which others are not; 0 for none executed."""
    endpoint_stays: bool = False
    """Whether DEL gives the address back, and leaves the endpoint where it is."""
    repeated: int = 0
    """Which ADD of a namespace's pods is given the address of the first, from 1; 0 for none."""
    subnet: str = ""
    """The range that IPAM takes addresses from, in place of the node's own."""
    pods: tuple[str, ...] = ()
    """Patterns of pods' names with at most one star; only these are repeated, or get what follows."""
    inside: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    rules: str = ""
    """nft chains that are loaded into the pod's namespace."""
    farewell_rules: str = ""
    """nft chains that are loaded there in place of a DEL that is not executed."""
    server: tuple[str, ...] = ()
    """Command line of a program that runs in the pod's network namespace, beside its containers."""
    node_rules: str = ""
    """nft chains that are loaded into the node's own namespace when the fault is made."""
    node_family: str = "ip"

    @property
    def touches(self) -> str:
        """The plugins' programs, which lie in one folder."""
        return "the calls of CNI plugins"

    @property
    def acts_on_new_pods(self) -> bool:
        """Whether ADD is another one."""
        return bool(
            self.repeated
            or self.subnet
            or self.inside
            or self.outside
            or self.rules
            or self.server
            or "ADD" in self.not_executed
        )

    def make(self, site: Site) -> None:
        """Lay the wrapper over the plugin, in the node alone."""
        network, kind = _first_network(site)
        ipam = wrapping.plugin_program(site, IPAM)
        target = ipam if self.ipam else wrapping.plugin_program(site, kind)
        real = wrapping.keep_real(site, target)
        if self.node_rules:
            nft.load(
                site.machine,
                family=self.node_family,
                table=site.table,
                chains=site.fill(self.node_rules),
            )
        settings = site.folder / "settings.json"
        settings.write_text(
            json.dumps(
                {
                    "plugin": str(real),
                    "network": network,
                    "not_executed": ["DEL"] if self.endpoint_stays else list(self.not_executed),
                    "apart": self.apart,
                    "ipam": str(ipam) if self.endpoint_stays else "",
                    "repeated": self.repeated,
                    "subnet": self.subnet,
                    "pods": list(self.pods),
                    "inside": [
                        *(_command(site, text) for text in self.inside),
                        *_loading(site, "pod.nft", self.rules),
                    ],
                    "outside": [_command(site, text) for text in self.outside],
                    "farewell": _loading(site, "farewell.nft", self.farewell_rules),
                    "server": list(self.server),
                    "folder": str(site.folder),
                    "machine": str(site.machine.directory),
                }
            )
        )
        wrapping.cover(site, target, [*PYTHON, _START, settings])

    def undo(self, site: Site) -> None:
        """Take the wrapper away, end servers, execute what was left out, remove every rule."""
        wrapping.uncover(site)
        for name in site.machine.running() if self.server else ():
            if name.startswith(PREFIX):
                site.machine.stop(name)
        for call in sorted((site.folder / OWED).glob("*.json")):
            _execute(site, json.loads(call.read_text()))
            call.unlink()
        if self.rules or self.farewell_rules:
            nft.remove_from_pods(site.machine, family="ip", table=site.table)
        if self.node_rules:
            nft.remove(site.machine, family=self.node_family, table=site.table)


def calls(site: Site) -> list[str]:
    """Return a line for each call that the fault's wrapper handled."""
    path = site.folder / CALLS
    return path.read_text().splitlines() if path.exists() else []


def _command(site: Site, text: str) -> list[str]:
    return [site.fill(word) for word in shlex.split(text)]


def _loading(site: Site, name: str, chains: str) -> list[list[str]]:
    """Return the commands that load chains into a pod's namespace, in a table of the fault's own."""
    if not chains:
        return []
    script = site.folder / name
    script.write_text(nft.replacing(family="ip", table=site.table, chains=site.fill(chains)))
    return [["nft", "-f", str(script)]]


def _first_network(site: Site) -> tuple[str, str]:
    """Return the name of the network that gives pods their IP, and its plugin's kind."""
    files = cni.configurations(site.topology, site.node)
    first = files[min(files)]
    assert isinstance(first, dict)
    return str(first["name"]), str(first["plugins"][0]["type"])


def _execute(site: Site, call: dict[str, object]) -> None:
    """Make a call to the real plugin that was left out while it was wrapped."""
    environment, given = call["environment"], call["input"]
    assert isinstance(environment, dict)
    (real,) = (site.folder / "real").iterdir()
    site.machine.run(
        "env", *(f"{name}={value}" for name, value in environment.items()), real, stdin=str(given)
    )
