"""`make bench`: how long each phase takes on a warm machine, as median and maximum of five."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import monotonic
from typing import IO, Final

import typer

from conformance.phases import PHASES_FILE, Phases
from lab import cluster
from lab.errors import LabError
from lab.layout import Layout
from lab.paths import state_dir
from lab.topology import Topology
from netparity.exits import Exit

ROUNDS = 5
_LAST_LINES: Final = 20
"""Lines of a failed run's own words that are worth repeating."""
MATRIX_BEGINS = "Kubernetes "
"""How the first line of a printed matrix begins; what comes after it is the fleet's removal."""


@dataclass(slots=True)
class Times:
    """Seconds by phase, in the order in which phases were first met."""

    clock: Callable[[], float] = monotonic
    seconds: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time one phase; one that raises is not noted."""
        began = self.clock()
        yield
        self.note(name, self.clock() - began)

    def note(self, name: str, seconds: float) -> None:
        """Add a phase that was timed elsewhere."""
        self.seconds.setdefault(name, []).append(seconds)

    def lines(self) -> Iterator[str]:
        """Yield a heading and one line a phase: median and maximum, in seconds."""
        width = max((len(name) for name in self.seconds), default=0)
        yield f"{'phase':<{width}}  median     max  rounds"
        for name, values in self.seconds.items():
            numbers = f"{median(values):6.2f}  {max(values):6.2f}  {len(values):6}"
            yield f"{name:<{width}}  {numbers}"


def main() -> int:
    """Time five rounds from a lab that is down to a lab that is down again."""
    layout = Layout(state_dir())
    times = Times()
    try:
        if cluster.standing_lab(layout) is not None:
            _say("a lab is up: `netparity lab down` first, so that its start can be timed")
            return Exit.USAGE
        # The first start builds what is not built, and is not timed.
        cluster.up(Topology(), report=_say)
        cluster.down()
        for number in range(1, ROUNDS + 1):
            _say(f"round {number} of {ROUNDS}")
            code = _round(layout, times)
            if code != Exit.AS_EXPECTED:
                return code
    except LabError as error:
        _say(f"netparity lab: {error}")
        return Exit.USAGE
    for line in times.lines():
        typer.echo(line)
    return Exit.AS_EXPECTED


def _round(layout: Layout, times: Times) -> int:
    try:
        with times.phase("lab up"):
            record = cluster.up(Topology(), report=_nothing)
        before = 0.0
        for name, ended in record.phases.items():
            times.note(f"  {name}", ended - before)
            before = ended
        code = _run(layout, times)
    finally:
        with times.phase("lab down"):
            cluster.down()
    return code


def _run(layout: Layout, times: Times) -> int:
    with tempfile.TemporaryDirectory(prefix="netparity-bench-") as folder:
        out = Path(folder) / "run"
        options = ["--kubeconfig", str(layout.kubeconfig), "--facts", str(layout.facts)]
        command = [sys.executable, "-m", "netparity", "run", *options, "--out", str(out)]
        return time_run(command, times, out=out)


def time_run(command: Sequence[str], times: Times, *, out: Path) -> int:
    """Time a run that writes to `out`, phase by phase, and return its exit code.

    A run that is not as expected tells no times: it may have ended before it wrote any down.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        code = _timed_run(command, times, errors=errors)
        if code != Exit.AS_EXPECTED:
            errors.seek(0)
            for line in errors.readlines()[-_LAST_LINES:]:
                _say(f"  {line.rstrip()}")
            _say(
                f"the run ended with {code}: a time is only told of runs that are as expected; "
                "see why with `netparity lab up` and `netparity run`, then time again"
            )
            return code
    for phase in Phases.model_validate_json((out / PHASES_FILE).read_bytes()).phases:
        times.note(f"  {phase.name}", phase.seconds)
    return code


def _timed_run(command: Sequence[str], times: Times, *, errors: IO[str]) -> int:
    began = times.clock()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as run:
        printed = began
        for line in run.stdout or ():
            if line.startswith(MATRIX_BEGINS):
                printed = times.clock()
                times.note("run: to the printed matrix", printed - began)
        code = run.wait()
    times.note("run: the fleet's removal", times.clock() - printed)
    return code


def _say(line: str) -> None:
    typer.echo(line, err=True)


def _nothing(_line: str) -> None:
    """Take a lab's progress lines, which a benchmark does not print."""


if __name__ == "__main__":
    sys.exit(main())
