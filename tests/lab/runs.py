"""Running the suite on a lab, as a user runs it, and what came of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.layout import Layout
from lab.waiting import eventually
from reports.reading import read
from tests.lab.conftest import StandingLab
from tests.lab.expected import Cells
from verdicts.report import Report

PROJECT = Path(__file__).parents[2]
Started = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """An ended run: its exit code, what it printed, and its report where it wrote one."""

    code: int
    printed: str
    out: Path

    @property
    def report(self) -> Report:
        return read(self.out)

    @property
    def cells(self) -> Cells:
        return {
            (cell.feature, cell.platform): (cell.verdict, cell.origin)
            for cell in self.report.cells
        }


def wrapped(layout: Layout, out: Path, *arguments: str) -> list[str]:
    """Return the command line of a run by `netparity run`."""
    return [sys.executable, "-m", "netparity", "run", *_where(layout, out), *arguments]


def plain(layout: Layout, out: Path, *arguments: str) -> list[str]:
    """Return the command line of a run by pytest alone."""
    return [sys.executable, "-m", "pytest", "suites", *_where(layout, out), *arguments]


def _where(layout: Layout, out: Path) -> list[str]:
    return [f"--kubeconfig={layout.kubeconfig}", f"--facts={layout.facts}", f"--out={out}"]


def run(command: list[str], out: Path, *, env: Mapping[str, str] | None = None) -> FinishedRun:
    """Run a command line of `wrapped` or `plain` to its end."""
    done = subprocess.run(
        command,
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env=env,
    )
    return FinishedRun(code=done.returncode, printed=done.stdout, out=out)


def items(lab: StandingLab, kind: str) -> list[dict[str, object]]:
    """Return the cluster-wide objects of a kind, as the API lists them."""
    listed = lab.api.get(f"/api/v1/{kind}")["items"]
    assert isinstance(listed, list)
    return [item for item in listed if isinstance(item, dict)]


def namespaces(lab: StandingLab) -> set[str]:
    """Return the names of the namespaces that there are."""
    found = (item["metadata"] for item in items(lab, "namespaces"))
    return {str(metadata["name"]) for metadata in found if isinstance(metadata, dict)}


def differing(found: Cells, expected: Cells) -> dict[str, str]:
    """Return, by cell, what differs; empty where the matrix is as expected."""
    return {
        f"{feature} on {platform}": (
            f"expected {expected.get((feature, platform), 'no such cell')}, "
            f"got {found.get((feature, platform), 'no such cell')}"
        )
        for feature, platform in sorted({*found, *expected})
        if found.get((feature, platform)) != expected.get((feature, platform))
    }


@contextmanager
def started(command: list[str], log: Path) -> Iterator[Started]:
    """Start a run in a session of its own; it is gone at the end."""
    with log.open("wb") as file:
        run = subprocess.Popen(
            command,
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield run
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()


def await_that(condition: Callable[[], bool], run: Started, *, what: str) -> None:
    """Wait for a moment of a run that is under way."""
    eventually(
        lambda: condition() or run.poll() is not None,
        what=what,
        timeout=120,
        next_step="read the run's log",
    )
    assert run.poll() is None, f"the run ended before {what}"


def journal_lines(out: Path) -> int:
    journal = out / "journal.jsonl"
    return len(journal.read_bytes().splitlines()) if journal.exists() else 0
