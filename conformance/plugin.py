"""The pytest plugin: its options and hooks, its part in a run, and the fixtures of the checks."""

from pathlib import Path

import pytest

from conformance import hooks, outcomes
from conformance.handles import NodeUnderTest
from conformance.judge import CheckJudge, Judge
from conformance.options import add_options
from conformance.session import WORKER_DIRECTORY, RunSession, declared_of
from verdicts.checks import Witness

_SESSION = pytest.StashKey[RunSession]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, under the names that `netparity run` has for them."""
    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Offer the plugin's own hooks."""
    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Find out which part of a run this process is."""
    worker_input = getattr(config, "workerinput", None)
    if worker_input is not None:
        chosen = worker_input[WORKER_DIRECTORY]
    else:
        chosen = config.getoption("--run-dir")
    session = RunSession(
        config,
        directory=Path(chosen) if chosen else None,
        is_worker=worker_input is not None,
    )
    config.stash[_SESSION] = session
    config.pluginmanager.register(session, "netparity-run")
    config.pluginmanager.register(outcomes, "netparity-outcomes")


@pytest.fixture(scope="session")
def node(request: pytest.FixtureRequest) -> NodeUnderTest:
    """The judged node, and what the fleet placed for it."""
    return request.config.stash[_SESSION].asking.node(request.param)


@pytest.fixture
def judge(request: pytest.FixtureRequest, node: NodeUnderTest) -> Judge:
    """The check's claim; its witnesses are taken before the test begins to ask."""
    declared = declared_of(request.node)
    if declared is None:
        raise pytest.UsageError(f"{request.node.nodeid} takes `judge` and declares no @check")
    asking = request.config.stash[_SESSION].asking
    needed = declared.check.needs | {Witness.OWN_ADDRESS}
    for line in asking.witnesses.take(node, needed):
        outcomes.tell(request.node, line)
    judging = CheckJudge(
        declared=declared, node=node, journal=asking.journal, mark=asking.recorder.mark()
    )
    request.node.stash[outcomes.JUDGE] = judging
    return judging
