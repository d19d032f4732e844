"""The rules that make outcomes of checks into verdicts of cells; they read codes, never prose."""

from collections.abc import Collection, Iterable, Sequence

from verdicts.alternatives import alternative_for
from verdicts.report import CheckResult
from verdicts.vocabulary import UNANSWERED, Feature, Mode, Outcome, Verdict, Weight

_WORST_FIRST = (
    Verdict.UNSUPPORTED,
    Verdict.ALTERNATIVE,
    Verdict.INCONCLUSIVE,
    Verdict.PARTIAL,
    Verdict.SUPPORTED,
    Verdict.NOT_APPLICABLE,
)


def failed_codes(results: Iterable[CheckResult]) -> frozenset[str]:
    """Return the codes of the required checks that failed."""
    return frozenset(
        result.code
        for result in results
        if result.weight is Weight.REQUIRED and result.outcome is Outcome.FAIL
    )


def row_on_node(feature: Feature, results: Sequence[CheckResult]) -> Verdict:
    """Return the verdict of a row on one node from all of its checks there.

    A failed required check outweighs one that could not be asked; a check that is not applicable
    does not count, and a row without a required check left is not applicable.
    """
    required = [
        result
        for result in results
        if result.weight is Weight.REQUIRED and result.outcome is not Outcome.NOT_APPLICABLE
    ]
    if not required:
        return Verdict.NOT_APPLICABLE
    failed = failed_codes(required)
    if failed:
        seen = {result.code for result in results}
        explained = alternative_for(feature, failed=failed, seen=seen)
        return Verdict.ALTERNATIVE if explained else Verdict.UNSUPPORTED
    if any(result.outcome in UNANSWERED for result in required):
        return Verdict.INCONCLUSIVE
    if any(
        result.weight is Weight.SUPPORTING and result.outcome is Outcome.FAIL for result in results
    ):
        return Verdict.PARTIAL
    return Verdict.SUPPORTED


def row_on_platform(verdicts: Collection[Verdict]) -> Verdict:
    """Return the worst verdict that any judged node of a platform has.

    Raises:
        ValueError: there is no judged node; `row_without_nodes` has the rule for that.
    """
    for verdict in _WORST_FIRST:
        if verdict in verdicts:
            return verdict
    raise ValueError("a row is folded from at least one judged node")


def row_without_nodes(
    mode: Mode, *, fell_back: bool, mode_unknown: bool, release: tuple[int, int]
) -> Verdict:
    """Return the verdict of a load-balancing row on a platform where no node runs that mode.

    Asked for kernel mode and running user mode is `unsupported`; a node whose mode nobody could
    find leaves the row open; user mode left Kubernetes with 1.26
    (https://github.com/kubernetes/kubernetes/pull/112133).
    """
    if mode is Mode.KERNEL and fell_back:
        return Verdict.UNSUPPORTED
    if mode_unknown:
        return Verdict.INCONCLUSIVE
    if mode is Mode.USER and release >= USER_MODE_REMOVED:
        return Verdict.NOT_APPLICABLE
    return Verdict.NOT_ACTIVE


USER_MODE_REMOVED = (1, 26)
