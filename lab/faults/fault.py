"""What a fault is: what it does, where it may be made, and what it must turn."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from lab.faults.site import Site
from lab.faults.trial import Trial
from lab.node_description import Node

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 40
"""Letters of a name: with its prefix it names an nft table, whose names are bounded."""


@dataclass(frozen=True, slots=True)
class Where:
    """The nodes that a fault can be made on; none of them for what concerns the whole cluster."""

    words: str
    """As in "… applies to <words>"."""
    includes: Callable[[Node], bool]
    is_cluster: bool = False


class Moment(StrEnum):
    """When a fault is made so that a run meets it."""

    BEFORE_RUN = "before the run"
    DURING_RUN = "during the run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """What a run must show under the fault, by the words of its catalogue and its report.

    Plain strings: the lab knows no other room, and a test resolves each of them.
    """

    check: str
    feature: str
    """The row; the column follows from the node."""
    codes: tuple[str, ...]
    """Codes with which the check may fail."""
    verdict: str = "unsupported"
    """Of the cell: `partial` where the check is a supporting one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """What a run may show under a fault of the harness itself.

    Never a pass of what was not asked, never a regression: the run survives with the matrix of a
    clean cluster, or ends inconclusive with exit code 2.
    """

    survives: bool
    """Whether it must survive."""


@dataclass(frozen=True, slots=True)
class Bite:
    """Whether a fault was seen to bite, and what was seen."""

    bites: bool
    seen: str


class Means(Protocol):
    """How a fault is made."""

    @property
    def touches(self) -> str:
        """What it takes hold of; two active faults of one place may not share it. Empty for none."""

    @property
    def acts_on_new_pods(self) -> bool:
        """Whether it concerns pods that are made from then on, and these keep it when it is undone."""

    def make(self, site: Site) -> None:
        """Make it; what was there is written down first. It can be repeated.

        Raises:
            LabError: it cannot be made; `undo` is called then.
        """

    def undo(self, site: Site) -> None:
        """Put back what was there, from whatever point of `make`. It can be repeated.

        Raises:
            LabError: something cannot be put back.
        """


Proof = Callable[[Site, Trial], Bite]
"""Ask the lab itself, from a pod of the trial, whether the fault bites."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A defect that a real cluster has had.

    Raises:
        ValueError: the name is not kebab-case or too long, the sentence is none, or the source is
            no link.
    """

    name: str
    sentence: str
    source: str
    where: Where
    expects: Turns | Undecided
    means: Means
    proof: Proof
    beforehand: Callable[[Node, Trial], object] | None = None
    """Makes what the proof needs on the node, where it cannot be made under the fault."""
    moment: Moment = Moment.BEFORE_RUN

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.name) is None or len(self.name) > _LONGEST:
            raise ValueError(f"{self.name!r} is no kebab-case name of at most {_LONGEST} letters")
        if not self.sentence.endswith(".") or not self.sentence[0].isupper():
            raise ValueError(f"{self.name}: {self.sentence!r} is not a sentence")
        if not self.source.startswith("https://"):
            raise ValueError(f"{self.name}: {self.source!r} is not a link")
