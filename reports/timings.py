"""How soon traffic followed each change, as every rendering shows it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from verdicts.report import Report
from verdicts.timings import Timing


@dataclass(frozen=True, slots=True)
class TimingRow:
    """One change: what each platform's nodes took, in the order of `platforms`."""

    change: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timings:
    """The table, and the bounds that all of it was held to."""

    platforms: tuple[str, ...]
    rows: tuple[TimingRow, ...]
    bounds: str


def timings(report: Report) -> Timings | None:
    """Lay the report's timings out, a row a change; None where the run took none."""
    found = report.timings
    if not found:
        return None
    platforms = tuple(dict.fromkeys(each.platform for each in found))
    changes = dict.fromkeys(each.change for each in found)
    return Timings(
        platforms=platforms,
        rows=tuple(
            TimingRow(
                change=change,
                words=tuple(
                    _words([e for e in found if (e.change, e.platform) == (change, platform)])
                    for platform in platforms
                ),
            )
            for change in changes
        ),
        bounds=(
            f"late after {_seconds(each.soon for each in found)}, "
            f"not followed after {_seconds(each.bound for each in found)}"
        ),
    )


def _words(taken: Sequence[Timing]) -> str:
    """Return the fastest and the slowest of a platform's nodes, and what was late or never came."""
    if not taken:
        return "-"
    followed = sorted(each.seconds for each in taken if each.is_followed)
    never = len(taken) - len(followed)
    parts = []
    if followed:
        span = dict.fromkeys(f"{seconds:.1f}" for seconds in (followed[0], followed[-1]))
        parts.append(f"{' to '.join(span)} s")
    if any(each.is_late for each in taken):
        parts.append("late")
    if never:
        parts.append(f"not followed on {never} of {len(taken)} nodes")
    return ", ".join(parts)


def _seconds(bounds: Iterable[float]) -> str:
    return " or ".join(f"{bound:g} s" for bound in sorted(set(bounds)))
