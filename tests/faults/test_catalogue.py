"""Every fault names a check, a row, codes and a verdict that the suite has, and a node to be on."""

from collections import Counter

import pytest

from lab.faults.catalogue import FAULTS
from lab.faults.fault import Bite, Fault, Turns
from lab.faults.places import ANY_NODE
from lab.roster import NODES
from netparity.declared import declared_checks
from tests.faults.conftest import NotingMeans
from verdicts.alternatives import alternative_for
from verdicts.checks import Check
from verdicts.vocabulary import Feature, Verdict, Weight

TO_COME: dict[str, str] = {}
"""Checks that a fault was written for and that the suite lacks, each with the reason."""

TURNING = [fault for fault in FAULTS if isinstance(fault.expects, Turns)]


def turns(fault: Fault) -> Turns:
    assert isinstance(fault.expects, Turns)
    return fault.expects


def test_no_two_faults_share_a_name() -> None:
    counted = Counter(fault.name for fault in FAULTS)

    assert [name for name, times in counted.items() if times > 1] == []


@pytest.mark.parametrize("fault", TURNING, ids=lambda fault: fault.name)
def test_a_fault_turns_a_check_of_the_catalogue_in_its_own_row(fault: Fault) -> None:
    declared = {check.id: check for check in declared_checks()}
    expects = turns(fault)

    assert expects.feature in set(Feature)
    if expects.check in TO_COME:
        assert expects.check not in declared, f"{expects.check} is there: take it off TO_COME"
        return
    check = declared[expects.check]
    assert check.feature == expects.feature
    assert expects.codes
    for code in expects.codes:
        assert expects.verdict == verdict_of(check, code)


def verdict_of(check: Check, code: str) -> Verdict:
    """What a cell says in which this check alone failed, with this code."""
    if check.weight is Weight.REPORTED:
        return Verdict.SUPPORTED
    if check.weight is not Weight.REQUIRED:
        return Verdict.PARTIAL
    other = alternative_for(check.feature, failed={code}, seen={code})
    return Verdict.ALTERNATIVE if other else Verdict.UNSUPPORTED


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_applies_to_a_node_of_the_whole_lab(fault: Fault) -> None:
    assert fault.where.is_cluster or any(fault.where.includes(node) for node in NODES)


def test_a_check_to_come_has_a_fault_that_waits_for_it() -> None:
    assert set(TO_COME) <= {turns(fault).check for fault in TURNING}


@pytest.mark.parametrize(
    ("name", "sentence", "source"),
    [
        ("Not Kebab", "It is broken.", "https://example.org/"),
        (
            "a-name-so-long-that-no-nft-table-could-bear-it",
            "It is broken.",
            "https://example.org/",
        ),
        ("a-fault", "it is broken", "https://example.org/"),
        ("a-fault", "It is broken.", "somebody said so"),
    ],
)
def test_a_fault_that_is_not_told_well_is_none(name: str, sentence: str, source: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        Fault(
            name=name,
            sentence=sentence,
            source=source,
            where=ANY_NODE,
            expects=Turns(check="a-check", feature="a-row", codes=("broken",)),
            means=NotingMeans(),
            proof=lambda _site, _trial: Bite(bites=True, seen=""),
        )
