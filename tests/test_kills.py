"""Every check has been seen to fail: under a fault, or in a recorded run.

A check that never failed may be one that cannot. What counts is a fault of the lab that must turn
it, which `make mutation` sees turned, or an observation of a real run that its claim finds wanting:
a column's own old ways, or a node in the other proxy mode. Observations made up in a table do not.
"""

import json
from pathlib import Path

import pytest

from lab.faults.catalogue import FAULTS
from lab.faults.fault import Turns
from netparity.declared import declared_checks
from netparity.kills import killers
from verdicts.checks import Check
from verdicts.evidence import Evidence
from verdicts.registry import judge_again
from verdicts.vocabulary import Outcome, Weight

DATA = Path(__file__).parent / "data"
RECORDED = sorted((DATA / "failing").glob("*.json"))

OF_THE_OTHER_MODE = {
    "user-no-endpoints-accepts": ("linux-kernel-0", "kernel-no-endpoints-no-handshake"),
    "user-refusing-backend-masked": ("linux-kernel-0", "kernel-refusing-backend-not-masked"),
    "user-round-robin": ("linux-kernel-0", "kernel-tcp-backends"),
    "user-source-address": ("linux-kernel-0", "kernel-source-address"),
    "kernel-no-endpoints-no-handshake": ("linux-user-0", "user-no-endpoints-accepts"),
    "kernel-refusing-backend-not-masked": ("linux-user-0", "user-refusing-backend-masked"),
    "kernel-source-address": ("linux-user-0", "user-source-address"),
}
"""The node, and the check under which it was recorded there, that a check fails on."""

DECLARED = {check.id: check for check in declared_checks()}


def recorded_checks() -> set[str]:
    return {path.stem for path in RECORDED} | set(OF_THE_OTHER_MODE)


@pytest.mark.parametrize("check", DECLARED.values(), ids=lambda check: check.id)
def test_a_check_has_been_seen_to_fail(check: Check) -> None:
    seen = check.id in killers() or check.id in recorded_checks()

    assert seen, f"{check.id} - write a fault that kills it (lab/faults/__init__.py)"


@pytest.mark.parametrize(
    "check", [each for each in DECLARED.values() if each.weight is not Weight.SUPPORTING]
)
def test_a_check_that_decides_a_cell_or_only_reports_has_a_fault_of_its_own(check: Check) -> None:
    assert check.id in killers(), f"{check.id} - write a fault (lab/faults/__init__.py)"


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_recorded_failure_fails_its_check_with_the_same_code(path: Path) -> None:
    recorded = Evidence.model_validate_json(path.read_bytes())
    assert recorded.observation is not None
    assert (recorded.check, recorded.claim) == (path.stem, DECLARED[path.stem].claim)

    found = judge_again(recorded.claim, recorded.observation)

    assert found.outcome is Outcome.FAIL
    assert found.code == recorded.finding.code


@pytest.mark.parametrize(("check", "place"), OF_THE_OTHER_MODE.items(), ids=OF_THE_OTHER_MODE)
def test_a_node_in_the_other_mode_fails_the_check(check: str, place: tuple[str, str]) -> None:
    node, key = place
    recorded = json.loads((DATA / "load_balancing" / f"{node}.json").read_text(encoding="utf-8"))

    assert judge_again(DECLARED[check].claim, recorded[key]).outcome is Outcome.FAIL


def test_every_fault_of_the_cluster_is_named_with_its_check() -> None:
    turning = [fault.name for fault in FAULTS if isinstance(fault.expects, Turns)]

    assert sorted(name for names in killers().values() for name in names) == sorted(turning)
