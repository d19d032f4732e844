"""What follows from what: of failures that have one cause, one is blamed and the others name it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from verdicts.blame import BLOCKED
from verdicts.cells import row_on_node
from verdicts.checks import Check
from verdicts.findings import FOLLOWS, NEVER_READY, NOT_READY
from verdicts.report import CheckResult
from verdicts.vocabulary import Outcome, Verdict

_Row = tuple[str, str]


def with_followers(
    catalogue: Sequence[Check], results: Sequence[CheckResult], *, observed: Collection[str] = ()
) -> tuple[CheckResult, ...]:
    """Return the results, in which a failure that rests on another of its row and node follows it.

    It becomes inconclusive, blocked by the one that it comes down to; what was asked and could not
    be decided names that one, too. No cell is folded from this: a failure makes its cell whatever
    it follows from. A row that a named alternative explains keeps all its failures, for they are
    that mechanism's signs and none of them is the other's doing.

    Args:
        catalogue: the declarations, with what each check rests on.
        results: what counts of each check after witnesses and controls.
        observed: the keys of the records that have an observation.
    """
    rests_on = {check.id: check.rests_on for check in catalogue}
    rows: defaultdict[_Row, list[CheckResult]] = defaultdict(list)
    for result in results:
        rows[result.feature, result.node].append(result)
    blamed = {row: _blamed(of_row) for row, of_row in rows.items()}
    return tuple(
        _follower(
            result,
            rests_on,
            blamed[result.feature, result.node],
            was_asked=f"{result.check}@{result.node}" in observed,
        )
        for result in results
    )


def with_reasons(
    results: Sequence[CheckResult], *, observed: Collection[str] = ()
) -> tuple[CheckResult, ...]:
    """Return the results, in which what was not asked for want of a ready pod says why it was none.

    A pod is ready by its kubelet's word. Where a node was seen not to reach its own pods, whatever
    waited in vain for a pod of that node is blocked by it, be it on another node's behalf. No
    outcome changes.

    Args:
        results: what counts of each check after witnesses and controls.
        observed: the keys of the records that have an observation: those did not wait for a pod.
    """
    silent = {
        result.node: result.check
        for result in results
        if result.outcome is Outcome.FAIL and result.code == NEVER_READY
    }
    return tuple(
        result if f"{result.check}@{result.node}" in observed else _with_reason(result, silent)
        for result in results
    )


def _with_reason(result: CheckResult, silent: Mapping[str, str]) -> CheckResult:
    if not silent or (result.outcome, result.code) != (Outcome.INCONCLUSIVE, NOT_READY):
        return result
    if result.node in silent:
        reason = silent[result.node]
    else:
        # A pod bears its judged node's id in its name; what waited for another has other reasons.
        named = {node: check for node, check in silent.items() if f"-{node}" in result.seen}
        if not named:
            return result
        reason = ", ".join(f"{check} on {node}" for node, check in sorted(named.items()))
    return result.model_copy(update={"because": f"{BLOCKED}{reason}"})


def _blamed(of_row: Sequence[CheckResult]) -> frozenset[str]:
    """Return the failed checks of a row on a node that others may follow from."""
    if row_on_node(of_row[0].feature, of_row) is Verdict.ALTERNATIVE:
        return frozenset()
    return frozenset(result.check for result in of_row if result.outcome is Outcome.FAIL)


def _follower(
    result: CheckResult,
    rests_on: Mapping[str, frozenset[str]],
    failed: frozenset[str],
    *,
    was_asked: bool,
) -> CheckResult:
    is_open = result.outcome is Outcome.INCONCLUSIVE and was_asked and not result.because
    if result.outcome is not Outcome.FAIL and not is_open:
        return result
    roots = _roots(result.check, rests_on, failed)
    if not roots:
        return result
    because = {"because": f"{BLOCKED}{', '.join(roots)}"}
    if is_open:
        return result.model_copy(update=because)
    return result.model_copy(update={"outcome": Outcome.INCONCLUSIVE, "code": FOLLOWS, **because})


def _roots(
    check: str, rests_on: Mapping[str, frozenset[str]], failed: frozenset[str]
) -> tuple[str, ...]:
    """Return the failed checks that one comes down to, which themselves follow from none."""
    roots: set[str] = set()
    met: set[str] = set()
    waiting = [check]
    while waiting:
        beneath = rests_on.get(waiting.pop(), frozenset()) & failed
        for other in beneath - met:
            met.add(other)
            waiting.append(other)
            if not rests_on.get(other, frozenset()) & failed:
                roots.add(other)
    return tuple(sorted(roots))
