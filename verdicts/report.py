"""The canonical result of a run; every rendering is a fold of this and of nothing else."""

from datetime import datetime
from typing import Literal

from pydantic import JsonValue

from verdicts.checks import Check
from verdicts.directions import Direction
from verdicts.evidence import Evidence
from verdicts.findings import Finding
from verdicts.inventory import Inventory
from verdicts.timings import Timing
from verdicts.vocabulary import Agreement, Feature, Frozen, Mode, Origin, Outcome, Verdict, Weight


class CheckResult(Frozen):
    """A check on one judged node after witnesses and controls were applied.

    `finding` is the claim's own; `outcome` is what counts in the cell, and `because` says why
    they differ (blocked by a witness, control failed). `attempts` above 1 is by which try the last
    of its questions was answered: whatever passed then passed only on a later attempt.
    """

    check: str
    node: str
    platform: str
    feature: Feature
    weight: Weight
    outcome: Outcome
    code: str
    seen: str
    because: str = ""
    attempts: int = 1
    finding: Finding | None = None


class CellCheck(Frozen):
    """A check as a cell lists it: stable across runs, so that cells compare by program."""

    check: str
    node: str
    weight: Weight
    outcome: Outcome
    code: str


class Cell(Frozen):
    """One cell of the matrix."""

    feature: Feature
    platform: str
    verdict: Verdict
    origin: Origin
    agreement: Agreement
    seen: str
    checks: tuple[CellCheck, ...] = ()
    mode: Mode | None = None
    expected: Verdict | None = None
    sources: tuple[str, ...] = ()


class Provenance(Frozen):
    """Who measured what, when and with which settings (never a secret)."""

    netparity: str
    suite_commit: str
    python: str
    run_id: str
    started: datetime
    ended: datetime
    complete: bool
    settings: dict[str, JsonValue]
    pytest_exit: int | None = None
    notes: tuple[str, ...] = ()


class Report(Frozen):
    """`report.json`."""

    version: Literal[1] = 1
    provenance: Provenance
    inventory: Inventory
    cells: tuple[Cell, ...]
    checks: tuple[CheckResult, ...]
    catalogue: tuple[Check, ...]
    evidence: tuple[Evidence, ...] = ()
    directions: tuple[Direction, ...] = ()
    """The direction matrix; empty where the run asked no more than the core."""
    timings: tuple[Timing, ...] = ()
    """How soon traffic followed each change; empty where the run asked no more than the core."""
