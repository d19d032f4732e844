"""A run from its beginning to its end: prepare, let pytest ask, fold, close.

`netparity run` uses it around a child pytest; the plugin uses it inside a plain `pytest suites`.
"""

import platform
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from types import FrameType
from typing import Final, Self

from conformance import timeouts
from conformance.catalogue import read_catalogue
from conformance.cluster import Cluster, connect
from conformance.deployment import Deployment, ask_for_removal, deploy, remove
from conformance.errors import ClusterError, HarnessError
from conformance.facts import Facts, read_facts
from conformance.journal import Journal, write_value
from conformance.leases import FoundFleet, Heartbeat, find_fleets
from conformance.plan import FleetPlan, plan_fleet
from conformance.reuse import fingerprint_of, revive
from conformance.settings import AGNHOST_IMAGE, RunSettings
from conformance.survey import Survey
from verdicts.exit_rule import exit_code
from verdicts.fold import fold
from verdicts.inventory import Inventory
from verdicts.report import Provenance, Report
from verdicts.vocabulary import Frozen

INVENTORY_FILE: Final = "inventory.json"
FLEET_FILE: Final = "fleet.json"
REPORT_FILE: Final = "report.json"
PHASES_FILE: Final = "phases.json"

_ENDED_BY_ITSELF: Final = frozenset({0, 1})
Tell = Callable[[str], None]


class Phase(Frozen):
    """How long a part of the run took."""

    name: str
    seconds: float


class Phases(Frozen):
    """The parts of a run, in their order; `make bench` reads them."""

    phases: tuple[Phase, ...] = ()


