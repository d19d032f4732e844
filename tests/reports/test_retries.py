"""A check that passed only on a later attempt is counted and shown in every rendering."""

from collections.abc import Callable

import pytest

from reports import html, markdown, terminal
from verdicts.report import Report
from verdicts.vocabulary import Outcome

RENDERINGS = [
    pytest.param(terminal.as_text, id="terminal"),
    pytest.param(markdown.render, id="markdown"),
    pytest.param(html.render, id="html"),
]


def retried(report: Report, *, outcome: Outcome) -> Report:
    first, *others = report.checks
    late = first.model_copy(update={"attempts": 2, "outcome": outcome, "code": outcome.value})
    return report.model_copy(update={"checks": (late, *others)})


@pytest.mark.parametrize("render", RENDERINGS)
def test_a_late_pass_is_counted_and_shown(report: Report, render: Callable[[Report], str]) -> None:
    late = retried(report, outcome=Outcome.PASS)

    text = " ".join(render(late).split())

    assert "Passed only on a later attempt: 1 check" in text
    assert f"{late.checks[0].check} on {late.checks[0].node}: on attempt 2" in text


@pytest.mark.parametrize("render", RENDERINGS)
def test_a_late_failure_passed_on_no_attempt(
    report: Report, render: Callable[[Report], str]
) -> None:
    text = render(retried(report, outcome=Outcome.FAIL))

    assert "later attempt" not in text
    assert "on attempt" not in text


def test_the_list_of_checks_tells_the_attempt_beside_the_outcome(report: Report) -> None:
    late = retried(report, outcome=Outcome.PASS)

    assert "pass on attempt 2" in " ".join(markdown.render(late).split())
    assert ">pass on attempt 2</span>" in html.render(late)
