"""The pytest plugin: options, the axis of judged nodes, the fixtures, and the wiring of a run."""

import signal
import time
from collections import Counter
from collections.abc import Collection, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import pytest

from conformance import hooks
from conformance.asking import Asking, read_inventory
from conformance.catalogue import (
    CATALOGUE_FILE,
    Catalogue,
    Declared,
    catalogue_of,
    declared_by,
)
from conformance.errors import ConformanceFailure, HarnessError, UsageError
from conformance.handles import NodeUnderTest
from conformance.journal import Journal, Line, write_value
from conformance.judge import CheckJudge, Judge
from conformance.orphans import end_with_parent
from conformance.run import Run
from conformance.settings import RunSettings
from verdicts.checks import Witness
from verdicts.vocabulary import Feature

if TYPE_CHECKING:
    from xdist.remote import Producer

    from conformance.scheduling import NodeScheduling

_PROPERTY: Final = "netparity-journal"
_WORKER_DIRECTORY: Final = "netparity_run_directory"
_COULD_NOT_ASK: Final = 2
_OUTCOME: Final = "netparity-outcome"
_COULD_NOT_BE_ASKED: Final = "could not be asked"

_SESSION = pytest.StashKey["RunSession"]()
_JUDGE = pytest.StashKey[CheckJudge]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, under the names that `netparity run` has for them."""
    group = parser.getgroup("netparity", "which cluster to ask, and how")
    for name, meaning in {
        "--kubeconfig": "the cluster's kubeconfig; KUBECONFIG alone is not taken",
        "--context": "context of the kubeconfig",
        "--facts": "YAML file that declares what the API does not show",
        "--out": "directory of this run's files (default $ARTIFACTS, else out/<time>)",
        "--run-dir": "directory of a run that another process prepared",
        "--agnhost-image": "image of probes and peers",
        "--capture-image": "image with tcpdump for the evidence pods",
    }.items():
        group.addoption(name, default=None, help=meaning)
    for name, meaning in {
        "--platform": "ID=SELECTOR: judge the nodes with these labels as this platform",
        "--require-platform": "a platform without which the run ends with 2",
        "--feature": "ask only the checks of this row",
    }.items():
        group.addoption(name, action="append", default=[], help=f"{meaning}; repeatable")
    for name, meaning in {
        "--reuse-fleet": "use a kept fleet again, and keep it",
        "--keep": "leave the fleet in the cluster",
    }.items():
        group.addoption(name, action="store_true", default=False, help=meaning)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Offer the plugin's own hooks."""
    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Find out which part of a run this process is."""
    worker_input = getattr(config, "workerinput", None)
    if worker_input is not None:
        chosen = worker_input[_WORKER_DIRECTORY]
    else:
        chosen = config.getoption("--run-dir")
    session = RunSession(
        config,
        directory=Path(chosen) if chosen else None,
        is_worker=worker_input is not None,
    )
    config.stash[_SESSION] = session
    config.pluginmanager.register(session, "netparity-run")


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
                self._asking = Asking.of(self._directory, self._run.cluster)
            else:
                self._asking = Asking.connected(
                    self._directory,
                    kubeconfig=Path(self._config.getoption("--kubeconfig")),
                    context=self._config.getoption("--context"),
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
            end_with_parent()
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
        node.workerinput[_WORKER_DIRECTORY] = str(self._directory) if self._directory else None

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(
        self, config: pytest.Config, log: "Producer"
    ) -> "NodeScheduling | None":
        """Give all checks of a judged node to one worker, unless another way was asked for."""
        if config.getoption("dist") not in {"load", "loadgroup"}:
            return None
        from conformance.scheduling import NodeScheduling  # noqa: PLC0415  # xdist is optional

        return NodeScheduling(config, log)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Ask each check of every judged node, or of those in its row's proxy mode."""
        declared = declared_by(metafunc.function)
        if declared is None or "node" not in metafunc.fixturenames:
            return
        mode = declared.check.feature.mode
        judged = read_inventory(self._directory).judged
        ids = [each.id for each in judged if mode in {None, each.mode}]
        metafunc.parametrize("node", ids, ids=ids, indirect=True, scope="session")

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Write the catalogue down, leave out what is not asked, and order the rest by row."""
        checks = [item for item in items if _declared(item) is not None]
        if not checks:
            return
        if self._directory is None and not self._only_lists and not self._is_worker:
            raise pytest.UsageError(
                "these suites ask a cluster: give --kubeconfig FILE, or --collect-only to list them"
            )
        try:
            catalogue = catalogue_of(getattr(item, "function", None) for item in checks)
        except UsageError as error:
            raise pytest.UsageError(str(error)) from error
        wanted = frozenset(self._config.getoption("--feature"))
        if self._directory is not None:
            asked = tuple(each for each in catalogue if not wanted or each.feature in wanted)
            write_value(self._directory / CATALOGUE_FILE, Catalogue(checks=asked))
        left_out = [item for item in checks if not _is_asked(item, wanted)]
        if left_out:
            self._config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in left_out]
        # Rows that need one pod go before rows that need all of them: these start meanwhile.
        items.sort(key=_row)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Record what could not be asked, and word our own errors in one line."""
        report = yield
        error = call.excinfo.value if call.excinfo is not None else None
        judge = item.stash.get(_JUDGE, None)
        if judge is not None and call.when == "call":
            _record_unjudged(judge, error, report)
            if judge.line is not None:
                _tell(item, judge.line)
            report.user_properties = list(item.user_properties)
        if isinstance(error, ConformanceFailure | HarnessError):
            report.longrepr = str(error)
        if isinstance(error, HarnessError):
            report.user_properties = [*report.user_properties, (_OUTCOME, _COULD_NOT_BE_ASKED)]
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.CollectReport | pytest.TestReport
    ) -> tuple[str, str, str] | None:
        """Count what could not be asked apart from what failed."""
        if report.failed and (_OUTCOME, _COULD_NOT_BE_ASKED) in _properties(report):
            return _COULD_NOT_BE_ASKED, "?", "COULD NOT ASK"
        return None

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell what could not be asked, each reason once."""
        reports = terminalreporter.getreports(_COULD_NOT_BE_ASKED)
        if not reports:
            return
        terminalreporter.section(_COULD_NOT_BE_ASKED)
        for reason, count in Counter(str(report.longrepr) for report in reports).items():
            checks = "1 check" if count == 1 else f"{count} checks"
            terminalreporter.write_line(f"{checks}: {reason}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Append what was recorded to the journal; the controller alone writes it."""
        if self._is_worker or self._directory is None or report.when != "call":
            return
        for name, text in report.user_properties:
            if name == _PROPERTY:
                Journal(self._directory).append(Line.model_validate_json(str(text)))

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

    @property
    def _only_lists(self) -> bool:
        options = ("collectonly", "setupplan", "setuponly")
        return any(getattr(self._config.option, name, None) for name in options)


