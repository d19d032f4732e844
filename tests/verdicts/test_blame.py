"""A failure is believed only where its witnesses passed and its control stands."""

import ast
from pathlib import Path

import pytest
from pydantic import JsonValue

from tests.verdicts.records import check, judged, record, witness
from verdicts import claims
from verdicts.blame import result_of
from verdicts.checks import Witness
from verdicts.evidence import Evidence
from verdicts.findings import Finding
from verdicts.inventory import JudgedNode, Policy
from verdicts.report import CheckResult
from verdicts.vocabulary import Feature, Mode, Outcome

LINUX = judged("linux")
LINUX_USER = judged("linux", Mode.USER)
WINDOWS = judged("windows-1709")
FAILED = Finding.failed("refused", "refused")
PASSED = Finding.passed("answered")
OPEN = Finding.inconclusive("no-transport", "could not ask")


def outcome(
    node: JudgedNode,
    *records: Evidence,
    feature: Feature = Feature.CNI_PLUGIN,
    needs: frozenset[Witness] = frozenset({Witness.TRANSPORT}),
    nodes: tuple[JudgedNode, ...] = (LINUX, LINUX_USER, WINDOWS),
    policies: tuple[Policy, ...] = (),
    within_pod: bool = False,
) -> CheckResult:
    return result_of(
        check(feature=feature, needs=needs, within_pod=within_pod),
        node,
        evidence={each.key: each for each in records},
        nodes=nodes,
        policies=policies,
    )


def test_a_failure_is_nobodys_where_a_pod_went_while_it_was_asked() -> None:
    failed = record("a-check", LINUX, FAILED)
    found = outcome(
        LINUX,
        failed.model_copy(update={"departed": ("peer-1 was deleted",)}),
        witness(Witness.TRANSPORT, LINUX),
    )

    assert (found.outcome, found.code) == (Outcome.INCONCLUSIVE, "blocked")
    assert found.because == "blocked by the fleet: peer-1 was deleted"


def policy(*, isolates: bool) -> Policy:
    return Policy(kind="NetworkPolicy", name="default-deny", effect="", isolates=isolates)


def test_a_failure_under_a_policy_that_isolates_the_pods_is_nobodys() -> None:
    found = outcome(
        LINUX,
        record("a-check", LINUX, FAILED),
        witness(Witness.TRANSPORT, LINUX),
        policies=(policy(isolates=True),),
    )

    assert (found.outcome, found.code) == (Outcome.INCONCLUSIVE, "blocked")
    assert found.because == "the run's pods are isolated by NetworkPolicy default-deny"


@pytest.mark.parametrize(
    ("said", "isolates", "counts"),
    [
        (PASSED, True, Outcome.PASS),
        (FAILED, False, Outcome.FAIL),
        (OPEN, True, Outcome.INCONCLUSIVE),
    ],
)
def test_a_policy_excuses_failures_only_and_only_where_it_isolates(
    said: Finding, counts: Outcome, *, isolates: bool
) -> None:
    found = outcome(
        LINUX,
        record("a-check", LINUX, said),
        witness(Witness.TRANSPORT, LINUX),
        policies=(policy(isolates=isolates),),
    )

    assert (found.outcome, found.because) == (counts, "")


LOST = {
    "backend-missing",
    "closed",
    "full-name-unresolved",
    "no-answer",
    "not-searched",
    "silent",
    "stale",
    "timed-out",
    "unreached",
}
"""What is left where traffic between pods was dropped or rejected."""
DONE_BY_OTHERS = {
    "answered",
    "backend-foreign",
    "backend-kept",
    "bound-twice",
    "client-address",
    "default-suffix",
    "duplicate-address",
    "full-name-other-answer",
    "handshake-completed",
    "held-open",
    "leaked",
    "masked",
    "nat-address",
    "never-ready",
    "no-address",
    "no-affinity",
    "no-default-route",
    "no-own-suffix",
    "no-plugin",
    "node-address",
    "not-completed",
    "not-masked",
    "not-round-robin",
    "old-address",
    "other-address",
    "other-answer",
    "other-backend",
    "other-identity",
    "other-node",
    "other-order",
    "other-servers",
    "other-suffixes",
    "outside-host-space",
    "own-mac",
    "pod-ip-absent",
    "resolvers-differ",
    "rewrites",
    "second-address",
    "second-default-route",
    "still-answers",
    "tcp-other-answer",
    "translated",
    "unready-served",
    "unresolved",  # though a full name, which takes the same way, resolves
}


def test_every_code_of_a_failure_is_known_as_lost_traffic_or_as_something_else() -> None:
    written = {
        argument.value
        for path in Path(claims.__path__[0]).glob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "Finding.failed"
        for argument in call.args[:1]
        if isinstance(argument, ast.Constant)
    }

    assert written - LOST - DONE_BY_OTHERS == set()


@pytest.mark.parametrize("code", sorted(DONE_BY_OTHERS))
def test_a_policy_excuses_no_failure_that_it_cannot_cause(code: str) -> None:
    found = outcome(
        LINUX,
        record("a-check", LINUX, Finding.failed(code, "as the platform has it")),
        witness(Witness.TRANSPORT, LINUX),
        policies=(policy(isolates=True),),
    )

    assert (found.outcome, found.code, found.because) == (Outcome.FAIL, code, "")


@pytest.mark.parametrize("code", sorted(LOST))
def test_a_policy_excuses_traffic_that_was_lost(code: str) -> None:
    found = outcome(
        LINUX,
        record("a-check", LINUX, Finding.failed(code, "nobody answers")),
        witness(Witness.TRANSPORT, LINUX),
        policies=(policy(isolates=True),),
    )

    assert found.outcome is Outcome.INCONCLUSIVE


