"""Faults of the range that pods' addresses come from."""

import json
from dataclasses import dataclass, field
from typing import ClassVar

from lab.faults.plugins import WrappedPlugin
from lab.faults.site import Site
from lab.namespaces import FABRIC
from lab.processes import run

_RANGE = "198.51.100.0/27"
"""For documentation, and so of nobody here: https://www.rfc-editor.org/rfc/rfc5737"""


@dataclass(frozen=True, slots=True)
class AddressesElsewhere:
    """New pods of a node have addresses of another range, to which every node has a route."""

    range: str = _RANGE
    _plugin: WrappedPlugin = field(init=False)

    acts_on_new_pods: ClassVar[bool] = True

    def __post_init__(self) -> None:
        plugin = WrappedPlugin(ipam=True, subnet=self.range)
        object.__setattr__(self, "_plugin", plugin)

    @property
    def touches(self) -> str:
        """What a wrapped plugin does."""
        return self._plugin.touches

    def make(self, site: Site) -> None:
        """Lead the others to the range, then let IPAM use it."""
        for namespace in _others(site):
            _route(namespace, "replace", self.range, "via", str(site.topology.address(site.node)))
        self._plugin.make(site)

    def undo(self, site: Site) -> None:
        """Let IPAM be, and remove the routes."""
        self._plugin.undo(site)
        for namespace in _others(site):
            if json.loads(_route(namespace, "show", self.range)):
                _route(namespace, "delete", self.range)


def _others(site: Site) -> list[str]:
    return [FABRIC, *(node.namespace for node in site.topology.nodes if node != site.node)]


def _route(namespace: str, *words: str) -> str:
    command = ["ip", "-json", "-netns", namespace, "route", *words]
    return run(command, what=f"{words[0]} a route of {namespace}") or "[]"