@pytest.fixture(scope="session")
def node(request: pytest.FixtureRequest) -> NodeUnderTest:
    """The judged node, and what the fleet placed for it."""
    return request.config.stash[_SESSION].asking.node(request.param)


@pytest.fixture
def judge(request: pytest.FixtureRequest, node: NodeUnderTest) -> Judge:
    """The check's claim; its witnesses are taken before the test begins to ask."""
    declared = _declared(request.node)
    if declared is None:
        raise pytest.UsageError(f"{request.node.nodeid} takes `judge` and declares no @check")
    asking = request.config.stash[_SESSION].asking
    needed = declared.check.needs | {Witness.OWN_ADDRESS}
    for line in asking.witnesses.take(node, needed):
        _tell(request.node, line)
    judging = CheckJudge(
        declared=declared, node=node, journal=asking.journal, mark=asking.recorder.mark()
    )
    request.node.stash[_JUDGE] = judging
    return judging


def settings_of(config: pytest.Config) -> RunSettings:
    """Return the settings that pytest's options make.

    Raises:
        UsageError: an option names what does not exist.
    """
    option = config.getoption
    return RunSettings.parsed(
        kubeconfig=option("--kubeconfig"),
        context=option("--context"),
        facts=option("--facts"),
        platform=option("--platform"),
        require_platform=option("--require-platform"),
        feature=option("--feature"),
        reuse_fleet=option("--reuse-fleet"),
        keep=option("--keep"),
        out=option("--out"),
        agnhost_image=option("--agnhost-image"),
        capture_image=option("--capture-image"),
    )


def _properties(report: pytest.CollectReport | pytest.TestReport) -> list[tuple[str, object]]:
    return getattr(report, "user_properties", [])


def _declared(item: pytest.Item) -> Declared | None:
    return declared_by(getattr(item, "function", None))


def _row(item: pytest.Item) -> int:
    declared = _declared(item)
    return list(Feature).index(declared.check.feature) if declared else -1


def _node_id(item: pytest.Item) -> str | None:
    """Return the id of the item's judged node; None where no node is in the row's mode."""
    callspec = getattr(item, "callspec", None)
    node_id = callspec.params.get("node") if callspec is not None else None
    return node_id if isinstance(node_id, str) else None


def _is_asked(item: pytest.Item, features: Collection[str]) -> bool:
    declared = _declared(item)
    assert declared is not None
    return _node_id(item) is not None and (not features or declared.check.feature in features)


def _record_unjudged(
    judge: CheckJudge, error: BaseException | None, report: pytest.TestReport
) -> None:
    """Record a test that ended before its judge was called: could not ask is never no."""
    if judge.line is not None:
        return
    if isinstance(error, HarnessError):
        judge.could_not_ask(error.code, str(error))
    elif error is not None:
        judge.could_not_ask("harness-error", f"{type(error).__name__}: {error}")
    else:
        judge.could_not_ask("not-judged", "the test ended without handing on an observation")
        report.outcome = "failed"
        report.longrepr = "the test never called judge(observation)"


def _tell(item: pytest.Item, line: Line) -> None:
    """Send a journal line along with the item's report: so it crosses from worker to controller."""
    item.user_properties.append((_PROPERTY, line.model_dump_json()))