def test_a_policy_has_no_part_in_what_happens_within_a_pod() -> None:
    found = outcome(
        LINUX,
        record("a-check", LINUX, FAILED),
        witness(Witness.TRANSPORT, LINUX),
        policies=(policy(isolates=True),),
        within_pod=True,
    )

    assert (found.outcome, found.code) == (Outcome.FAIL, "refused")


def test_a_check_without_a_record_was_not_run() -> None:
    assert outcome(WINDOWS).outcome is Outcome.NOT_RUN


def test_a_failure_with_its_witness_and_its_control_stands() -> None:
    found = outcome(
        WINDOWS,
        record("a-check", WINDOWS, FAILED),
        record("a-check", LINUX, PASSED),
        witness(Witness.TRANSPORT, WINDOWS),
    )

    assert (found.outcome, found.code, found.because) == (Outcome.FAIL, "refused", "")


@pytest.mark.parametrize("said", [FAILED, OPEN, None])
def test_a_failure_whose_witness_did_not_pass_is_blocked(said: Finding | None) -> None:
    witnesses = [witness(Witness.TRANSPORT, WINDOWS, said)] if said else []
    found = outcome(
        WINDOWS,
        record("a-check", WINDOWS, FAILED),
        record("a-check", LINUX, PASSED),
        *witnesses,
    )

    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.because == "blocked by transport"
    assert found.finding == FAILED


def test_a_check_that_passed_needs_no_witness() -> None:
    assert outcome(WINDOWS, record("a-check", WINDOWS, PASSED)).outcome is Outcome.PASS


def test_every_failed_witness_is_named() -> None:
    found = outcome(
        WINDOWS,
        record("a-check", WINDOWS, FAILED),
        needs=frozenset({Witness.CLUSTER_IP_UDP, Witness.TRANSPORT}),
    )

    assert found.because == "blocked by cluster-ip-udp, transport"


@pytest.mark.parametrize("said", [FAILED, OPEN])
def test_a_failure_is_excused_where_no_linux_node_passes_the_same_check(said: Finding) -> None:
    found = outcome(
        WINDOWS,
        record("a-check", WINDOWS, FAILED),
        record("a-check", LINUX, said),
        witness(Witness.TRANSPORT, WINDOWS),
        witness(Witness.OWN_ADDRESS, WINDOWS),
    )

    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.because == "control failed or was not run: linux-kernel-0, linux-user-0"


def test_a_control_that_was_not_run_excuses_as_one_that_failed() -> None:
    found = outcome(
        WINDOWS,
        record("a-check", WINDOWS, FAILED),
        witness(Witness.TRANSPORT, WINDOWS),
        witness(Witness.OWN_ADDRESS, WINDOWS),
    )

    assert found.outcome is Outcome.INCONCLUSIVE
    assert "was not run" in found.because


def test_one_passing_linux_node_is_control_enough() -> None:
    found = outcome(
        WINDOWS,
        record("a-check", WINDOWS, FAILED),
        record("a-check", LINUX, FAILED),
        record("a-check", LINUX_USER, PASSED),
        witness(Witness.TRANSPORT, WINDOWS),
    )

    assert found.outcome is Outcome.FAIL


def test_a_linux_failure_is_never_excused_by_linux() -> None:
    found = outcome(LINUX, record("a-check", LINUX, FAILED), witness(Witness.TRANSPORT, LINUX))

    assert found.outcome is Outcome.FAIL


def test_the_control_of_a_load_balancing_row_runs_the_same_mode() -> None:
    found = outcome(
        WINDOWS,
        record("a-check", WINDOWS, FAILED),
        record("a-check", LINUX, FAILED),
        record("a-check", LINUX_USER, PASSED),
        witness(Witness.TRANSPORT, WINDOWS),
        feature=Feature.KERNEL_MODE,
    )

    assert found.because == "control failed or was not run: linux-kernel-0"


def test_a_row_that_linux_does_not_count_still_serves_as_control() -> None:
    measured = Finding.not_applicable("not-asked-of-linux", "", as_control=Outcome.PASS)
    found = outcome(
        WINDOWS,
        record("a-check", WINDOWS, FAILED),
        record("a-check", LINUX, measured),
        witness(Witness.TRANSPORT, WINDOWS),
    )

    assert found.outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("own_address", "expected"),
    [(PASSED, Outcome.FAIL), (FAILED, Outcome.INCONCLUSIVE), (None, Outcome.INCONCLUSIVE)],
)
def test_without_a_linux_node_the_pods_own_address_is_the_control(
    own_address: Finding | None, expected: Outcome
) -> None:
    own = [witness(Witness.OWN_ADDRESS, WINDOWS, own_address)] if own_address else []
    found = outcome(
        WINDOWS,
        record("a-check", WINDOWS, FAILED),
        witness(Witness.TRANSPORT, WINDOWS),
        *own,
        nodes=(WINDOWS,),
    )

    assert found.outcome is expected


@pytest.mark.parametrize(
    ("observation", "because"),
    [({}, "blocked by cluster-ip-udp"), (None, "")],
    ids=["asked", "not-asked"],
)
def test_what_was_asked_and_is_undecided_names_the_witness_that_did_not_pass(
    observation: dict[str, JsonValue] | None, because: str
) -> None:
    said = record("a-check", LINUX, OPEN).model_copy(update={"observation": observation})

    found = outcome(
        LINUX,
        said,
        witness(Witness.TRANSPORT, LINUX),
        witness(Witness.CLUSTER_IP_UDP, LINUX, FAILED),
        needs=frozenset({Witness.TRANSPORT, Witness.CLUSTER_IP_UDP}),
    )

    assert (found.outcome, found.code, found.because) == (
        Outcome.INCONCLUSIVE,
        OPEN.code,
        because,
    )
