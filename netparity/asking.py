"""Running the suite again and again, each time in a process of its own."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final, Protocol

import reports
from conformance.deployment import Deployment
from conformance.journal import JOURNAL_FILE
from conformance.run import FLEET_FILE
from conformance.settings import RunSettings
from conformance.timeouts import Profile
from lab.layout import Layout
from lab.waiting import eventually
from netparity.child import Child, kill_group
from verdicts.report import Report
from verdicts.vocabulary import Feature

_LONGEST: Final = 600.0
"""Seconds for a run on the lab; the slowest waits of the lab's patience add up to less."""
_INTERRUPTED: Final = 60.0
"""Seconds that an interrupted run may take to write what it has."""
_STARTED: Final = 120.0
_LOG: Final = "run.log"
_COMMAND: Final = (sys.executable, "-m", "netparity", "run")


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


class Running(Child, Protocol):
    """Such a process as `subprocess.Popen` gives one."""

    def poll(self) -> int | None:
        """Return the exit code, None as long as it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code.

        Raises:
            subprocess.TimeoutExpired: it still runs after `timeout` seconds.
        """

    def send_signal(self, sig: int, /) -> None:
        """Send a signal to the process alone."""


Start = Callable[[RunSettings, Path], Running]
"""Starts a run with its words in a file."""


def start_command(settings: RunSettings, log: Path) -> Running:
    """Start `netparity run` as a user does."""
    with log.open("w", encoding="utf-8") as file:
        return subprocess.Popen(
            [*_COMMAND, *arguments_of(settings)],
            stdout=file,
            stderr=subprocess.STDOUT,
            process_group=0,
        )


def arguments_of(settings: RunSettings) -> list[str]:
    """Return the command's arguments that stand for what an `Asker` asks."""
    return [
        f"--kubeconfig={settings.kubeconfig}",
        *([f"--facts={settings.facts}"] if settings.facts else []),
        f"--patience={settings.patience}",
        *(["--reuse-fleet"] if settings.reuse_fleet else []),
        *(f"--node={node}" for node in settings.nodes),
        *(f"--feature={feature}" for feature in settings.features),
        *(f"--check={check}" for check in settings.checks),
        f"--out={settings.out}",
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Asks the lab again and again."""

    layout: Layout
    folder: Path
    patience: Profile = Profile.FIELD
    reuse_fleet: bool = False
    start: Start = start_command

    def ask(
        self,
        name: str,
        *,
        nodes: Sequence[str] = (),
        features: Sequence[Feature] = (),
        checks: Sequence[str] = (),
        during: Callable[[], None] | None = None,
    ) -> Asked:
        """Ask some rows of some of the nodes, all for none; `name` is the run's folder.

        `checks` of these rows are asked besides, extended though they be.
        `during` is called once a first check has ended.

        Raises:
            RunBrokeOffError: it wrote no report, or had to be ended.
        """
        out = self.folder / name
        # Of an earlier asking that was broken off here.
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        settings = RunSettings(
            kubeconfig=self.layout.kubeconfig,
            facts=self.layout.facts,
            features=tuple(features),
            nodes=tuple(nodes),
            checks=tuple(checks),
            patience=self.patience,
            reuse_fleet=self.reuse_fleet,
            out=out,
        )
        began = monotonic()
        run = self.start(settings, out / _LOG)
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


def _await_first_check(run: Running, out: Path) -> None:
    eventually(
        lambda: run.poll() is not None or (out / JOURNAL_FILE).exists(),
        what="a first check of the run has ended",
        timeout=_STARTED,
        next_step=f"read {out / _LOG}",
    )


def _end(run: Running) -> None:
    """See to it that a run is over: by Ctrl-C, and by force where that does not help."""
    if run.poll() is not None:
        return
    run.send_signal(signal.SIGINT)
    try:
        with suppress(subprocess.TimeoutExpired):
            run.wait(_INTERRUPTED)
    finally:
        # A second interrupt, too, ends the wait and not the run.
        if run.poll() is None:
            kill_group(run)
