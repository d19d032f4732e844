"""From evidence to the matrix, on hand-made inventories."""

import pytest

from tests.verdicts.records import check, inventory, judged, record, witness
from verdicts.checks import Check, Witness
from verdicts.evidence import Evidence
from verdicts.findings import Finding
from verdicts.fold import columns, fold
from verdicts.inventory import Inventory, JudgedNode
from verdicts.report import Cell
from verdicts.vocabulary import Agreement, Feature, Mode, Origin, Outcome, Verdict

LINUX = judged("linux")
OLD = judged("windows-2016", Mode.USER, emulated_by=("runtime-wrapper",), asked=Mode.KERNEL)
NEW = judged("windows-1709", emulated_by=("l2bridge",))
PASSED = Finding.passed("answered")
CATALOGUE = (
    check("compartment-loopback-tcp", Feature.SHARED_COMPARTMENT),
    check("user-tcp-backends", Feature.USER_MODE),
    check("kernel-tcp-backends", Feature.KERNEL_MODE),
)


def everything_passes(
    found: Inventory, catalogue: tuple[Check, ...] = CATALOGUE
) -> list[Evidence]:
    return [
        evidence
        for node in found.judged
        for evidence in (
            witness(Witness.TRANSPORT, node),
            witness(Witness.OWN_ADDRESS, node),
            *(
                record(each.id, node, PASSED)
                for each in catalogue
                if each.feature.mode in {None, node.mode}
            ),
        )
    ]


def cell(cells: tuple[Cell, ...], feature: Feature, platform: str) -> Cell:
    (found,) = (each for each in cells if (each.feature, each.platform) == (feature, platform))
    return found


def folded(
    *nodes: JudgedNode, also: tuple[Evidence, ...] = (), catalogue: tuple[Check, ...] = CATALOGUE
) -> tuple[Cell, ...]:
    found = inventory(*nodes)
    evidence = {each.key: each for each in (*everything_passes(found, catalogue), *also)}
    return fold(inventory=found, catalogue=catalogue, evidence=evidence.values()).cells


def test_the_columns_of_the_blog_are_always_there_and_later_builds_stand_between() -> None:
    found = inventory(judged("windows-2022"), LINUX, judged("windows-2019"))

    assert columns(found) == (
        "windows-2016",
        "windows-1709",
        "windows-2019",
        "windows-2022",
        "linux",
    )


def test_a_column_of_which_no_node_was_asked_has_no_cells_and_is_not_called_documented() -> None:
    whole = inventory(LINUX, judged("windows-1709"))
    found = whole.narrowed([judged("windows-1709").node.name])

    cells = fold(inventory=found, catalogue=CATALOGUE, evidence=everything_passes(found)).cells

    assert columns(found) == ("windows-2016", "windows-1709")
    assert {cell.platform for cell in cells} == {"windows-2016", "windows-1709"}


def test_a_column_of_the_blog_that_was_not_met_is_documented_with_its_source() -> None:
    found = cell(folded(LINUX), Feature.KERNEL_MODE, "windows-2016")

    assert (found.origin, found.verdict) == (Origin.DOCUMENTED, Verdict.UNSUPPORTED)
    assert found.sources
    assert found.checks == ()


@pytest.mark.parametrize(("node", "origin"), [(LINUX, Origin.MEASURED), (NEW, Origin.EMULATED)])
def test_an_emulated_node_is_never_called_measured(node: JudgedNode, origin: Origin) -> None:
    found = cell(folded(node), Feature.SHARED_COMPARTMENT, node.platform)

    assert (found.origin, found.verdict) == (origin, Verdict.SUPPORTED)


def test_one_emulated_node_makes_its_column_emulated() -> None:
    real = judged("windows-1709", ordinal=1)
    found = cell(folded(NEW, real), Feature.SHARED_COMPARTMENT, "windows-1709")

    assert found.origin is Origin.EMULATED


def test_a_node_that_fell_back_leaves_kernel_mode_unsupported_as_2016_does() -> None:
    found = cell(folded(LINUX, OLD), Feature.KERNEL_MODE, "windows-2016")

    assert (found.verdict, found.agreement) == (Verdict.UNSUPPORTED, Agreement.AS_EXPECTED)
    assert "fell back to user mode" in found.seen


