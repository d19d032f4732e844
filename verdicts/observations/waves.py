"""Pods that come and go in waves, and what their node remembers of them."""

from verdicts.observations.attempts import Attempts
from verdicts.observations.cni import BookEntry, PlacedPod
from verdicts.vocabulary import Frozen


class WavePod(Frozen):
    """A pod of a wave; without addresses where it never got one.

    `visit` is one request to its address, from a pod that stays; None where it was not asked.
    `afterwards` is the same once it was gone, when another pod may have the address already.
    """

    pod: str
    identity: str
    addresses: tuple[str, ...]
    visit: Attempts | None = None
    afterwards: Attempts | None = None


class Wave(Frozen):
    """Pods that were made at once and deleted at once, `forced` without grace.

    `up` and `gone` are seconds until all had an address and ran, and until the API had forgotten
    all; `left` are those that were still there when that was given up.
    """

    number: int
    forced: bool
    pods: tuple[WavePod, ...]
    up: float
    gone: float
    left: tuple[str, ...] = ()


class Waves(Frozen):
    """Waves on one node, one after the other.

    `living` are pods of ours that were there all the time, anywhere. `entries` are the waves'
    addresses that the node's address book has as given away in the end, with those of a living
    pod on the node; None where no book could be read (`reason`). `heirs` are pods, of whomever,
    that have an address of the waves by now; `seconds` is how long the book was waited for.
    """

    node: str
    living: tuple[PlacedPod, ...]
    waves: tuple[Wave, ...]
    entries: tuple[BookEntry, ...] | None
    heirs: tuple[PlacedPod, ...] = ()
    seconds: float = 0.0
    reason: str = ""


class HostPort(Frozen):
    """A pod's port that its node is asked for, from a pod on another node.

    `directly` is the same pod at its own address; `through_node` None where it was not asked,
    and `reason` says why.
    """

    pod: str
    identity: str
    node: str
    address: str
    port: int
    directly: Attempts | None
    through_node: Attempts | None
    reason: str = ""
