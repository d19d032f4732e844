"""Of failures that have one cause one is blamed; what a cell says never changes by it."""

import pytest

from tests.verdicts.records import check, inventory, judged, record, witness
from verdicts.checks import Check, Witness
from verdicts.findings import FOLLOWS, NEVER_READY, NOT_READY, Finding
from verdicts.fold import Folded, fold
from verdicts.following import with_followers
from verdicts.inventory import JudgedNode
from verdicts.report import Cell, CheckResult
from verdicts.vocabulary import Agreement, Feature, Mode, Outcome, Verdict, Weight

LINUX = judged("linux")
OTHER = judged("linux", Mode.USER)
OF_2016 = judged("windows-2016", Mode.USER, emulated_by=("lab",), asked=Mode.KERNEL)
PASSED = Finding.passed("it does")
FAILED = Finding.failed("broken", "it does not")
OPEN = Finding.inconclusive("no-pair", "could not ask")

ROOT = check("root")
LEAF = check("leaf", rests_on=frozenset({"root"}))
TOP = check("top", rests_on=frozenset({"leaf"}))


def folded(
    findings: dict[tuple[str, JudgedNode], Finding],
    *catalogue: Check,
    nodes: tuple[JudgedNode, ...],
    asked: bool = True,
) -> Folded:
    return fold(
        inventory=inventory(*nodes),
        catalogue=catalogue,
        evidence=[
            *(
                record(name, node, finding).model_copy(
                    update={"observation": {} if asked else None}
                )
                for (name, node), finding in findings.items()
            ),
            *(witness(Witness.TRANSPORT, node) for node in nodes),
        ],
    )


def shown(*catalogue: Check, **findings: Finding) -> dict[str, CheckResult]:
    found = folded(
        {(name, LINUX): each for name, each in findings.items()},
        *catalogue,
        nodes=(LINUX,),
    )
    return {result.check: result for result in found.checks}


def the_cell(found: Folded, feature: Feature, platform: str) -> Cell:
    (cell,) = [c for c in found.cells if (c.feature, c.platform) == (feature, platform)]
    return cell


def test_a_failure_that_rests_on_a_failed_check_names_it_and_keeps_what_was_seen() -> None:
    found = shown(ROOT, LEAF, root=FAILED, leaf=Finding.failed("refused", "refused everywhere"))

    assert found["root"].outcome is Outcome.FAIL
    leaf = found["leaf"]
    assert (leaf.outcome, leaf.code, leaf.because) == (
        Outcome.INCONCLUSIVE,
        FOLLOWS,
        "blocked by root",
    )
    assert leaf.seen == "refused everywhere"
    assert leaf.finding is not None
    assert leaf.finding.code == "refused"


@pytest.mark.parametrize(
    ("root", "leaf", "counts"),
    [
        (PASSED, FAILED, Outcome.FAIL),
        (OPEN, FAILED, Outcome.FAIL),
        (FAILED, PASSED, Outcome.PASS),
        (OPEN, OPEN, Outcome.INCONCLUSIVE),
    ],
)
def test_only_a_failure_follows_and_only_from_a_failure(
    root: Finding, leaf: Finding, counts: Outcome
) -> None:
    found = shown(ROOT, LEAF, root=root, leaf=leaf)["leaf"]

    assert (found.outcome, found.because) == (counts, "")


def test_what_was_asked_and_is_undecided_names_the_failure_that_it_rests_on() -> None:
    leaf = shown(ROOT, LEAF, root=FAILED, leaf=OPEN)["leaf"]

    assert (leaf.outcome, leaf.code) == (Outcome.INCONCLUSIVE, OPEN.code)
    assert leaf.because == "blocked by root"


def test_what_could_not_be_asked_at_all_blames_no_check() -> None:
    findings = {("root", LINUX): FAILED, ("leaf", LINUX): OPEN}

    leaf = folded(findings, ROOT, LEAF, nodes=(LINUX,), asked=False).checks[1]

    assert (leaf.check, leaf.outcome, leaf.because) == ("leaf", Outcome.INCONCLUSIVE, "")


def test_a_failure_names_what_it_comes_down_to_and_not_what_is_between() -> None:
    found = shown(ROOT, LEAF, TOP, root=FAILED, leaf=FAILED, top=FAILED)

    assert found["top"].because == "blocked by root"


def test_a_failure_on_one_node_explains_none_on_another() -> None:
    found = folded(
        {
            ("root", LINUX): FAILED,
            ("leaf", LINUX): PASSED,
            ("root", OTHER): PASSED,
            ("leaf", OTHER): FAILED,
        },
        ROOT,
        LEAF,
        nodes=(LINUX, OTHER),
    )

    failed = {(r.check, r.node) for r in found.checks if r.outcome is Outcome.FAIL}
    assert failed == {("root", LINUX.id), ("leaf", OTHER.id)}


def test_a_failure_that_a_witness_explains_explains_no_other() -> None:
    results = [
        CheckResult(
            check=name,
            node=LINUX.id,
            platform="linux",
            feature=Feature.CNI_PLUGIN,
            weight=Weight.REQUIRED,
            outcome=outcome,
            code=code,
            seen="",
        )
        for name, outcome, code in (
            ("root", Outcome.INCONCLUSIVE, "blocked"),
            ("leaf", Outcome.FAIL, "broken"),
        )
    ]

    assert with_followers((ROOT, LEAF), results) == tuple(results)


