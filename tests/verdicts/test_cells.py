"""From outcomes of checks to the verdict of a row, rule by rule."""

import itertools

import pytest

from verdicts.cells import row_on_node, row_on_platform, row_without_nodes
from verdicts.report import CheckResult
from verdicts.vocabulary import Feature, Mode, Outcome, Verdict, Weight

PASS, FAIL, OPEN, NA, NOT_RUN = (
    Outcome.PASS,
    Outcome.FAIL,
    Outcome.INCONCLUSIVE,
    Outcome.NOT_APPLICABLE,
    Outcome.NOT_RUN,
)
REQUIRED, SUPPORTING, REPORTED = Weight.REQUIRED, Weight.SUPPORTING, Weight.REPORTED


def result(weight: Weight, outcome: Outcome, code: str = "broken") -> CheckResult:
    return CheckResult(
        check="a-check",
        node="linux-kernel-0",
        platform="linux",
        feature=Feature.CNI_PLUGIN,
        weight=weight,
        outcome=outcome,
        code="pass" if outcome is PASS else code,
        seen="",
    )


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        ([(REQUIRED, PASS)], Verdict.SUPPORTED),
        ([(REQUIRED, PASS), (SUPPORTING, PASS), (REPORTED, PASS)], Verdict.SUPPORTED),
        ([(REQUIRED, PASS), (REQUIRED, FAIL)], Verdict.UNSUPPORTED),
        ([(REQUIRED, OPEN), (REQUIRED, FAIL)], Verdict.UNSUPPORTED),
        ([(REQUIRED, PASS), (REQUIRED, OPEN)], Verdict.INCONCLUSIVE),
        ([(REQUIRED, PASS), (REQUIRED, NOT_RUN)], Verdict.INCONCLUSIVE),
        ([(REQUIRED, OPEN), (SUPPORTING, FAIL)], Verdict.INCONCLUSIVE),
        ([(REQUIRED, PASS), (SUPPORTING, FAIL)], Verdict.PARTIAL),
        ([(REQUIRED, PASS), (SUPPORTING, OPEN)], Verdict.SUPPORTED),
        ([(REQUIRED, PASS), (SUPPORTING, NOT_RUN)], Verdict.SUPPORTED),
        ([(REQUIRED, PASS), (REPORTED, FAIL)], Verdict.SUPPORTED),
        ([(REQUIRED, PASS), (REQUIRED, NA)], Verdict.SUPPORTED),
        ([(REQUIRED, NA)], Verdict.NOT_APPLICABLE),
        ([(REQUIRED, NA), (SUPPORTING, FAIL)], Verdict.NOT_APPLICABLE),
        ([(SUPPORTING, PASS)], Verdict.NOT_APPLICABLE),
        ([], Verdict.NOT_APPLICABLE),
    ],
)
def test_a_row_on_a_node_follows_the_rule(
    results: list[tuple[Weight, Outcome]], verdict: Verdict
) -> None:
    found = row_on_node(Feature.CNI_PLUGIN, [result(*each) for each in results])

    assert found is verdict


@pytest.mark.parametrize(
    ("feature", "codes", "verdict"),
    [
        (Feature.SHARED_COMPARTMENT, ["refused", "other-address"], Verdict.ALTERNATIVE),
        (Feature.SHARED_COMPARTMENT, ["refused"], Verdict.UNSUPPORTED),
        (Feature.SHARED_COMPARTMENT, ["other-address"], Verdict.UNSUPPORTED),
        (Feature.SHARED_COMPARTMENT, ["refused", "other-address", "x"], Verdict.UNSUPPORTED),
        (Feature.SINGLE_ENDPOINT, ["second-address"], Verdict.ALTERNATIVE),
        (Feature.SINGLE_ENDPOINT, ["second-address", "translated"], Verdict.UNSUPPORTED),
        (Feature.DNS_SUFFIXES, ["default-suffix"], Verdict.UNSUPPORTED),
        (Feature.CNI_PLUGIN, ["no-plugin", "own-mac"], Verdict.UNSUPPORTED),
    ],
)
def test_only_exactly_the_codes_of_a_named_alternative_make_one(
    feature: Feature, codes: list[str], verdict: Verdict
) -> None:
    found = row_on_node(feature, [result(REQUIRED, FAIL, code) for code in codes])

    assert found is verdict


@pytest.mark.parametrize("failed", [["default-suffix"], ["default-suffix", "unresolved"]])
def test_added_suffixes_are_an_alternative_only_where_the_proxy_was_seen_to_rewrite(
    failed: list[str],
) -> None:
    results = [result(REQUIRED, FAIL, code) for code in failed]
    rewrites = result(REQUIRED, NA, "reported-rewrites")

    assert row_on_node(Feature.DNS_SUFFIXES, results) is Verdict.UNSUPPORTED
    assert row_on_node(Feature.DNS_SUFFIXES, [*results, rewrites]) is Verdict.ALTERNATIVE


WORST_FIRST = [
    Verdict.UNSUPPORTED,
    Verdict.ALTERNATIVE,
    Verdict.INCONCLUSIVE,
    Verdict.PARTIAL,
    Verdict.SUPPORTED,
    Verdict.NOT_APPLICABLE,
]


@pytest.mark.parametrize(("worse", "better"), list(itertools.combinations(WORST_FIRST, 2)))
def test_a_platform_has_the_worst_verdict_of_its_nodes(worse: Verdict, better: Verdict) -> None:
    assert row_on_platform([better, worse, better]) is worse


def test_a_platform_without_judged_nodes_has_no_worst_verdict() -> None:
    with pytest.raises(ValueError, match="at least one judged node"):
        row_on_platform([])


@pytest.mark.parametrize(
    ("mode", "fell_back", "mode_unknown", "release", "verdict"),
    [
        (Mode.KERNEL, True, False, (1, 37), Verdict.UNSUPPORTED),
        (Mode.KERNEL, True, True, (1, 37), Verdict.UNSUPPORTED),
        (Mode.KERNEL, False, False, (1, 37), Verdict.NOT_ACTIVE),
        (Mode.KERNEL, False, True, (1, 37), Verdict.INCONCLUSIVE),
        (Mode.USER, False, False, (1, 25), Verdict.NOT_ACTIVE),
        (Mode.USER, False, False, (1, 26), Verdict.NOT_APPLICABLE),
        (Mode.USER, True, False, (1, 25), Verdict.NOT_ACTIVE),
        (Mode.USER, False, True, (1, 37), Verdict.INCONCLUSIVE),
    ],
)
def test_a_load_balancing_row_without_nodes_in_its_mode_says_why(
    *,
    mode: Mode,
    fell_back: bool,
    mode_unknown: bool,
    release: tuple[int, int],
    verdict: Verdict,
) -> None:
    found = row_without_nodes(
        mode, fell_back=fell_back, mode_unknown=mode_unknown, release=release
    )

    assert found is verdict
