"""A fault is caught by its own check in its own cell, or it is missed, and the reason is told."""

import pytest

from lab.faults.fault import Undecided
from netparity.mutation.judging import Pair, alarms, judge
from netparity.mutation.outcomes import Result
from tests.mutation.conftest import FAILED, NODES, pair, reported, turns
from verdicts.checks import Witness
from verdicts.findings import Finding
from verdicts.vocabulary import Feature

JUDGED = NODES["win1709-a"]
KERNEL = turns("kernel-tcp", Feature.KERNEL_MODE)
UNASKED = Finding.inconclusive("transport", "nobody could be asked")


def test_a_clean_cluster_alarms_nobody() -> None:
    assert alarms(reported(), 0) == ()
    assert alarms(reported(), 2) == ("the run's exit code - Expected: 0 Actual: 2",)


def test_a_fault_that_turns_its_check_and_cell_alone_is_caught() -> None:
    found = judge(pair({("kernel-tcp", "win1709-a"): FAILED}, exit_code=1), KERNEL, JUDGED)

    assert found.result is Result.CAUGHT
    assert [(each.check, each.node, each.after) for each in found.turned] == [
        ("kernel-tcp", "win1709-a", "fail (broken)")
    ]
    assert found.collateral == ()


def test_what_a_witness_blocks_is_collateral_and_no_blame() -> None:
    seen = {
        ("kernel-tcp", "win1709-a"): FAILED,
        (Witness.CLUSTER_IP_UDP, "win1709-a"): FAILED,
        ("names", "win1709-a"): FAILED,
    }

    found = judge(pair(seen, exit_code=1), KERNEL, JUDGED)

    assert found.result is Result.CAUGHT
    assert [(each.check, each.because) for each in found.collateral] == [
        ("names", "blocked by cluster-ip-udp")
    ]


@pytest.mark.parametrize(
    ("seen", "exit_code", "complaint"),
    [
        pytest.param({}, 0, "kernel-tcp on win1709-a - it does not show the fault", id="missed"),
        pytest.param(
            {("kernel-tcp", "win1709-a"): Finding.failed("other", "else")},
            1,
            "Expected: broken Actual: fail (other)",
            id="another-code",
        ),
        pytest.param(
            {("kernel-tcp", "win1709-a"): FAILED, ("addresses", "win1709-a"): FAILED},
            1,
            "addresses on win1709-a is fail (broken) (was pass)",
            id="another-row-is-blamed",
        ),
        pytest.param(
            {("kernel-tcp", "win1709-a"): FAILED, ("kernel-extra", "win1709-a"): FAILED},
            1,
            "kernel-extra on win1709-a is fail (broken)",
            id="another-check-of-the-row-is-blamed",
        ),
        pytest.param(
            {("kernel-tcp", "win1709-a"): FAILED, ("addresses", "linux-a"): FAILED},
            1,
            "cni-plugin on linux is blamed: unsupported",
            id="another-column-is-blamed",
        ),
        pytest.param(
            {("kernel-tcp", "win1709-a"): FAILED, ("addresses", "win1709-a"): UNASKED},
            1,
            "addresses on win1709-a is inconclusive (transport)",
            id="inconclusive-without-a-witness",
        ),
        pytest.param(
            {("kernel-tcp", "win1709-a"): FAILED, ("addresses", "win1709-a"): None},
            1,
            "addresses on win1709-a is not-run",
            id="not-run",
        ),
        pytest.param(
            {("kernel-tcp", "win1709-a"): FAILED, ("kernel-tcp", "linux-a"): FAILED},
            1,
            "control failed or was not run: linux-kernel-0",
            id="excused-by-the-control",
        ),
        pytest.param(
            {("kernel-tcp", "win1709-a"): FAILED, (Witness.POD_TO_POD_TCP, "win1709-a"): FAILED},
            2,
            "kernel-mode-load-balancing on windows-1709 - Expected: unsupported, regression",
            id="blocked-itself",
        ),
        pytest.param(
            {("kernel-tcp", "win1709-a"): FAILED},
            0,
            "the run's exit code - Expected: 1 Actual: 0",
            id="exit-code",
        ),
    ],
)
def test_anything_else_is_missed_and_told(
    seen: dict[tuple[str, str], Finding | None], exit_code: int, complaint: str
) -> None:
    found = judge(pair(seen, exit_code=exit_code), KERNEL, JUDGED)

    assert found.result is Result.MISSED
    assert any(complaint in line for line in found.complaints), found.complaints