def test_a_node_that_fell_back_is_a_regression_on_a_later_build() -> None:
    fallen = judged("windows-1709", Mode.USER, asked=Mode.KERNEL)
    found = cell(folded(LINUX, fallen), Feature.KERNEL_MODE, "windows-1709")

    assert (found.verdict, found.agreement) == (Verdict.UNSUPPORTED, Agreement.REGRESSION)


def test_a_fallen_node_outweighs_a_kernel_mode_node_of_the_same_platform() -> None:
    fallen = judged("windows-1709", Mode.USER, asked=Mode.KERNEL)
    found = cell(folded(LINUX, NEW, fallen), Feature.KERNEL_MODE, "windows-1709")

    assert found.verdict is Verdict.UNSUPPORTED


@pytest.mark.parametrize(
    ("kubelet", "verdict"),
    [("v1.37.2", Verdict.NOT_APPLICABLE), ("v1.25.0", Verdict.NOT_ACTIVE)],
)
def test_user_mode_without_nodes_is_idle_as_expected(kubelet: str, verdict: Verdict) -> None:
    found = cell(folded(judged("linux", kubelet=kubelet)), Feature.USER_MODE, "linux")

    assert (found.verdict, found.agreement) == (verdict, Agreement.AS_EXPECTED)


def test_a_load_balancing_row_is_judged_by_the_nodes_in_its_mode_only() -> None:
    user = judged("linux", Mode.USER)
    found = cell(folded(LINUX, user), Feature.KERNEL_MODE, "linux")

    assert {each.node for each in found.checks} == {LINUX.id}


def test_a_failure_on_windows_that_linux_passes_is_a_regression() -> None:
    broken = record("compartment-loopback-tcp", NEW, Finding.failed("timed-out", "silence"))
    found = cell(folded(LINUX, NEW, also=(broken,)), Feature.SHARED_COMPARTMENT, "windows-1709")

    assert (found.verdict, found.agreement) == (Verdict.UNSUPPORTED, Agreement.REGRESSION)


def test_a_failure_everywhere_is_linux_s_own_and_leaves_windows_open() -> None:
    broken = tuple(
        record("compartment-loopback-tcp", node, Finding.failed("timed-out", "silence"))
        for node in (LINUX, NEW)
    )
    cells = folded(LINUX, NEW, also=broken)

    assert cell(cells, Feature.SHARED_COMPARTMENT, "linux").verdict is Verdict.UNSUPPORTED
    windows = cell(cells, Feature.SHARED_COMPARTMENT, "windows-1709")
    assert (windows.verdict, windows.agreement) == (Verdict.INCONCLUSIVE, Agreement.UNKNOWN)
    assert "control failed" in windows.seen


def test_a_question_that_could_not_be_asked_leaves_the_cell_open_and_says_so() -> None:
    unasked = record("compartment-loopback-tcp", NEW, Finding.inconclusive("exec", "exec broke"))
    found = cell(folded(LINUX, NEW, also=(unasked,)), Feature.SHARED_COMPARTMENT, "windows-1709")

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.seen == "could not ask compartment-loopback-tcp: exec broke"


def test_a_required_check_without_a_record_leaves_the_cell_open() -> None:
    found = fold(inventory=inventory(LINUX), catalogue=CATALOGUE, evidence=())

    assert cell(found.cells, Feature.SHARED_COMPARTMENT, "linux").verdict is Verdict.INCONCLUSIVE
    assert {each.outcome for each in found.checks} == {Outcome.NOT_RUN}


def test_only_the_rows_of_the_catalogue_are_folded() -> None:
    cells = folded(LINUX, catalogue=CATALOGUE[:1])

    assert {each.feature for each in cells} == {Feature.SHARED_COMPARTMENT}


def test_folding_the_same_evidence_twice_gives_the_same_cells() -> None:
    assert folded(LINUX, NEW, OLD) == folded(LINUX, NEW, OLD)
