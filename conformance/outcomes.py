"""What the end of a check means: its recorded line, or that it could not be asked.

A plugin of its own, registered by `conformance.plugin`.
"""

from collections import Counter
from collections.abc import Generator, Iterator
from typing import Final

import pytest

from conformance.errors import ConformanceFailure, HarnessError
from conformance.journal import Line
from conformance.judge import CheckJudge
from verdicts.findings import HARNESS_ERROR, NOT_JUDGED

_PROPERTY: Final = "netparity-journal"
_OUTCOME: Final = "netparity-outcome"
_COULD_NOT_BE_ASKED: Final = "could not be asked"

JUDGE = pytest.StashKey[CheckJudge]()
"""The judge that a check's test was given."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Record what could not be asked, and word our own errors in one line."""
    report = yield
    error = call.excinfo.value if call.excinfo is not None else None
    judge = item.stash.get(JUDGE, None)
    if judge is not None and call.when == "call":
        _record_unjudged(judge, error, report)
        if judge.line is not None:
            tell(item, judge.line)
        report.user_properties = list(item.user_properties)
    if isinstance(error, ConformanceFailure | HarnessError):
        report.longrepr = str(error)
    if isinstance(error, HarnessError):
        report.user_properties = [*report.user_properties, (_OUTCOME, _COULD_NOT_BE_ASKED)]
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(
    report: pytest.CollectReport | pytest.TestReport,
) -> tuple[str, str, str] | None:
    """Count what could not be asked apart from what failed."""
    if report.failed and (_OUTCOME, _COULD_NOT_BE_ASKED) in _properties(report):
        return _COULD_NOT_BE_ASKED, "?", "COULD NOT ASK"
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what could not be asked, each reason once."""
    reports = terminalreporter.getreports(_COULD_NOT_BE_ASKED)
    if not reports:
        return
    terminalreporter.section(_COULD_NOT_BE_ASKED)
    for reason, count in Counter(str(report.longrepr) for report in reports).items():
        checks = "1 check" if count == 1 else f"{count} checks"
        terminalreporter.write_line(f"{checks}: {reason}")


def tell(item: pytest.Item, line: Line) -> None:
    """Send a journal line along with the item's report: so it crosses from worker to controller."""
    item.user_properties.append((_PROPERTY, line.model_dump_json()))


def told(report: pytest.TestReport) -> Iterator[Line]:
    """Yield the journal lines that came along with a report."""
    for name, text in report.user_properties:
        if name == _PROPERTY:
            yield Line.model_validate_json(str(text))


def _properties(report: pytest.CollectReport | pytest.TestReport) -> list[tuple[str, object]]:
    return getattr(report, "user_properties", [])


def _record_unjudged(
    judge: CheckJudge, error: BaseException | None, report: pytest.TestReport
) -> None:
    """Record a test that ended before its judge was called: could not ask is never no."""
    if judge.line is not None:
        return
    if isinstance(error, HarnessError):
        judge.could_not_ask(error.code, str(error))
    elif error is not None:
        judge.could_not_ask(HARNESS_ERROR, f"{type(error).__name__}: {error}")
    else:
        judge.could_not_ask(NOT_JUDGED, "the test ended without handing on an observation")
        report.outcome = "failed"
        report.longrepr = "the test never called judge(observation)"
