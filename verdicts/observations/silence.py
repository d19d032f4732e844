"""Connections that are held open, and silent for a while."""

from verdicts.observations.retried import Retried
from verdicts.vocabulary import Frozen


class HeldConnection(Frozen):
    """Who answered two requests on one connection, in order.

    `again` is when the second was sent, and `ended` when the connection was over, in seconds of the
    container's clock since the first; None where that never came. `limit` is when the client gives
    up, and `needed` what it leaves for the second answer.
    """

    answers: tuple[str, ...]
    again: float | None
    ended: float | None
    limit: float
    needed: float

    @property
    def went_on(self) -> bool:
        """Whether both were answered."""
        return len(self.answers) > 1

    @property
    def was_given_time(self) -> bool:
        """Whether the client itself left an answer the time to come."""
        return self.again is not None and self.limit - self.again >= self.needed


class SilentRound(Frozen):
    """As many connections through a Service as straight to a backend of it, all at once."""

    through: tuple[HeldConnection, ...]
    directly: tuple[HeldConnection, ...]

    @property
    def lost(self) -> tuple[HeldConnection, ...]:
        """The connections through the Service of which the second request was not answered."""
        return tuple(held for held in self.through if not held.went_on)


class SilentConnections(Retried):
    """Connections with `seconds` of silence between two requests; no round where none were asked.

    A second round is held where some of the first were lost, and not all: a connection is lost with
    a packet or two, or a client that had to wait for its turn.
    """

    service: str
    backend: str
    seconds: float
    rounds: tuple[SilentRound, ...]

    @property
    def succeeded(self) -> tuple[bool, ...]:
        """Whether in each round all connections went on."""
        return tuple(not each.lost for each in self.rounds)
