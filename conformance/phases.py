"""How long each part of a run takes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from verdicts.vocabulary import Frozen

PHASES_FILE: Final = "phases.json"


class Phase(Frozen):
    """How long a part of the run took."""

    name: str
    seconds: float


class Phases(Frozen):
    """The parts of a run, in their order, as its directory keeps them."""

    phases: tuple[Phase, ...] = ()


class Stopwatch:
    """Times the parts of a run; a part that raises is timed too."""

    def __init__(self) -> None:
        self._phases: list[Phase] = []

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time one part."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.note(name, since=began)

    def note(self, name: str, *, since: float) -> None:
        """Add a part that began at this moment of the monotonic clock, and ends now."""
        seconds = round(time.monotonic() - since, 2)
        self._phases.append(Phase(name=name, seconds=seconds))

    def phases(self) -> Phases:
        """Return the parts so far."""
        return Phases(phases=tuple(self._phases))
