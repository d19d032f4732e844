"""A run from its beginning to its end: prepare, let pytest ask, fold, close.

`netparity run` uses it around a child pytest; the plugin uses it inside a plain `pytest suites`.
"""

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from conformance import provenance
from conformance.api_client import connect
from conformance.catalogue import read_catalogue
from conformance.cluster import Cluster
from conformance.errors import HarnessError, UsageError
from conformance.facts import Facts, read_facts
from conformance.interrupts import signals_wait
from conformance.journal import Journal, write_value
from conformance.ownership import FleetOwner, Tell
from conformance.phases import PHASES_FILE, Stopwatch
from conformance.policies import policies_upon
from conformance.settings import AGNHOST_IMAGE, RunSettings
from conformance.survey import Survey
from conformance.timeouts import Profile
from verdicts.directions import directions
from verdicts.exit_rule import exit_code, harness_broke
from verdicts.fold import fold
from verdicts.inventory import Inventory, JudgedNode, Policy
from verdicts.report import Provenance, Report
from verdicts.timings import timings

INVENTORY_FILE: Final = "inventory.json"
FLEET_FILE: Final = "fleet.json"
REPORT_FILE: Final = "report.json"

_ENDED_BY_ITSELF: Final = frozenset({0, 1})


@dataclass(slots=True)
class Run:
    """One run; `close` must be called, whatever happened since `prepare`."""

    settings: RunSettings
    cluster: Cluster
    directory: Path
    inventory: Inventory
    owner: FleetOwner
    started: datetime
    tell: Tell
    problems: list[str] = field(default_factory=list)
    """What was asked for and could not be had: the run ends with 2, however its cells look."""
    report: Report | None = None
    pytest_exit: int | None = None
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    _closed: bool = False

    @classmethod
    def prepare(cls, settings: RunSettings, *, tell: Tell, cluster: Cluster | None = None) -> Self:
        """Discover the cluster, say what was found, and deploy the fleet without awaiting it.

        Whatever was created is removed again where this fails, or is interrupted.

        Raises:
            UsageError: the caller named what does not exist.
            HarnessError: the cluster could not be read, or refused an object of the fleet.
        """
        started, began = datetime.now(UTC), time.monotonic()
        directory = settings.run_directory()
        facts = read_facts(settings.facts)
        cluster = cluster or connect(settings.kubeconfig, context=settings.context)
        run = cls(
            settings=settings,
            cluster=cluster,
            directory=directory,
            inventory=Survey(cluster, settings, facts).inventory(),
            owner=FleetOwner(
                cluster, tell=tell, keeps=settings.is_kept, reuses=settings.reuse_fleet
            ),
            started=started,
            tell=tell,
        )
        run.stopwatch.note("discover", since=began)
        run._find_named()
        run._see_that_haste_fits()
        run._introduce()
        write_value(directory / INVENTORY_FILE, run.inventory)
        run._find_missing()
        try:
            run._deploy(facts)
        except BaseException:
            run.close()
            raise
        return run

    @property
    def child_arguments(self) -> list[str]:
        """Options that make another pytest process ask in this run's name."""
        arguments = [
            f"--run-dir={self.directory}",
            f"--conductor={os.getpid()}",
            f"--kubeconfig={self.settings.kubeconfig}",
            *(f"--feature={feature}" for feature in self.settings.features),
            *(f"--node={name}" for name in self.settings.nodes),
            *(f"--check={name}" for name in self.settings.checks),
            f"--profile={self.settings.profile}",
            f"--patience={self.settings.patience}",
        ]
        if self.settings.context:
            arguments.append(f"--context={self.settings.context}")
        return arguments

    @property
    def asked(self) -> tuple[JudgedNode, ...]:
        """The judged nodes that are asked; the fleet is the same whichever they are."""
        return self.inventory.narrowed(self.settings.nodes).judged

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Measure the suites."""
        with self.stopwatch.phase("suites"):
            yield

    def fold(self, *, pytest_exit: int | None) -> Path:
        """Fold the journal into report.json, whatever there is of it, and return its path.

        `pytest_exit` is pytest's exit code, None where it was killed.
        """
        with self.stopwatch.phase("fold"):
            self.pytest_exit = pytest_exit
            journal = Journal(self.directory)
            unreadable = () if pytest_exit in _ENDED_BY_ITSELF else journal.adopt()
            evidence, torn = journal.read()
            catalogue = read_catalogue(self.directory)
            deployment = self.owner.deployment
            policies = self._policies()
            inventory = self.inventory.narrowed(self.settings.nodes).model_copy(
                update={"policies": policies}
            )
            folded = fold(inventory=inventory, catalogue=catalogue, evidence=evidence)
            self.report = Report(
                provenance=Provenance(
                    netparity=provenance.version(),
                    suite_commit=provenance.commit(),
                    python=platform.python_version(),
                    run_id=deployment.plan.run_id if deployment else "",
                    started=self.started,
                    ended=datetime.now(UTC),
                    complete=pytest_exit in _ENDED_BY_ITSELF and not torn,
                    settings=self.settings.public(),
                    pytest_exit=pytest_exit,
                    notes=(
                        *self.problems,
                        *self.owner.notes,
                        *map(str, policies),
                        *provenance.transports(evidence),
                        *provenance.clocks(evidence),
                        *unreadable,
                        *torn,
                    ),
                ),
                inventory=inventory,
                cells=folded.cells,
                checks=folded.checks,
                catalogue=catalogue,
                evidence=evidence,
                directions=directions(inventory, evidence),
                timings=timings(inventory, evidence),
            )
            path = self.directory / REPORT_FILE
            write_value(path, self.report)
            self._point_latest()
        return path

    def _policies(self) -> tuple[Policy, ...]:
        """Ask in the end which policies select the pods: some come after their namespace."""
        if self.owner.deployment is None:
            return ()
        try:
            found = policies_upon(self.cluster, self.owner.deployment.plan)
        except HarnessError as error:
            self.owner.notes.append(f"policies were not looked for: {error}")
            return ()
        self.owner.notes.extend(found.warnings)
        return found.policies

    def close(self) -> tuple[str, ...]:
        """Remove the fleet (or leave a kept one to be found again); return what is left of it.

        It never raises for the cluster's sake: what could not be removed is told, with the
        command that removes it. Calling it twice does nothing. A signal meanwhile waits.
        """
        if self._closed:
            return ()
        with signals_wait(self.tell), self.stopwatch.phase("remove fleet"):
            # Not before: whoever is interrupted here comes again, and finds the fleet still there.
            self._closed = True
            left = self.owner.give_up()
        write_value(self.directory / PHASES_FILE, self.stopwatch.phases())
        if self.pytest_exit in _ENDED_BY_ITSELF:
            self._remove_the_dead()
        return left

    def _remove_the_dead(self) -> None:
        """Remove what killed runs left behind; whoever has no time for that may interrupt it."""
        try:
            self.owner.remove_the_dead()
        except KeyboardInterrupt:
            self.tell("not waited for: the next run looks for fleets of dead runs again")

    def exit_code(self) -> int:
        """Return the exit code that the folded report gives this run.

        A run that was interrupted or broke off says nothing for or against a platform.
        """
        if self.report is None or self.pytest_exit not in _ENDED_BY_ITSELF:
            return exit_code((), harness_failed=True, strict=False)
        return exit_code(
            self.report.cells,
            harness_failed=(
                bool(self.problems)
                or self.owner.has_lost_its_fleet
                or not self.report.evidence
                or harness_broke(self.report.evidence)
            ),
            strict=self.settings.strict,
            by_word_alone=self.report.inventory.stood_for_by_word_alone,
        )

    def _introduce(self) -> None:
        facts = self.inventory
        self.tell(f"{facts.server}  Kubernetes {facts.kubernetes_version}")
        if self.settings.facts:
            self.tell(f"  facts declared by {self.settings.facts}")
        for node in facts.nodes:
            emulated = f", emulated by {', '.join(node.emulated_by)}" if node.is_emulated else ""
            state = "" if node.ready else f", NotReady: {node.reason}"
            proxy = node.proxy
            self.tell(
                f"  {node.name}: {node.platform}{emulated}, service proxy {proxy.effective} mode"
                f" ({proxy.data_plane or 'data plane unknown'}, {proxy.known_by}){state}"
            )
        for warning in facts.warnings:
            self.tell(f"  note: {warning}")

    def _find_named(self) -> None:
        judged = [each.node.name for each in self.inventory.judged]
        for name in self.settings.nodes:
            if name not in judged:
                raise UsageError(
                    f"--node {name}: no such node would be judged; one of {', '.join(judged)}"
                )

    def _see_that_haste_fits(self) -> None:
        if self.settings.patience is Profile.LAB and not any(
            node.is_emulated for node in self.inventory.nodes
        ):
            raise UsageError(
                "--patience lab: no node here is emulated, so this is no netparity lab, and what "
                "merely takes its time would count as broken; leave the option out"
            )

    def _find_missing(self) -> None:
        met = {each.platform for each in self.asked}
        for wanted in self.settings.required_platforms:
            if wanted not in met:
                self._problem(
                    f"no node of the required platform {wanted}: add one, or name its nodes "
                    f"with --platform {wanted}=SELECTOR"
                )
        if not self.inventory.judged:
            self._problem("the cluster has no node that can be judged")

    def _problem(self, text: str) -> None:
        self.problems.append(text)
        self.tell(f"  {text}")

    def _deploy(self, facts: Facts) -> None:
        with self.stopwatch.phase("create fleet"):
            deployment = self.owner.take(
                self.inventory,
                agnhost=self.settings.agnhost_image or facts.images.agnhost or AGNHOST_IMAGE,
                capture=self.settings.capture_image or facts.images.capture,
                extended=self.settings.needs_extended_fleet,
            )
            write_value(self.directory / FLEET_FILE, deployment)

    def _point_latest(self) -> None:
        """Let `latest` beside the run's directory point at it, where that is named by time."""
        if self.settings.out is not None or self.directory.parent.name != "out":
            return
        draft = self.directory.parent / f".latest-{self.directory.name}"
        draft.unlink(missing_ok=True)
        draft.symlink_to(self.directory.name)
        draft.replace(self.directory.parent / "latest")