@pytest.mark.parametrize(
    "now", [Finding.not_applicable("reported-silent", "it is silent"), UNASKED], ids=str
)
def test_what_only_reports_on_a_node_decides_nothing_there(now: Finding) -> None:
    reports = ("rewrites", "linux-b")
    before = {reports: Finding.not_applicable("reported-rewrites", "it rewrites")}
    seen = {("user-tcp", "linux-b"): FAILED, reports: now}
    nodes = ("linux-b", "win1709-b")

    found = judge(
        Pair(clean=reported(before), faulty=reported(seen, nodes=nodes), exit_code=1),
        turns("user-tcp", Feature.USER_MODE),
        NODES["linux-b"],
    )

    assert found.result is Result.CAUGHT, found.complaints
    assert [each.check for each in found.turned] == ["user-tcp", "rewrites"]


def test_what_passed_and_is_not_applicable_now_is_told() -> None:
    hidden = Finding.not_applicable("no-plugin", "there is none")
    seen = {("kernel-tcp", "win1709-a"): FAILED, ("addresses", "win1709-a"): hidden}

    found = judge(pair(seen, exit_code=1), KERNEL, JUDGED)

    assert found.complaints == ("addresses on win1709-a is not-applicable (no-plugin) (was pass)",)


def test_a_supporting_check_turns_its_cell_partial() -> None:
    seen = pair({("kernel-extra", "win1709-a"): FAILED}, exit_code=1)
    expects = turns("kernel-extra", Feature.KERNEL_MODE, verdict="partial")

    assert judge(seen, expects, JUDGED).result is Result.CAUGHT
    worse = turns("kernel-extra", Feature.KERNEL_MODE)
    assert judge(seen, worse, JUDGED).result is Result.MISSED


def test_a_reported_check_changes_what_it_says_and_no_cell() -> None:
    other = Finding.not_applicable("broken", "of a range that nobody knows")
    seen = pair({("origin", "win1709-a"): other}, exit_code=0)
    expects = turns("origin", Feature.CNI_PLUGIN, verdict="supported")

    assert judge(seen, expects, JUDGED).result is Result.CAUGHT


def test_what_a_reported_check_says_besides_is_shown_and_blames_nobody() -> None:
    other = Finding.not_applicable("unknown-range", "of a range that nobody knows")
    seen = {("kernel-tcp", "win1709-a"): FAILED, ("origin", "win1709-a"): other}

    found = judge(pair(seen, exit_code=1), KERNEL, JUDGED)

    assert found.result is Result.CAUGHT
    assert [each.check for each in found.turned] == ["kernel-tcp", "origin"]


@pytest.mark.parametrize(
    ("seen", "exit_code", "survives", "result"),
    [
        pytest.param({}, 0, False, Result.SURVIVED, id="survived"),
        pytest.param({}, 0, True, Result.SURVIVED, id="survived-as-it-must"),
        pytest.param(
            {("addresses", "win1709-a"): UNASKED}, 2, False, Result.INCONCLUSIVE, id="open"
        ),
        pytest.param(
            {("addresses", "win1709-a"): None}, 2, False, Result.INCONCLUSIVE, id="not-run"
        ),
        pytest.param(
            {("addresses", "win1709-a"): UNASKED}, 2, True, Result.MISSED, id="not-alive"
        ),
        pytest.param({("addresses", "win1709-a"): FAILED}, 1, False, Result.MISSED, id="blamed"),
        pytest.param({}, 1, False, Result.MISSED, id="exit-code-of-a-regression"),
        pytest.param({}, 3, False, Result.MISSED, id="exit-code-of-no-use"),
    ],
)
def test_a_fault_of_the_harness_blames_nobody(
    seen: dict[tuple[str, str], Finding | None], exit_code: int, *, survives: bool, result: Result
) -> None:
    found = judge(pair(seen, exit_code=exit_code), Undecided(survives=survives), JUDGED)

    assert found.result is result, found.complaints


def test_what_failed_before_and_passes_under_a_fault_of_the_harness_is_a_false_pass() -> None:
    seen = pair(
        {("one-stack", "win2016"): Finding.passed("well")},
        exit_code=0,
        nodes=("win2016", "linux-b"),
    )

    found = judge(seen, Undecided(survives=False), NODES["win2016"])

    assert found.result is Result.MISSED
    assert "one-stack on win2016 is pass (was fail (refused))" in found.complaints


def test_a_pass_without_an_observation_is_no_pass() -> None:
    seen = pair({}, exit_code=0)
    hollow = seen.faulty.model_copy(
        update={
            "evidence": tuple(
                each.model_copy(update={"observation": None}) if each.check == "names" else each
                for each in seen.faulty.evidence
            )
        }
    )
    broken = type(seen)(clean=seen.clean, faulty=hollow, exit_code=0)

    found = judge(broken, Undecided(survives=False), JUDGED)

    assert "names on windows-1709-kernel-0 passes without an observation" in found.complaints
