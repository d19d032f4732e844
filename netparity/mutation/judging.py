"""Judging a run under a fault: by the run on the clean cluster, check for check; pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from lab.faults.fault import Turns, Undecided
from netparity.exits import Exit
from netparity.mutation.outcomes import Difference, Judgement, Result
from verdicts.blame import BLOCKED
from verdicts.inventory import JudgedNode
from verdicts.report import Cell, CheckResult, Report
from verdicts.vocabulary import UNANSWERED, Agreement, Outcome, Verdict, Weight


@dataclass(frozen=True, slots=True)
class Pair:
    """A run under a fault, and the one without."""

    clean: Report
    faulty: Report
    exit_code: int

    def differences(self) -> Iterator[tuple[CheckResult, Difference]]:
        """Yield each check that ended otherwise under the fault, with the difference.

        Raises:
            KeyError: a check was asked under the fault and not without.
        """
        names = {judged.id: judged.node.name for judged in self.clean.inventory.judged}
        before = {(result.check, result.node): result for result in self.clean.checks}
        for after in self.faulty.checks:
            was = before[after.check, after.node]
            if (was.outcome, was.code) != (after.outcome, after.code):
                yield (
                    after,
                    Difference(
                        check=after.check,
                        node=names[after.node],
                        before=_shown(was),
                        after=_shown(after),
                        because=after.because,
                    ),
                )


def judge(pair: Pair, expects: Turns | Undecided, judged: JudgedNode) -> Judgement:
    """Say whether a run shows a fault, where it must, and nowhere else.

    `judged` is the node with the fault.
    """
    if isinstance(expects, Turns):
        return _caught(pair, expects, judged)
    return _undecided(pair, expects)


def _caught(pair: Pair, expects: Turns, judged: JudgedNode) -> Judgement:
    turned: list[Difference] = []
    collateral: list[Difference] = []
    complaints: list[str] = []
    for result, difference in pair.differences():
        if (result.check, result.node) == (expects.check, judged.id):
            turned.append(difference)
        elif result.outcome is Outcome.INCONCLUSIVE and result.because.startswith(BLOCKED):
            collateral.append(difference)
        elif _decides_nothing(result, difference):
            turned.append(difference)
        else:
            complaints.append(f"{_told(difference)} (was {difference.before})")
    complaints = [
        *_expected_check(pair, expects, judged),
        *_expected_cell(pair, expects, judged),
        *complaints,
    ]
    return Judgement(
        result=Result.MISSED if complaints else Result.CAUGHT,
        turned=tuple(turned),
        collateral=tuple(collateral),
        complaints=tuple(complaints),
    )


def _decides_nothing(result: CheckResult, difference: Difference) -> bool:
    """Tell whether a check only reports what it saw, anywhere or on this node."""
    if result.weight is Weight.REPORTED:
        return result.outcome is not Outcome.FAIL
    is_open = result.outcome is Outcome.NOT_APPLICABLE or result.outcome in UNANSWERED
    return difference.before.startswith(Outcome.NOT_APPLICABLE) and is_open


def _expected_check(pair: Pair, expects: Turns, judged: JudgedNode) -> Iterator[str]:
    found = {(result.check, result.node): result for result in pair.faulty.checks}
    result = found.get((expects.check, judged.id))
    wanted = " or ".join(expects.codes)
    if result is None:
        yield f"{expects.check} was not asked on {judged.node.name}"
        return
    fails = result.outcome is Outcome.FAIL or result.weight is Weight.REPORTED
    if not fails or result.code not in expects.codes:
        yield (
            f"{expects.check} on {judged.node.name} - it does not show the fault - "
            f"Expected: {wanted} Actual: {_shown(result)}{_reason(result.because)}"
        )


def _expected_cell(pair: Pair, expects: Turns, judged: JudgedNode) -> Iterator[str]:
    """Complain of the expected cell, of an exit code that does not say it, and of other cells."""
    place = f"{expects.feature} on {judged.platform}"
    cell = cell_of(pair.faulty, expects.feature, judged.platform)
    weight = next(check.weight for check in pair.clean.catalogue if check.id == expects.check)
    # What is only reported decides nothing: then the cell stays as it was.
    is_turned = weight is not Weight.REPORTED
    agreement = Agreement.REGRESSION if is_turned else Agreement.AS_EXPECTED
    if (cell.verdict, cell.agreement) != (Verdict(expects.verdict), agreement):
        yield (
            f"{place} - Expected: {expects.verdict}, {agreement} "
            f"Actual: {cell.verdict}, {cell.agreement}"
        )
    code = Exit.REGRESSION if is_turned else Exit.AS_EXPECTED
    if pair.exit_code != code:
        yield f"the run's exit code - Expected: {int(code)} Actual: {pair.exit_code}"
    for other in pair.faulty.cells:
        is_other = (other.feature, other.platform) != (expects.feature, judged.platform)
        if is_other and other.agreement in {Agreement.REGRESSION, Agreement.IMPROVEMENT}:
            yield f"{other.feature} on {other.platform} is blamed: {other.verdict}"


def _undecided(pair: Pair, expects: Undecided) -> Judgement:
    """Judge a fault of the harness: what was not as on the clean cluster was not asked."""
    differences = list(pair.differences())
    complaints = [
        f"{_told(difference)} (was {difference.before})"
        for result, difference in differences
        if result.outcome not in UNANSWERED and not _decides_nothing(result, difference)
    ]
    complaints += _passes_without_an_answer(pair.faulty)
    complaints += [
        f"{cell.feature} on {cell.platform} is blamed: {cell.verdict}"
        for cell in pair.faulty.cells
        if cell.agreement in {Agreement.REGRESSION, Agreement.IMPROVEMENT}
    ]
    survived = pair.exit_code == Exit.AS_EXPECTED
    if expects.survives and (not survived or differences):
        complaints.append(
            f"the run does not survive: exit code {pair.exit_code}, "
            f"{len(differences)} checks without an answer"
        )
    if not survived and pair.exit_code != Exit.COULD_NOT_ASK:
        complaints.append(f"the run's exit code - Expected: 0 or 2 Actual: {pair.exit_code}")
    honest = Result.SURVIVED if survived else Result.INCONCLUSIVE
    return Judgement(
        result=Result.MISSED if complaints else honest,
        collateral=tuple(difference for _, difference in differences),
        complaints=tuple(complaints),
    )


def alarms(report: Report, exit_code: int) -> tuple[str, ...]:
    """Return what a run on a clean cluster says that it may not; nothing is well."""
    lines = [
        f"{cell.feature} on {cell.platform} is {cell.verdict}, {cell.agreement}"
        for cell in report.cells
        if cell.agreement is not Agreement.AS_EXPECTED
    ]
    if exit_code != Exit.AS_EXPECTED:
        lines.append(f"the run's exit code - Expected: 0 Actual: {exit_code}")
    return (*lines, *_passes_without_an_answer(report))


def _passes_without_an_answer(report: Report) -> list[str]:
    answered = {record.key for record in report.evidence if record.observation is not None}
    return [
        f"{result.check} on {result.node} passes without an observation"
        for result in report.checks
        if result.outcome is Outcome.PASS and f"{result.check}@{result.node}" not in answered
    ]


def cell_of(report: Report, feature: str, platform: str) -> Cell:
    """Return a cell of a report.

    Raises:
        KeyError: it has no such cell.
    """
    for cell in report.cells:
        if (cell.feature, cell.platform) == (feature, platform):
            return cell
    raise KeyError(f"{feature} on {platform}")


def _shown(result: CheckResult) -> str:
    if result.outcome is Outcome.PASS or result.code == result.outcome:
        return result.outcome
    return f"{result.outcome} ({result.code})"


def _told(difference: Difference) -> str:
    return (
        f"{difference.check} on {difference.node} is {difference.after}"
        f"{_reason(difference.because)}"
    )


def _reason(because: str) -> str:
    return f", {because}" if because else ""
