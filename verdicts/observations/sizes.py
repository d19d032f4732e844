"""Messages of several sizes between pods on two nodes, and how much of each came back."""

from verdicts.observations.retried import Retried
from verdicts.vocabulary import Frozen, Protocol


class Echo(Retried):
    """A message of `sent` letters that a pod gave back: how many of them came, try by try.

    Over TCP there is one try, for the kernel itself sends again what is lost on the way. UDP
    promises no delivery (RFC 768): where the first datagram is lost, others follow it.
    """

    protocol: Protocol
    sent: int
    came_back: tuple[int, ...]
    detail: str = ""

    @property
    def succeeded(self) -> tuple[bool, ...]:
        """Whether each try came back whole."""
        return tuple(came == self.sent for came in self.came_back)

    @property
    def is_whole(self) -> bool:
        """Whether any try came back whole."""
        return any(self.succeeded)


class Messages(Frozen):
    """What one pod sent to another and got back; the smallest of each protocol is the control."""

    client: str
    client_node: str
    backend: str
    backend_node: str
    address: str
    echoes: tuple[Echo, ...]

    @property
    def lost(self) -> tuple[Echo, ...]:
        """The messages that did not come back whole."""
        return tuple(echo for echo in self.echoes if not echo.is_whole)


class SizedPair(Frozen):
    """The judged node and one other: messages between pods on both, None where `reason` says why.

    `beyond` are messages between that other node and a third one, sent only where some between
    the two were lost: where they are lost there as well, it is not the judged node that loses them.
    """

    other: str
    between: Messages | None = None
    beyond: Messages | None = None
    reason: str = ""

    @property
    def is_lost_beyond(self) -> bool:
        """Whether the other node loses messages without the judged one, too."""
        return self.beyond is not None and bool(self.beyond.lost)


class LargePackets(Frozen):
    """Messages between the judged node and each other node that pods of ours are on.

    `other_nodes` are the cluster's other ready nodes.
    """

    node: str
    other_nodes: tuple[str, ...]
    pairs: tuple[SizedPair, ...] = ()
