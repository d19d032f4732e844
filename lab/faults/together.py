"""Faults by several means at once."""

from dataclasses import dataclass

from lab.faults.fault import Means
from lab.faults.site import Site


@dataclass(frozen=True, slots=True)
class Together:
    """Means that are one defect together.

    Raises:
        ValueError: more than one of them takes hold of what another fault could take hold of too.
    """

    parts: tuple[Means, ...]

    def __post_init__(self) -> None:
        held = [part.touches for part in self.parts if part.touches]
        if len(held) > 1:
            raise ValueError(f"one fault touches {' and '.join(held)}, and can be told one alone")

    @property
    def touches(self) -> str:
        """What the one of them touches that touches anything."""
        return next((part.touches for part in self.parts if part.touches), "")

    @property
    def acts_on_new_pods(self) -> bool:
        """Whether one of them does."""
        return any(part.acts_on_new_pods for part in self.parts)

    def make(self, site: Site) -> None:
        """Make them in their order."""
        for part in self.parts:
            part.make(site)

    def undo(self, site: Site) -> None:
        """Undo them, the last one first."""
        for part in reversed(self.parts):
            part.undo(site)
