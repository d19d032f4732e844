"""One report beside another, cell by cell, by what programs compare: verdicts and codes."""

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from verdicts.report import Cell, Report
from verdicts.vocabulary import Agreement, Feature, Verdict

# Places, addresses and names that differ between two runs which saw the same thing.
_MASKS = (
    (re.compile(r"(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}", re.IGNORECASE), "<mac>"),
    (re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d+)?(?::\d+)?"), "<address>"),
    (
        re.compile(
            r"(?<![\w:])(?=[0-9a-f:]*::?[0-9a-f])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?:/\d+)?"
        ),
        "<address>",
    ),
    (re.compile(r"netparity-[0-9a-z]+(?:-[0-9a-f]{4}\b)?"), "netparity-<run>"),
)

_RANK = (Verdict.UNSUPPORTED, Verdict.ALTERNATIVE, Verdict.PARTIAL, Verdict.SUPPORTED)


class Kind(StrEnum):
    """How a cell differs between two reports."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that differs; `details` says in what, a line each.

    `regression` is true where the later report says less of the platform than the earlier did,
    or where the later cell is a regression by its own expectation and the earlier was none.
    """

    kind: Kind
    feature: Feature
    platform: str
    before: Cell | None
    after: Cell | None
    details: tuple[str, ...] = ()

    @property
    def regression(self) -> bool:
        """Whether this difference is one that a caller has to be told of by the exit code."""
        if self.after is None:
            return False
        if self.after.agreement is Agreement.REGRESSION:
            return (
                self.before is None
                or self.before.agreement is not Agreement.REGRESSION
                or (_fell(self.before, self.after))
            )
        return self.before is not None and _fell(self.before, self.after)


def compare(before: Report, after: Report) -> tuple[Change, ...]:
    """Return every cell that differs, in the order of the rows and then of the platforms' names.

    Compared are verdict, origin, agreement, the checks with their outcomes and codes, and the
    sentence with its addresses, MACs and run ids masked. Times, names of nodes and evidence
    are not.
    """
    old = {(cell.feature, cell.platform): cell for cell in before.cells}
    new = {(cell.feature, cell.platform): cell for cell in after.cells}
    order = list(Feature)
    places = sorted({*old, *new}, key=lambda place: (order.index(place[0]), place[1]))
    changes = (_change(place, old.get(place), new.get(place)) for place in places)
    return tuple(change for change in changes if change is not None)


def masked(seen: str) -> str:
    """Return a cell's sentence without what differs from run to run."""
    for pattern, name in _MASKS:
        seen = pattern.sub(name, seen)
    return seen


def _change(place: tuple[Feature, str], before: Cell | None, after: Cell | None) -> Change | None:
    feature, platform = place
    if before is None or after is None:
        kind = Kind.ADDED if before is None else Kind.REMOVED
        return Change(kind, feature, platform, before, after)
    details = tuple(chain(_fields(before, after), _checks(before, after)))
    if not details:
        return None
    return Change(Kind.CHANGED, feature, platform, before, after, details)


def _fields(before: Cell, after: Cell) -> list[str]:
    pairs = {
        "verdict": (before.verdict, after.verdict),
        "origin": (before.origin, after.origin),
        "agreement": (before.agreement, after.agreement),
        "seen": (masked(before.seen), masked(after.seen)),
    }
    return [f"{name}: {old} -> {new}" for name, (old, new) in pairs.items() if old != new]


def _checks(before: Cell, after: Cell) -> list[str]:
    old = {(check.check, check.node): check for check in before.checks}
    new = {(check.check, check.node): check for check in after.checks}
    lines = []
    for key in sorted({*old, *new}):
        was, now = old.get(key), new.get(key)
        if was != now:
            said = [
                "absent" if check is None else f"{check.outcome} ({check.code}, {check.weight})"
                for check in (was, now)
            ]
            lines.append(f"{key[0]} on {key[1]}: {said[0]} -> {said[1]}")
    return lines


def _fell(before: Cell, after: Cell) -> bool:
    if before.verdict not in _RANK or after.verdict not in _RANK:
        return False
    return _RANK.index(after.verdict) < _RANK.index(before.verdict)
