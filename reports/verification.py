"""A report judged once more from its own evidence, by the very claims that judged it first."""

from collections.abc import Iterator

from pydantic import ValidationError

from reports.comparison import compare
from verdicts.directions import directions
from verdicts.evidence import Evidence
from verdicts.findings import Finding
from verdicts.fold import fold
from verdicts.registry import judge_again
from verdicts.report import Report


def differences(report: Report) -> tuple[str, ...]:
    """Return every place where a report says something else than its evidence; none is well.

    Each stored observation goes through its claim again, and all findings through the fold. What
    could not be asked has no observation: its finding is taken as it stands.
    """
    lines: list[str] = []
    judged: list[Evidence] = []
    for record in report.evidence:
        try:
            finding = _finding(record)
        except KeyError:
            lines.append(f"{record.key}: this version has no claim {record.claim}")
        except ValidationError as error:
            lines.append(
                f"{record.key}: {record.claim} does not take this observation "
                f"({error.error_count()} fields differ)"
            )
        else:
            lines.extend(_difference(record, finding))
            judged.append(record.model_copy(update={"finding": finding}))
    folded = fold(inventory=report.inventory, catalogue=report.catalogue, evidence=judged)
    again = report.model_copy(update={"cells": folded.cells, "checks": folded.checks})
    for change in compare(report, again):
        place = f"{change.feature} on {change.platform}"
        lines.extend(f"{place}: {detail}" for detail in change.details or (change.kind,))
    if directions(report.inventory, judged) != report.directions:
        lines.append("the direction matrix does not follow from the flows that were recorded")
    return tuple(lines)


def _finding(record: Evidence) -> Finding:
    if record.observation is None:
        return record.finding
    return judge_again(record.claim, record.observation)


def _difference(record: Evidence, finding: Finding) -> Iterator[str]:
    if finding != record.finding:
        yield (
            f"{record.key}: the report says {record.finding.outcome} ({record.finding.code}), "
            f"its observation gives {finding.outcome} ({finding.code})"
        )