@dataclass(slots=True)
class Run:
    """One run; `close` must be called, whatever happened since `prepare`."""

    settings: RunSettings
    cluster: Cluster
    directory: Path
    inventory: Inventory
    started: datetime
    tell: Tell
    deployment: Deployment | None = None
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """What was asked for and could not be had: the run ends with 2, however its cells look."""
    report: Report | None = None
    pytest_exit: int | None = None
    _heartbeat: Heartbeat | None = None
    _phases: list[Phase] = field(default_factory=list)
    _closed: bool = False

    @classmethod
    def prepare(cls, settings: RunSettings, *, tell: Tell, cluster: Cluster | None = None) -> Self:
        """Discover the cluster, say what was found, and deploy the fleet without awaiting it.

        Whatever was created is removed again where this fails, or is interrupted.

        Raises:
            UsageError: the caller named what does not exist.
            HarnessError: the cluster could not be read, or refused an object of the fleet.
        """
        started = datetime.now(UTC)
        directory = settings.run_directory()
        facts = read_facts(settings.facts)
        clock = time.monotonic()
        cluster = cluster or connect(settings.kubeconfig, context=settings.context)
        inventory = Survey(cluster, settings, facts).inventory()
        run = cls(
            settings=settings,
            cluster=cluster,
            directory=directory,
            inventory=inventory,
            started=started,
            tell=tell,
        )
        run._took("discover", clock)
        run._introduce()
        write_value(directory / INVENTORY_FILE, inventory)
        run._find_missing()
        try:
            with run._phase("create fleet"):
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
            f"--kubeconfig={self.settings.kubeconfig}",
            *(f"--feature={feature}" for feature in self.settings.features),
        ]
        if self.settings.context:
            arguments.append(f"--context={self.settings.context}")
        return arguments

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Measure the suites."""
        with self._phase("suites"):
            yield

    def fold(self, *, pytest_exit: int | None) -> Path:
        """Fold the journal into report.json, whatever there is of it, and return its path.

        `pytest_exit` is pytest's exit code, None where it was killed.
        """
        with self._phase("fold"):
            self.pytest_exit = pytest_exit
            evidence, torn = Journal(self.directory).read()
            catalogue = read_catalogue(self.directory)
            folded = fold(inventory=self.inventory, catalogue=catalogue, evidence=evidence)
            self.report = Report(
                provenance=Provenance(
                    netparity=_version(),
                    suite_commit=_commit(),
                    python=platform.python_version(),
                    run_id=self.deployment.plan.run_id if self.deployment else "",
                    started=self.started,
                    ended=datetime.now(UTC),
                    complete=pytest_exit in _ENDED_BY_ITSELF and not torn,
                    settings=self.settings.public(),
                    pytest_exit=pytest_exit,
                    notes=(*self.problems, *self.notes, *torn),
                ),
                inventory=self.inventory,
                cells=folded.cells,
                checks=folded.checks,
                catalogue=catalogue,
                evidence=evidence,
            )
            path = self.directory / REPORT_FILE
            write_value(path, self.report)
            self._point_latest()
        return path

    def close(self) -> tuple[str, ...]:
        """Remove the fleet (or leave a kept one to be found again); return what is left of it.

        It never raises: what could not be removed is told, with the command that removes it.
        Calling it twice does nothing. A signal that comes meanwhile waits.
        """
        if self._closed:
            return ()
        self._closed = True
        with _signals_wait(self.tell):
            left = self._release() if self.settings.is_kept else self._remove()
        write_value(self.directory / PHASES_FILE, Phases(phases=tuple(self._phases)))
        return left

    def exit_code(self) -> int:
        """Return the exit code that the folded report gives this run."""
        if self.report is None:
            return exit_code((), harness_failed=True, strict=False)
        return exit_code(
            self.report.cells,
            harness_failed=bool(self.problems)
            or self.pytest_exit not in _ENDED_BY_ITSELF
            or not self.report.evidence,
            strict=self.settings.strict,
        )

    def _introduce(self) -> None:
        facts = self.inventory
        self.tell(f"{facts.server}  Kubernetes {facts.kubernetes_version}")
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

    def _find_missing(self) -> None:
        met = set(self.inventory.platforms)
        for platform_id in self.settings.required_platforms:
            if platform_id not in met:
                self._problem(
                    f"no node of the required platform {platform_id}: add one, or name its nodes "
                    f"with --platform {platform_id}=SELECTOR"
                )
        if not self.inventory.judged:
            self._problem("the cluster has no node that can be judged")

    def _problem(self, text: str) -> None:
        self.problems.append(text)
        self.tell(f"  {text}")

    def _deploy(self, facts: Facts) -> None:
        agnhost = self.settings.agnhost_image or facts.images.agnhost or AGNHOST_IMAGE
        capture = self.settings.capture_image or facts.images.capture
        fleets = self._fleets()
        plan = plan_fleet(self.inventory, run_id=new_run_id(), agnhost=agnhost, capture=capture)
        fingerprint = fingerprint_of(plan)
        kept = self._kept(fleets, fingerprint) if self.settings.reuse_fleet else None
        if kept is not None:
            self.tell(f"  the fleet of run {kept.run_id} is used again")
            plan = plan_fleet(self.inventory, run_id=kept.run_id, agnhost=agnhost, capture=capture)
            revive(self.cluster, plan)
        self.notes.extend(plan.left_out)
        # From here on there is something to remove.
        self.deployment = Deployment(plan=plan, created=datetime.now(UTC), services={})
        self.deployment = deploy(
            self.cluster, plan, fingerprint=fingerprint, kept=self.settings.is_kept
        )
        if self.deployment.denied:
            self.notes.append(f"no evidence pods: {self.deployment.denied}")
        self._heartbeat = Heartbeat(self.cluster, plan, on_error=self._lease_failed)
        self._heartbeat.start()
        write_value(self.directory / FLEET_FILE, self.deployment)

    def _fleets(self) -> tuple[FoundFleet, ...]:
        """Look for other fleets, and remove those whose run is dead."""
        try:
            found = find_fleets(self.cluster)
        except ClusterError as error:
            self.notes.append(f"stale fleets were not looked for: {error.message}")
            return ()
        for fleet in found:
            if fleet.kept or fleet.held:
                continue
            self.tell(f"  removing the fleet of run {fleet.run_id}, which is dead")
            # Not awaited: it has nothing that this run's own objects could meet.
            try:
                ask_for_removal(self.cluster, fleet.namespaces)
            except ClusterError as error:
                self.notes.append(f"the fleet of run {fleet.run_id} stays: {error.message}")
        return found

    @staticmethod
    def _kept(fleets: tuple[FoundFleet, ...], fingerprint: str) -> FoundFleet | None:
        return next(
            (f for f in fleets if f.kept and not f.held and f.fingerprint == fingerprint), None
        )

    def _lease_failed(self, error: Exception) -> None:
        self.notes.append(f"the run's Lease was not renewed: {error}")

    def _release(self) -> tuple[str, ...]:
        if self._heartbeat is not None:
            try:
                self._heartbeat.release()
            except HarnessError as error:
                self.tell(f"the fleet's Lease was not released: {error}")
        if self.deployment is not None:
            names = " ".join(self.deployment.plan.namespaces)
            self.tell(f"the fleet is kept; remove it with: kubectl delete namespace {names}")
        return ()

    def _remove(self) -> tuple[str, ...]:
        if self._heartbeat is not None:
            self._heartbeat.stop()
        if self.deployment is None:
            return ()
        plan: FleetPlan = self.deployment.plan
        with self._phase("remove fleet"):
            try:
                left = remove(self.cluster, plan.namespaces)
            except HarnessError as error:
                self.tell(f"the fleet was not removed: {error}")
                left = plan.namespaces
        if left:
            self.tell(
                f"left after {timeouts.FLEET_REMOVED:g} s: {', '.join(left)}; remove with: "
                f"kubectl delete namespace {' '.join(left)}"
            )
        return left

    def _point_latest(self) -> None:
        """Let `latest` beside the run's directory point at it, where that is named by time."""
        if self.settings.out is not None or self.directory.parent.name != "out":
            return
        draft = self.directory.parent / f".latest-{self.directory.name}"
        draft.unlink(missing_ok=True)
        draft.symlink_to(self.directory.name)
        draft.replace(self.directory.parent / "latest")

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        clock = time.monotonic()
        try:
            yield
        finally:
            self._took(name, clock)

    def _took(self, name: str, since: float) -> None:
        self._phases.append(Phase(name=name, seconds=round(time.monotonic() - since, 2)))


def new_run_id() -> str:
    """Return an id that no other run has, fit for a namespace's name."""
    return f"{datetime.now(UTC):%m%d%H%M%S}-{secrets.token_hex(2)}"


@contextmanager
def _signals_wait(tell: Tell) -> Iterator[None]:
    """Hold back Ctrl-C and SIGTERM for the seconds that a fleet's removal takes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def wait(_number: int, _frame: FrameType | None) -> None:
        tell(f"the fleet is being removed; this takes at most {timeouts.FLEET_REMOVED:g} s")

    before = {number: signal.signal(number, wait) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _version() -> str:
    try:
        return metadata.version("netparity")
    except metadata.PackageNotFoundError:
        return "not installed"


def _commit() -> str:
    """Return the commit of the checkout that this package runs from, marked where it is dirty."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12", "--match="],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=timeouts.REQUEST,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()
