"""Messages of several sizes between pods on two nodes, and how much of each came back."""

from enum import StrEnum

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


class ThirdNode(Frozen):
    """A node beside the two of a pair, its platform, and what it and the pair's other one sent."""

    node: str
    platform: str
    between: Messages


class Loser(StrEnum):
    """Which of a pair's two nodes loses messages."""

    NEITHER = "neither"
    JUDGED = "judged"
    OTHER = "other"
    UNKNOWN = "unknown"


class SizedPair(Frozen):
    """The judged node and one other: messages between pods on both, None where `reason` says why.

    `platform` is the other's. `beyond` are messages between that other node and each third one,
    sent only where some between the two were lost; without those that nobody could send.
    """

    other: str
    platform: str
    between: Messages | None = None
    beyond: tuple[ThirdNode, ...] = ()
    reason: str = ""

    def loser(self, platform: str) -> Loser:
        """Tell which node it is, where the judged one is of this platform.

        The other one is well where any third gets messages whole from it, and at fault where none
        does. That takes a third of another platform than the judged one's, which may share what
        ails that one. Of two nodes of one platform it does not matter to it which one it is.
        """
        if self.between is None or not self.between.lost:
            return Loser.NEITHER
        if any(not third.between.lost for third in self.beyond):
            return Loser.JUDGED
        if self.platform == platform:
            return Loser.OTHER if self.beyond else Loser.JUDGED
        is_told = any(third.platform != platform for third in self.beyond)
        return Loser.OTHER if is_told else Loser.UNKNOWN


class LargePackets(Frozen):
    """Messages between the judged node and each other node that pods of ours are on.

    `platform` is the judged node's; `other_nodes` are the cluster's other ready nodes.
    """

    node: str
    platform: str
    other_nodes: tuple[str, ...]
    pairs: tuple[SizedPair, ...] = ()
