"""The rounds of a soak: which there are, what each saw, and whether all saw the same."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import reports
from conformance.journal import write_value
from netparity.asking import Asked, Asker
from netparity.mutation.judging import alarms
from netparity.soak.load import busy_processor
from reports.comparison import compare
from verdicts.report import Report
from verdicts.vocabulary import Frozen

SUMMARY: Final = "soak.json"
_ROUNDS: Final = "rounds"
_RUNS: Final = "runs"

LOADS: Final[dict[str, Callable[[], AbstractContextManager[None]]]] = {
    "quiet": nullcontext,
    "busy": busy_processor,
}
"""What goes on beside a run, by the name of its series."""


class AnotherLabError(Exception):
    """The rounds that a folder holds were asked of another lab than the one that is up."""


class Round(Frozen):
    """One clean run; `complaints` say what is otherwise than it must be."""

    name: str
    exit_code: int
    seconds: float
    complaints: tuple[str, ...]


class Series(Frozen):
    """The rounds of one load, with the shortest, the middle and the longest in seconds."""

    name: str
    rounds: int
    shortest: float
    median: float
    longest: float


class Soak(Frozen):
    """All rounds, for programs."""

    series: tuple[Series, ...]
    rounds: tuple[Round, ...]

    @property
    def complaints(self) -> tuple[str, ...]:
        """What is wrong in any round."""
        return tuple(f"{each.name}: {line}" for each in self.rounds for line in each.complaints)


@dataclass(frozen=True, slots=True)
class Soaking:
    """A soak of a lab that is up; its folder may hold rounds of one that was broken off."""

    asker: Asker
    folder: Path
    count: int
    """Rounds of each series."""
    report: Callable[[str], None]

    @classmethod
    def into(
        cls,
        folder: Path,
        asker: Callable[[Path], Asker],
        *,
        count: int,
        report: Callable[[str], None],
    ) -> "Soaking":
        """Return a soak whose runs go into a folder."""
        return cls(asker(folder / _RUNS), folder, count, report)

    def run(self) -> Soak:
        """Ask again and again, and write what came of it into the folder.

        Raises:
            RunBrokeOffError: a run left no report.
            AnotherLabError: the folder's rounds are another lab's.
        """
        rounds: dict[str, list[Round]] = {series: [] for series in LOADS}
        for series in LOADS:
            for number in range(1, self.count + 1):
                rounds[series].append(self._round(series, f"{series}-{number:02}"))
        found = Soak(
            series=tuple(_timed(name, of_series) for name, of_series in rounds.items()),
            rounds=tuple(each for of_series in rounds.values() for each in of_series),
        )
        write_value(self.folder / SUMMARY, found)
        return found

    def _round(self, series: str, name: str) -> Round:
        path = self.folder / _ROUNDS / f"{name}.json"
        if path.exists():
            return Round.model_validate_json(path.read_bytes())
        with LOADS[series]():
            asked = self.asker.ask(name)
        found = Round(
            name=name,
            exit_code=asked.exit_code,
            seconds=asked.seconds,
            complaints=self._complaints(asked),
        )
        write_value(path, found)
        self.report(f"{name}: exit {found.exit_code} after {found.seconds:.1f} s")
        for line in found.complaints:
            self.report(f"    {line}")
        return found

    def _complaints(self, asked: Asked) -> tuple[str, ...]:
        return (
            *alarms(asked.report, asked.exit_code),
            *_otherwise(self._first(asked), asked.report),
        )

    def _first(self, asked: Asked) -> Report:
        """Return what the first round of the folder saw, be it this one.

        Raises:
            AnotherLabError: it saw another lab.
        """
        done = sorted((self.folder / _ROUNDS).glob("quiet-*.json"))
        if not done:
            return asked.report
        first = reports.read(self.folder / _RUNS / done[0].stem)
        if first.inventory.cluster_uid != asked.report.inventory.cluster_uid:
            raise AnotherLabError(
                f"{self.folder} holds rounds of a lab that is gone: name another folder with --out"
            )
        return first


def lines(soak: Soak) -> Iterator[str]:
    """Yield a heading and one line a series."""
    yield "series  rounds     min  median     max"
    for each in soak.series:
        numbers = f"{each.shortest:6.1f}  {each.median:6.1f}  {each.longest:6.1f}"
        yield f"{each.name:<6}  {each.rounds:6}  {numbers}"


def _otherwise(first: Report, report: Report) -> Iterator[str]:
    for change in compare(first, report):
        what = "; ".join(change.details) or change.kind
        yield f"{change.feature} on {change.platform} is not as in the first round: {what}"


def _timed(name: str, rounds: Sequence[Round]) -> Series:
    seconds = [each.seconds for each in rounds]
    return Series(
        name=name,
        rounds=len(rounds),
        shortest=min(seconds),
        median=round(median(seconds), 1),
        longest=max(seconds),
    )
