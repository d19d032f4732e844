"""A report judged once more from its own evidence, by the very claims that judged it first."""

from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from reports.comparison import compare
from verdicts.directions import directions
from verdicts.evidence import Evidence
from verdicts.findings import Finding
from verdicts.fold import fold
from verdicts.observations.retried import attempts_of
from verdicts.registry import CLAIMS, observed
from verdicts.report import CheckResult, Report
from verdicts.timings import timings


def differences(report: Report) -> tuple[str, ...]:
    """Return every place where a report says something else than its evidence; none is well.

    Each stored observation goes through its claim again, and all findings through the fold. What
    could not be asked has no observation: its finding is taken as it stands.
    """
    lines: list[str] = []
    judged: list[Evidence] = []
    for record in report.evidence:
        try:
            finding, attempts = _judged(record)
        except KeyError:
            lines.append(f"{record.key}: this version has no claim {record.claim}")
        except ValidationError as error:
            lines.append(
                f"{record.key}: {record.claim} does not take this observation "
                f"({error.error_count()} fields differ)"
            )
        else:
            again = record.model_copy(update={"finding": finding, "attempts": attempts})
            lines.extend(_difference(record, again))
            judged.append(again)
    folded = fold(inventory=report.inventory, catalogue=report.catalogue, evidence=judged)
    refolded = report.model_copy(update={"cells": folded.cells, "checks": folded.checks})
    for change in compare(report, refolded):
        place = f"{change.feature} on {change.platform}"
        lines.extend(f"{place}: {detail}" for detail in change.details or (change.kind,))
    lines.extend(_result_differences(report.checks, folded.checks))
    if directions(report.inventory, judged) != report.directions:
        lines.append("the direction matrix does not follow from the flows that were recorded")
    if timings(report.inventory, judged) != report.timings:
        lines.append("the timings do not follow from the changes that were recorded")
    return tuple(lines)


def _result_differences(
    told: Sequence[CheckResult], again: Sequence[CheckResult]
) -> Iterator[str]:
    """Compare what counts of each check, the reason and the attempts included."""
    folded = {(result.check, result.node): result for result in again}
    for result in told:
        now = folded.pop((result.check, result.node), None)
        for name in CheckResult.model_fields:
            if now is not None and getattr(now, name) != getattr(result, name):
                yield (
                    f"{result.check} on {result.node}: the report says "
                    f"{name} {_shown(getattr(result, name))}, "
                    f"its evidence gives {_shown(getattr(now, name))}"
                )
        if now is None:
            yield f"{result.check} on {result.node}: the report has a result that nothing gives"
    for check, node in folded:
        yield f"{check} on {node}: the report lacks its result"


def _shown(value: object) -> str:
    if isinstance(value, Finding):
        return f"{value.outcome} ({value.code})"
    return repr(str(value)) if isinstance(value, str) else str(value)


def _judged(record: Evidence) -> tuple[Finding, int]:
    if record.observation is None:
        return record.finding, record.attempts
    observation = observed(record.claim, record.observation)
    return CLAIMS[record.claim](observation), attempts_of(observation)


def _difference(record: Evidence, again: Evidence) -> Iterator[str]:
    if again.finding != record.finding:
        yield (
            f"{record.key}: the report says {record.finding.outcome} ({record.finding.code}), "
            f"its observation gives {again.finding.outcome} ({again.finding.code})"
        )
    if again.attempts != record.attempts:
        yield (
            f"{record.key}: the report says attempt {record.attempts}, "
            f"its observation was made by attempt {again.attempts}"
        )
