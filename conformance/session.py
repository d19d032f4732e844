"""One process's part in a run: preparing and folding it, choosing what is asked, writing it down."""

import os
import signal
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import pytest

from conformance.asking import Asking, read_inventory
from conformance.catalogue import (
    CATALOGUE_FILE,
    Catalogue,
    Declared,
    catalogue_of,
    declared_by,
)
from conformance.errors import HarnessError, UsageError
from conformance.journal import Journal, write_value
from conformance.options import settings_of
from conformance.order import Question, ranks
from conformance.orphans import end_with_parent
from conformance.outcomes import told
from conformance.run import Run
from conformance.settings import known_run_profile
from conformance.timeouts import PATIENCE, Patience, Profile
from verdicts.checks import Check
from verdicts.vocabulary import RunProfile

if TYPE_CHECKING:
    from xdist.remote import Producer

    from conformance.scheduling import NodeScheduling

WORKER_DIRECTORY: Final = "netparity_run_directory"
"""Name under which the controller tells a worker the run's directory."""
_COULD_NOT_ASK: Final = 2


class _WorkerNode(Protocol):
    """The part of xdist's WorkerController that we use; xdist ships no types."""

    workerinput: dict[str, str | None]


class RunSession:
    """What this process does for a run: the controller prepares and folds it, workers ask.

    Without xdist one process does both.
    """

    def __init__(self, config: pytest.Config, *, directory: Path | None, is_worker: bool) -> None:
        self._config = config
        self._directory = directory
        self._is_worker = is_worker
        self._run: Run | None = None
        self._prepared = 0.0
        self._asking: Asking | None = None

    @property
    def asking(self) -> Asking:
        """The way to the cluster, made at the first question.

        Raises:
            HarnessError: this process belongs to no run.
        """
        if self._asking is None:
            if self._directory is None:
                raise HarnessError(
                    "no cluster is named", next_step="give --kubeconfig FILE to pytest"
                )
            if self._run is not None:
                self._asking = Asking.of(
                    self._directory, self._run.cluster, patience=self._patience
                )
            else:
                self._asking = Asking.connected(
                    self._directory,
                    kubeconfig=Path(self._config.getoption("--kubeconfig")),
                    context=self._config.getoption("--context"),
                    patience=self._patience,
                )
        return self._asking

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Prepare the run, where a cluster is named and nobody has prepared it."""
        named = self._config.getoption("--kubeconfig")
        if self._is_worker or self._only_lists or not named:
            return
        # pytest ends well on Ctrl-C; CI jobs are ended by SIGTERM and deserve the same.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        if self._directory is not None:
            end_with_parent(int(self._config.getoption("--conductor") or os.getppid()))
            return
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        try:
            self._run = Run.prepare(
                settings_of(self._config), tell=terminal.write_line if terminal else print
            )
        except UsageError as error:
            raise pytest.UsageError(str(error)) from error
        except HarnessError as error:
            pytest.exit(str(error), returncode=_COULD_NOT_ASK)
        self._directory = self._run.directory
        self._prepared = time.monotonic()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: _WorkerNode) -> None:
        """Tell an xdist worker which run it belongs to."""
        node.workerinput[WORKER_DIRECTORY] = str(self._directory) if self._directory else None

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(
        self, config: pytest.Config, log: "Producer"
    ) -> "NodeScheduling | None":
        """Give all checks of a judged node to one worker, unless told."""
        from conformance.scheduling import NodeScheduling  # noqa: PLC0415  # xdist is optional

        return (
            NodeScheduling(config, log)
            if config.getoption("dist") in {"load", "loadgroup"}
            else None
        )

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Ask each check of every judged node, or of those in its row's proxy mode."""
        declared = declared_by(metafunc.function)
        if declared is None or "node" not in metafunc.fixturenames:
            return
        mode = declared.check.feature.mode
        named = frozenset(self._config.getoption("--node"))
        judged = read_inventory(self._directory).narrowed(named).judged
        ids = [each.id for each in judged if mode in {None, each.mode}]
        metafunc.parametrize("node", ids, ids=ids, indirect=True, scope="session")

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Write the catalogue down, leave out what is not asked, and order the rest by row."""
        checks = [item for item in items if declared_of(item) is not None]
        if not checks:
            return
        if self._directory is None and not self._only_lists and not self._is_worker:
            raise pytest.UsageError(
                "these suites ask a cluster: give --kubeconfig FILE, or --collect-only to list them"
            )
        try:
            catalogue = catalogue_of(getattr(item, "function", None) for item in checks)
            self._expect_named(catalogue)
        except UsageError as error:
            raise pytest.UsageError(str(error)) from error
        asked = self._asked(catalogue)
        if self._directory is not None:
            write_value(self._directory / CATALOGUE_FILE, Catalogue(checks=asked))
        ids = {each.id for each in asked}
        left_out = [item for item in checks if not _is_asked(item, ids)]
        if left_out:
            self._config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in left_out]
        items[:] = _in_order(items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Append what was recorded to the journal; the controller alone writes it."""
        if self._is_worker or self._directory is None or report.when != "call":
            return
        for line in told(report):
            Journal(self._directory).append(line)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Fold and remove what this process prepared, however the session ended."""
        if self._asking is not None:
            self._asking.fleet.stop()
        if self._run is None:
            return
        self._run.stopwatch.note("suites", since=self._prepared)
        try:
            report = self._run.fold(pytest_exit=int(exitstatus))
            self._config.hook.pytest_netparity_report(config=self._config, report=report)
        finally:
            self._run.close()

    def _expect_named(self, catalogue: Sequence[Check]) -> None:
        for name in self._config.getoption("--check"):
            if name not in {each.id for each in catalogue}:
                raise UsageError(f"--check {name}: no suite that was named has such a check")

    def _asked(self, catalogue: Sequence[Check]) -> tuple[Check, ...]:
        """Return the checks that are asked: of the rows in question, by profile or by name.

        A check that is named brings its row along, because a cell is what all of a row makes it.
        """
        profile = known_run_profile(self._config.getoption("--profile") or RunProfile.CORE)
        named = frozenset(self._config.getoption("--check"))
        rows = {
            *self._config.getoption("--feature"),
            *(each.feature for each in catalogue if each.id in named),
        }
        return tuple(
            each
            for each in catalogue
            if (not rows or each.feature in rows)
            and (profile.asks(each.level) or each.id in named)
        )

    @property
    def _patience(self) -> Patience:
        return PATIENCE[Profile(self._config.getoption("--patience") or Profile.FIELD)]

    @property
    def _only_lists(self) -> bool:
        options = ("collectonly", "setupplan", "setuponly")
        return any(getattr(self._config.option, name, None) for name in options)


def declared_of(item: pytest.Item) -> Declared | None:
    """Return what the item's test declares; None for one that is no check."""
    return declared_by(getattr(item, "function", None))


def _is_asked(item: pytest.Item, ids: Collection[str]) -> bool:
    declared = declared_of(item)
    assert declared is not None
    return _node_id(item) is not None and declared.check.id in ids


def _in_order(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Order the checks among the items; what is none keeps its place before them."""
    checks = [(item, found) for item in items if (found := declared_of(item)) is not None]
    order = ranks([Question(declared=found, node=_node_id(item)) for item, found in checks])
    ranked = sorted(zip(order, checks, strict=True), key=lambda each: each[0])
    others = [item for item in items if declared_of(item) is None]
    return [*others, *(item for _, (item, _) in ranked)]


def _node_id(item: pytest.Item) -> str | None:
    """Return the id of the item's judged node; None where no node is in the row's mode."""
    callspec = getattr(item, "callspec", None)
    node_id = callspec.params.get("node") if callspec is not None else None
    return node_id if isinstance(node_id, str) else None
