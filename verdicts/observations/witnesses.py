"""What witnesses see: small observations that say whether a node can be asked at all."""

from datetime import datetime

from verdicts.observations.attempts import Attempts, Failure
from verdicts.vocabulary import Frozen


class Clock(Frozen):
    """A container's word for the time, and the time here before and after it was asked."""

    before: datetime
    told: datetime
    after: datetime

    @property
    def skew(self) -> float:
        """By how many seconds it is ahead of here, or (below 0) behind; what the asking took is none."""
        if self.told > self.after:
            return (self.told - self.after).total_seconds()
        return min(0.0, (self.told - self.before).total_seconds())


class Identified(Frozen):
    """A container asked for its hostname through the transport that its self-test chose.

    `node` is where it was placed, `actual_node` where the API says that it runs. `clock` is None
    where its time cannot be read.
    """

    container: str
    transport: str
    expected: str
    actual: str
    node: str
    actual_node: str
    clock: Clock | None = None


class OwnSource(Frozen):
    """The addresses that a backend, asked at its own address, saw as the judged pod's.

    `addresses` are the judged pod's by the API; the backend runs on another node where there is one.
    """

    pod: str
    addresses: tuple[str, ...]
    backend: str
    backend_node: str
    seen: tuple[str, ...]
    unanswered: tuple[Failure, ...]


class Reached(Frozen):
    """Attempts from the judged pod at every address that it has to reach, one each."""

    attempts: tuple[Attempts, ...]
