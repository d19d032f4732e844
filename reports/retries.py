"""Checks that passed only on a later attempt, as every rendering counts and shows them."""

from verdicts.report import CheckResult, Report
from verdicts.vocabulary import Outcome


def late_passes(report: Report) -> tuple[CheckResult, ...]:
    """Return the passed checks of which a question was not answered by its first try."""
    return tuple(
        result
        for result in report.checks
        if result.outcome is Outcome.PASS and result.attempts > 1
    )


def heading(passes: int) -> str:
    """Return the line that counts them."""
    return f"Passed only on a later attempt: {passes} check{'' if passes == 1 else 's'}"


def ordinal(result: CheckResult) -> str:
    """Return which attempt it was, as it stands beside an outcome; empty for the first."""
    late = result.outcome is Outcome.PASS and result.attempts > 1
    return f"on attempt {result.attempts}" if late else ""
