"""One file per check and node: what was asked, what came back, and what the claim made of it."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import JsonValue

from verdicts.findings import Finding
from verdicts.vocabulary import Frozen


class Exchange(Frozen):
    """One question put to the cluster and its answer, as it came back (cut to a sane length)."""

    at: datetime
    transport: str
    target: str
    request: str
    answer: str
    milliseconds: float


class Role(StrEnum):
    """Whether a record decides a row or witnesses for those that do."""

    CHECK = "check"
    WITNESS = "witness"


class Evidence(Frozen):
    """The record of one check (or witness) on one judged node.

    `node` is the judged node's id on the axis (`windows-1709-kernel-0`), never its name.
    `observation` is the dump of a model of `verdicts.observations`; None where the question
    could not be asked, and then `finding` is inconclusive. `attempts` is by which try the last of
    its questions succeeded (`observations.retried`); `exchanges` are the last ones, and
    `left_out` counts those before them that there were too many of. `departed` says of a failed
    check which pods of the fleet were not what they had been when it had ended, a sentence each.
    """

    version: Literal[1] = 1
    role: Role = Role.CHECK
    check: str
    node: str
    claim: str
    started: datetime
    ended: datetime
    attempts: int = 1
    observation: dict[str, JsonValue] | None
    finding: Finding
    exchanges: tuple[Exchange, ...] = ()
    left_out: int = 0
    departed: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The record's name within a run: file name, journal key, and id in a report."""
        return f"{self.check}@{self.node}"