def test_checks_that_rest_on_each_other_are_all_blamed() -> None:
    one, two = check("one", rests_on=frozenset({"two"})), check("two", rests_on=frozenset({"one"}))

    found = shown(one, two, one=FAILED, two=FAILED)

    assert {each.outcome for each in found.values()} == {Outcome.FAIL}


LOOPBACK = check("loopback", Feature.SHARED_COMPARTMENT)
ADDRESSES = check("addresses", Feature.SHARED_COMPARTMENT, rests_on=frozenset({"loopback"}))
DATAGRAMS = check(
    "datagrams",
    Feature.SHARED_COMPARTMENT,
    Weight.SUPPORTING,
    rests_on=frozenset({"loopback"}),
)
SIGNS = {
    "loopback": Finding.failed("refused", "refused"),
    "addresses": Finding.failed("other-address", "another in each"),
    "datagrams": Finding.failed("refused", "refused"),
}


def test_the_signs_of_a_named_alternative_all_stay_failures() -> None:
    found = shown(LOOPBACK, ADDRESSES, DATAGRAMS, **SIGNS)

    assert {(name, each.outcome, each.code) for name, each in found.items()} == {
        ("loopback", Outcome.FAIL, "refused"),
        ("addresses", Outcome.FAIL, "other-address"),
        ("datagrams", Outcome.FAIL, "refused"),
    }


def test_the_same_signs_follow_where_they_are_not_all_of_the_alternative() -> None:
    signs = {**SIGNS, "loopback": Finding.failed("some-refused", "one is refused")}

    found = shown(LOOPBACK, ADDRESSES, DATAGRAMS, **signs)

    assert [name for name, each in found.items() if each.outcome is Outcome.FAIL] == ["loopback"]


@pytest.mark.parametrize("leaf", [PASSED, FAILED, Finding.failed("other", "otherwise")])
@pytest.mark.parametrize("root", [PASSED, FAILED, OPEN])
@pytest.mark.parametrize("rooted", [Weight.REQUIRED, Weight.SUPPORTING])
def test_a_cell_is_the_same_whatever_its_failures_follow_from(
    root: Finding, leaf: Finding, rooted: Weight
) -> None:
    findings = {("root", LINUX): root, ("leaf", LINUX): leaf}
    base = check("root", weight=rooted)
    apart = check("leaf", weight=Weight.SUPPORTING)
    resting = apart.model_copy(update={"rests_on": frozenset({"root"})})

    cells = [
        the_cell(folded(findings, base, each, nodes=(LINUX,)), Feature.CNI_PLUGIN, "linux")
        for each in (apart, resting)
    ]

    assert len({(c.verdict, c.agreement, c.expected) for c in cells}) == 1


def test_a_defect_beside_the_expected_failure_is_a_regression_though_it_follows() -> None:
    findings = {
        ("root", OF_2016): Finding.failed("no-plugin", "none is configured"),
        ("leaf", OF_2016): FAILED,
        ("root", LINUX): PASSED,
        ("leaf", LINUX): PASSED,
    }

    cell = the_cell(
        folded(findings, ROOT, LEAF, nodes=(OF_2016, LINUX)), Feature.CNI_PLUGIN, "windows-2016"
    )

    assert (cell.verdict, cell.agreement) == (Verdict.UNSUPPORTED, Agreement.REGRESSION)


SILENT = Finding.failed(NEVER_READY, "its kubelet does not get through")
UNREADY = Finding.inconclusive(NOT_READY, f"probe-{LINUX.id} on linux-a - not ready - out of time")


def reasons(
    root: Finding, *others: Finding, asked: bool = False
) -> dict[str, tuple[Outcome, str]]:
    nodes = (LINUX, OTHER)
    findings = {("root", LINUX): root, ("root", OTHER): PASSED}
    findings |= {("leaf", node): other for node, other in zip(nodes, others, strict=True)}
    found = folded(findings, ROOT, check("leaf"), nodes=nodes, asked=asked)
    return {r.node: (r.outcome, r.because) for r in found.checks if r.check == "leaf"}


def test_what_waited_for_a_pod_that_its_node_does_not_reach_is_blocked_by_that() -> None:
    assert reasons(SILENT, UNREADY, UNREADY) == {
        LINUX.id: (Outcome.INCONCLUSIVE, "blocked by root"),
        OTHER.id: (Outcome.INCONCLUSIVE, f"blocked by root on {LINUX.id}"),
    }


def test_what_was_not_asked_for_another_reason_names_none() -> None:
    assert reasons(SILENT, OPEN, FAILED) == {
        LINUX.id: (Outcome.INCONCLUSIVE, ""),
        OTHER.id: (Outcome.FAIL, ""),
    }
    assert reasons(FAILED, UNREADY, UNREADY)[LINUX.id] == (Outcome.INCONCLUSIVE, "")


def test_what_waited_for_a_pod_elsewhere_is_not_blocked_by_a_silent_node() -> None:
    elsewhere = Finding.inconclusive(NOT_READY, f"probe-{OTHER.id} on linux-b - not ready")

    assert reasons(SILENT, UNREADY, elsewhere)[OTHER.id] == (Outcome.INCONCLUSIVE, "")


def test_what_was_asked_keeps_its_own_reason() -> None:
    assert reasons(SILENT, UNREADY, UNREADY, asked=True)[OTHER.id] == (Outcome.INCONCLUSIVE, "")
