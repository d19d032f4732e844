"""Faults by wrapped calls of a node's OCI runtime: containers that are created otherwise."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from lab import emulations
from lab.errors import LabError
from lab.faults import nft, wrapping
from lab.faults.runtime_call.wrapper import GIVE_BACK
from lab.faults.site import Site
from lab.oci_wrapper import installation
from lab.processes import PYTHON

_START = Path(__file__).parent / "runtime_call" / "__main__.py"
_SETTINGS = "settings.json"
_LOG = "created.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedRuntime:
    """Containers of new pods that have a compartment or files of their own, or another command line.

    `containers` are a pod's by their place, counted from 1; none for all. `restarted` leaves those
    that are created for the first time. `search` is a search list, as in resolv.conf; it may name
    the place (`Site.fill`) and the pod's namespace, `<namespace>`; none leaves it, an empty one
    takes it away. `hosts` are lines to add to the hosts file, with the same words in them. `arguments`
    are words of their command lines, with those that stand in their place, and `rules` nft chains
    in their network namespace. Not on a node whose runtime is wrapped already, as win2016's.
    """

    containers: tuple[int, ...] = ()
    restarted: bool = False
    own_compartment: bool = False
    search: tuple[str, ...] | None = None
    hosts: tuple[str, ...] = ()
    arguments: Mapping[str, str] = field(default_factory=dict)
    rules: str = ""

    acts_on_new_pods: ClassVar[bool] = True

    @property
    def touches(self) -> str:
        """The runtime's program."""
        return "the calls of the container runtime"

    def make(self, site: Site) -> None:
        """Mount the wrapper over runc, in the node alone."""
        if emulations.needs_wrapper(site.node):
            raise LabError(
                f"the container runtime of {site.place} is wrapped already, to emulate its column",
                next_step="choose another node",
            )
        target = _program(site)
        real = wrapping.keep_real(site, target)
        cni = wrapping.containerd(site)["cni"]
        assert isinstance(cni, dict)
        wrapper = site.folder / "wrapper.json"
        installation.write_settings(
            wrapper,
            runc=real,
            state=site.folder / "state",
            log=site.folder / _LOG,
            cni_configuration=Path(cni["conf_dir"]),
            cni_plugins=[Path(folder) for folder in cni["bin_dirs"]],
            own_compartment=self.own_compartment,
            plain_resolv_conf=False,
        )
        search = None if self.search is None else [site.fill(each) for each in self.search]
        settings = site.folder / _SETTINGS
        settings.write_text(
            json.dumps(
                {
                    "wrapper": str(wrapper),
                    "containers": list(self.containers),
                    "restarted": self.restarted,
                    "own_compartment": self.own_compartment,
                    "search": search,
                    "hosts": [site.fill(line) for line in self.hosts],
                    "arguments": dict(self.arguments),
                    "rules": str(_written(site, self.rules)) if self.rules else "",
                }
            )
        )
        wrapping.cover(site, target, [*PYTHON, _START, settings], otherwise=[real])

    def undo(self, site: Site) -> None:
        """Take the wrapper away, and give back what containers were given."""
        wrapping.uncover(site)
        settings = site.folder / _SETTINGS
        if settings.exists() and (site.folder / "state").is_dir():
            site.machine.run(*PYTHON, _START, settings, GIVE_BACK)
        if self.rules:
            nft.remove_from_pods(site.machine, family="ip", table=site.table)


def created(site: Site) -> list[str]:
    """Return a line for each container that was created otherwise."""
    path = site.folder / _LOG
    return path.read_text().splitlines() if path.exists() else []


def _written(site: Site, chains: str) -> Path:
    """Write the script that loads chains in a table of the fault's own."""
    script = site.folder / "container.nft"
    script.write_text(nft.replacing(family="ip", table=site.table, chains=site.fill(chains)))
    return script


def _program(site: Site) -> Path:
    """Return the path by which the node's containerd runs its runtime."""
    configured = wrapping.containerd(site)["containerd"]
    assert isinstance(configured, dict)
    return Path(configured["runtimes"]["runc"]["options"]["BinaryName"])
