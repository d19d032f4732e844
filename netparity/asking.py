"""Running the suite as a user does: `netparity run`, in a process of its own."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

import reports
from conformance.deployment import Deployment
from conformance.journal import JOURNAL_FILE
from conformance.run import FLEET_FILE
from lab.layout import Layout
from lab.waiting import eventually
from netparity.child import kill_group
from verdicts.report import Report

_LONGEST: Final = 300.0
"""Seconds for a run on the lab; the slowest waits of the lab's patience add up to less."""
_INTERRUPTED: Final = 60.0
"""Seconds that an interrupted run may take to write what it has."""
_STARTED: Final = 120.0
_LOG: Final = "run.log"


class RunBrokeOffError(Exception):
    """A run that left no report; the message says where its own words are."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A run that is over."""

    report: Report
    exit_code: int
    seconds: float
    """From its command to its end, the fleet's removal included."""
    deployment: Deployment


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks the lab again and again, with `options` of the command besides."""

    layout: Layout
    folder: Path
    options: Sequence[str] = ()
    python: str | Path = sys.executable

    def ask(  # noqa: PLR0913  # the options of one run
        self,
        name: str,
        *,
        nodes: Sequence[str] = (),
        features: Sequence[str] = (),
        checks: Sequence[str] = (),
        workers: int | None = None,
        during: Callable[[], None] | None = None,
    ) -> Asked:
        """Ask some rows of some of the nodes, all for none; `name` is the run's folder.

        `checks` of these rows are asked besides, extended though they be; by `workers` at once, by
        one a node for none.
        `during` is called once a first check has ended.

        Raises:
            RunBrokeOffError: it wrote no report, or had to be ended.
        """
        out = self.folder / name
        # Of an earlier asking that was broken off here.
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        began = monotonic()
        with (out / _LOG).open("w", encoding="utf-8") as log:
            run = subprocess.Popen(
                [
                    *self._command(out),
                    *(f"--node={node}" for node in nodes),
                    *(f"--feature={feature}" for feature in features),
                    *(f"--check={check}" for check in checks),
                    *(() if workers is None else (f"--workers={workers}",)),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
            try:
                if during is not None:
                    _await_first_check(run, out)
                    during()
                code = run.wait(_LONGEST)
            except subprocess.TimeoutExpired as error:
                raise RunBrokeOffError(
                    f"the run did not end within {_LONGEST:g} s: read {out / _LOG}"
                ) from error
            finally:
                _end(run)
        seconds = round(monotonic() - began, 3)
        try:
            report = reports.read(out)
            deployment = Deployment.model_validate_json((out / FLEET_FILE).read_bytes())
        except (reports.UnreadableReportError, OSError) as error:
            raise RunBrokeOffError(
                f"the run ended with {code} and left no report: read {out / _LOG}"
            ) from error
        return Asked(report=report, exit_code=code, seconds=seconds, deployment=deployment)

    def _command(self, out: Path) -> list[str]:
        return [
            *(str(self.python), "-m", "netparity", "run"),
            f"--kubeconfig={self.layout.kubeconfig}",
            f"--facts={self.layout.facts}",
            *self.options,
            f"--out={out}",
        ]


def _await_first_check(run: "subprocess.Popen[bytes]", out: Path) -> None:
    eventually(
        lambda: run.poll() is not None or (out / JOURNAL_FILE).exists(),
        what="a first check of the run has ended",
        timeout=_STARTED,
        next_step=f"read {out / _LOG}",
    )


def _end(run: "subprocess.Popen[bytes]") -> None:
    """See to it that a run is over: by Ctrl-C, and by force where that does not help."""
    if run.poll() is not None:
        return
    run.send_signal(signal.SIGINT)
    try:
        run.wait(_INTERRUPTED)
    except subprocess.TimeoutExpired:
        kill_group(run)
