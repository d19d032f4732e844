"""Faults by nft rules in a node's own network namespace."""

from dataclasses import dataclass
from typing import ClassVar

from lab.faults import nft
from lab.faults.site import Site


@dataclass(frozen=True, slots=True)
class NodeRules:
    """A table of its own beside the service proxy's and the emulations'.

    `chains` is nft's text, into which `Site.fill` puts the place's addresses. What passes and what
    does not is told by counters in it. Each fault has a table of its own, so any number of them
    can be active at once.
    """

    chains: str
    family: str = "ip"

    acts_on_new_pods: ClassVar[bool] = False

    @property
    def touches(self) -> str:
        """Nothing that another fault could touch too."""
        return ""

    def make(self, site: Site) -> None:
        """Load the table."""
        nft.load(site.machine, family=self.family, table=site.table, chains=site.fill(self.chains))

    def undo(self, site: Site) -> None:
        """Remove the table."""
        nft.remove(site.machine, family=self.family, table=site.table)
