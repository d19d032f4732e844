"""Faults of the machine itself: its processors taken away."""

import os
from dataclasses import dataclass
from typing import ClassVar

from lab.faults.site import Site
from lab.machine import Program
from lab.processes import PYTHON


@dataclass(frozen=True, slots=True)
class BusyProcessors:
    """A busy loop on each of the machine's processors, or on so many of them."""

    count: int = 0
    """0 for all."""

    acts_on_new_pods: ClassVar[bool] = False

    @property
    def touches(self) -> str:
        """The processors."""
        return "the processors"

    def make(self, site: Site) -> None:
        """Start the loops, each by a name of its own."""
        for name in self._names():
            site.machine.stop(name)
            site.machine.start(
                Program(
                    name=name,
                    argv=[*PYTHON, "-c", "while True: pass"],
                    log=site.layout.log(name),
                    env={"PATH": os.environ["PATH"]},
                )
            )

    def undo(self, site: Site) -> None:
        """End them."""
        for name in self._names():
            site.machine.stop(name)

    def _names(self) -> list[str]:
        return [f"fault-busy-{index}" for index in range(self.count or os.cpu_count() or 1)]
