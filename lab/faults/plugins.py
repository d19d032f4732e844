"""Faults by wrapped calls of a node's CNI plugins."""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from lab import cni
from lab.faults import nft, wrapping
from lab.faults.plugin_call.wrapper import CALLS, OWED
from lab.faults.site import Site
from lab.processes import PYTHON

IPAM = "host-local"
"""The plugin that gives addresses, on every node."""
_START = Path(__file__).parent / "plugin_call" / "__main__.py"
_RULES = "pod.nft"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedPlugin:
    """Calls of the plugin that makes a pod's endpoint, or of the one that gives its address.

    Commands in `inside` and `outside` run after each ADD, in the new pod's network namespace and
    in the node's. They may name the place (`Site.fill`), and the pod's endpoint: `<address>`,
    `<length>` (of its prefix), `<octet>` (the address's last), `<moved>` (the address 128 further,
    free in a /24 of few pods), `<gateway>`, `<interface>`, `<mac>`. `rules` are nft chains that are
    loaded into the pod's namespace. Pods keep what was done to them until they are deleted, but for rules.
    """

    ipam: bool = False
    """Whether it is the plugin that gives addresses that is wrapped."""
    not_executed: tuple[str, ...] = ()
    """CNI commands that succeed without having been executed."""
    repeated: int = 0
    """Which ADD, counted from 1, is given the address of the first; 0 for none."""
    inside: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    rules: str = ""

    acts_on_new_pods: ClassVar[bool] = True

    @property
    def touches(self) -> str:
        """The plugin's program."""
        return "the calls of IPAM" if self.ipam else "the calls of the pod network's plugin"

    def make(self, site: Site) -> None:
        """Mount the wrapper over the plugin, in the node alone."""
        network, kind = _first_network(site)
        target = wrapping.plugin_program(site, IPAM if self.ipam else kind)
        real = wrapping.keep_real(site, target)
        inside = [self._command(site, text) for text in self.inside]
        if self.rules:
            script = site.folder / _RULES
            script.write_text(
                nft.replacing(family="ip", table=site.table, chains=site.fill(self.rules))
            )
            inside.append(["nft", "-f", str(script)])
        settings = site.folder / "settings.json"
        settings.write_text(
            json.dumps(
                {
                    "plugin": str(real),
                    "network": network,
                    "not_executed": list(self.not_executed),
                    "repeated": self.repeated,
                    "inside": inside,
                    "outside": [self._command(site, text) for text in self.outside],
                    "folder": str(site.folder),
                }
            )
        )
        wrapping.cover(site, target, [*PYTHON, _START, settings])

    def undo(self, site: Site) -> None:
        """Take the wrapper away, execute what it left out, and take the rules out of pods."""
        wrapping.uncover(site)
        for call in sorted((site.folder / OWED).glob("*.json")):
            _execute(site, json.loads(call.read_text()))
            call.unlink()
        if self.rules:
            nft.remove_from_pods(site.machine, family="ip", table=site.table)

    @staticmethod
    def _command(site: Site, text: str) -> list[str]:
        return [site.fill(word) for word in shlex.split(text)]


def calls(site: Site) -> list[str]:
    """Return a line for each call that the fault's wrapper handled."""
    path = site.folder / CALLS
    return path.read_text().splitlines() if path.exists() else []


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
