"""Witnesses and controls: which failures count, and which say more about something else."""

from collections.abc import Mapping, Sequence

from verdicts.checks import Check, Witness
from verdicts.evidence import Evidence, Role
from verdicts.inventory import JudgedNode, Policy
from verdicts.report import CheckResult
from verdicts.vocabulary import Outcome, Reply

CONTROL_PLATFORM = "linux"
BLOCKED = "blocked by "
"""How the reason begins of a failure that a witness takes the blame for."""

# What is left of traffic that a policy dropped or rejected. It never changes what is answered, by
# whom, from which address or name; and a node always reaches its own pods:
# https://kubernetes.io/docs/concepts/services-networking/network-policies/
_LOST = frozenset(
    {
        Reply.REFUSED,
        Reply.TIMED_OUT,
        Reply.UNREACHABLE,
        Reply.NOT_PERMITTED,
        Reply.CLOSED,  # by a proxy that accepts, and reaches nobody
        "mixed",
        "unreached",
        "no-answer",
        "silent",
        "stale",  # whoever answers no more may have been cut off, too
        "backend-missing",  # behind a proxy that tries the next one
        "full-name-unresolved",
        "not-searched",
    }
)
"""Codes of failures that a policy between pods can cause."""


def result_of(
    check: Check,
    judged: JudgedNode,
    *,
    evidence: Mapping[str, Evidence],
    nodes: Sequence[JudgedNode],
    policies: Sequence[Policy] = (),
) -> CheckResult:
    """Return what counts of a check on a judged node.

    A failure becomes inconclusive where pods of the fleet went while it was asked, where a witness
    that the check needs did not pass on the same node, where traffic was lost between pods that a policy isolates, or where its control failed:
    no Linux node of the row's mode passes the same check, or, where no Linux node was asked, the
    judged pod does not even reach its own address. Only failures are excused, and the control
    platform never excuses itself. What was asked and could not be decided names such a witness, too.

    Args:
        check: the declaration.
        judged: the node that was asked.
        evidence: all records of the run by key.
        nodes: all judged nodes of the run.
        policies: what the cluster's owner says of the run's pods.
    """
    record = evidence.get(f"{check.id}@{judged.id}")
    if record is None:
        return _result(check, judged, outcome=Outcome.NOT_RUN, code="not-run", seen="not run")
    finding = record.finding
    outcome, code, because = finding.outcome, finding.code, ""
    if outcome is Outcome.FAIL:
        because = (
            _departed(record)
            or _blocked_by(check, judged, evidence)
            or _isolated_by(policies, check, code)
            or _without_control(check, judged, evidence, nodes)
        )
        if because:
            outcome, code = Outcome.INCONCLUSIVE, "blocked"
    elif outcome is Outcome.INCONCLUSIVE and record.observation is not None:
        because = _blocked_by(check, judged, evidence)
    return _result(
        check, judged, outcome=outcome, code=code, seen=finding.seen, because=because
    ).model_copy(update={"finding": finding, "attempts": record.attempts})


def _result(  # noqa: PLR0913  # the fields of one value
    check: Check,
    judged: JudgedNode,
    *,
    outcome: Outcome,
    code: str,
    seen: str,
    because: str = "",
) -> CheckResult:
    return CheckResult(
        check=check.id,
        node=judged.id,
        platform=judged.platform,
        feature=check.feature,
        weight=check.weight,
        outcome=outcome,
        code=code,
        seen=seen,
        because=because,
    )


def _witness_outcome(
    witness: Witness, judged: JudgedNode, evidence: Mapping[str, Evidence]
) -> Outcome:
    record = evidence.get(f"{witness}@{judged.id}")
    if record is None or record.role is not Role.WITNESS:
        return Outcome.NOT_RUN
    return record.finding.outcome


def _blocked_by(check: Check, judged: JudgedNode, evidence: Mapping[str, Evidence]) -> str:
    blockers = [
        witness
        for witness in sorted(check.needs)
        if _witness_outcome(witness, judged, evidence) is not Outcome.PASS
    ]
    return f"{BLOCKED}{', '.join(blockers)}" if blockers else ""


def _departed(record: Evidence) -> str:
    return f"{BLOCKED}the fleet: {'; '.join(record.departed)}" if record.departed else ""


def _isolated_by(policies: Sequence[Policy], check: Check, code: str) -> str:
    if check.within_pod or code not in _LOST:
        return ""
    named = [f"{policy.kind} {policy.name}" for policy in policies if policy.isolates]
    return f"the run's pods are isolated by {', '.join(named)}" if named else ""


def _without_control(
    check: Check,
    judged: JudgedNode,
    evidence: Mapping[str, Evidence],
    nodes: Sequence[JudgedNode],
) -> str:
    if judged.platform == CONTROL_PLATFORM:
        return ""
    mode = check.feature.mode
    controls = {
        node.id: _as_control(evidence.get(f"{check.id}@{node.id}"))
        for node in nodes
        if node.platform == CONTROL_PLATFORM and mode in {None, node.mode}
    }
    if Outcome.PASS in controls.values():
        return ""
    asked = sorted(node for node, said in controls.items() if said is not Outcome.NOT_APPLICABLE)
    if asked:
        return f"control failed or was not run: {', '.join(asked)}"
    if _witness_outcome(Witness.OWN_ADDRESS, judged, evidence) is Outcome.PASS:
        return ""
    return "no Linux node to compare with, and the pod did not reach its own address"


def _as_control(record: Evidence | None) -> Outcome:
    if record is None:
        return Outcome.NOT_RUN
    return record.finding.as_control or record.finding.outcome
