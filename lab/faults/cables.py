"""Faults of a node's one cable to the fabric."""

from dataclasses import dataclass
from typing import ClassVar

from lab.faults.site import Site
from lab.namespaces import FABRIC
from lab.processes import run


@dataclass(frozen=True, slots=True)
class PulledCable:
    """A node that nobody reaches, and that reaches nobody; what runs on it goes on."""

    acts_on_new_pods: ClassVar[bool] = False

    @property
    def touches(self) -> str:
        """The cable."""
        return "the node's cable"

    def make(self, site: Site) -> None:
        """Take the fabric's end down."""
        _set(site, "down")

    def undo(self, site: Site) -> None:
        """Take it up again."""
        _set(site, "up")


def _set(site: Site, state: str) -> None:
    command = ["ip", "-netns", FABRIC, "link", "set", site.place, state]
    run(command, what=f"take the cable of {site.place} {state}")
