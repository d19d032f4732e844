from collections.abc import Callable

import pytest

from reports.comparison import Kind, compare, masked
from verdicts.report import Cell, Report
from verdicts.vocabulary import Agreement, Feature, Origin, Outcome, Verdict


def test_a_report_equals_itself(report: Report) -> None:
    assert compare(report, report) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10.66.0.161, 10.66.0.162", "10.66.0.163, 10.66.0.9"),
        ("fd00:66::a1/64 answered", "fd00:66::2 answered"),
        ("through 10.96.3.4:80", "through 10.96.77.8:80"),
        ("frames bear 0a:58:0a:42:00:05", "frames bear 0a:58:0a:42:00:16"),
        ("kubernetes.netparity-k3x9q.svc", "kubernetes.netparity-a81zz.svc"),
        ("in netparity-1123001716-5890-privileged", "in netparity-0102030405-a1b2-privileged"),
    ],
)
def test_what_differs_from_run_to_run_is_masked(one: str, other: str) -> None:
    assert masked(one) == masked(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 of 12 answered", "11 of 12 answered"),
        ("by kube-proxy v1.37.2", "by kube-proxy v1.25.16"),
        ("fell back to user mode", "runs kernel mode"),
        ("refused at 10.0.0.1", "timed out at 10.0.0.1"),
        ("a::b c", "d: e"),
    ],
)
def test_what_tells_two_results_apart_is_kept(one: str, other: str) -> None:
    assert masked(one) != masked(other)


def test_other_addresses_are_no_difference(report: Report, altered: Callable[..., Report]) -> None:
    moved = altered(
        Feature.SHARED_COMPARTMENT,
        "windows-2016",
        seen="one container per compartment: 10.9.0.1, 10.9.0.2, 10.9.0.3",
    )

    assert compare(report, moved) == ()


def test_a_fallen_verdict_is_a_regression(report: Report, regressed: Report) -> None:
    (change,) = compare(report, regressed)

    assert change.kind is Kind.CHANGED
    assert change.regression
    assert "verdict: supported -> unsupported" in change.details
    assert (
        "kernel-mode-load-balancing-example on windows-1709-kernel-0: "
        "pass (pass, required) -> fail (missing-backend, required)"
    ) in change.details


def test_a_risen_verdict_is_no_regression(report: Report, regressed: Report) -> None:
    (change,) = compare(regressed, report)

    assert change.kind is Kind.CHANGED
    assert not change.regression


@pytest.mark.parametrize(
    ("before", "after", "regression"),
    [
        (Verdict.SUPPORTED, Verdict.PARTIAL, True),
        (Verdict.PARTIAL, Verdict.ALTERNATIVE, True),
        (Verdict.ALTERNATIVE, Verdict.UNSUPPORTED, True),
        (Verdict.UNSUPPORTED, Verdict.ALTERNATIVE, False),
        (Verdict.SUPPORTED, Verdict.INCONCLUSIVE, False),
        (Verdict.SUPPORTED, Verdict.NOT_ACTIVE, False),
        (Verdict.NOT_APPLICABLE, Verdict.UNSUPPORTED, False),
    ],
)
def test_could_not_ask_is_no_fall(
    before: Verdict, after: Verdict, *, regression: bool, altered: Callable[..., Report]
) -> None:
    (change,) = compare(
        altered(Feature.CNI_PLUGIN, "linux", verdict=before),
        altered(Feature.CNI_PLUGIN, "linux", verdict=after),
    )

    assert change.regression is regression


def test_the_same_verdict_for_another_reason_is_a_regression(
    report: Report, altered: Callable[..., Report]
) -> None:
    (change,) = compare(
        report, altered(Feature.CNI_PLUGIN, "windows-2016", agreement=Agreement.REGRESSION)
    )

    assert change.regression


def test_a_known_regression_is_not_told_twice(altered: Callable[..., Report]) -> None:
    (change,) = compare(
        altered(Feature.CNI_PLUGIN, "linux", agreement=Agreement.REGRESSION, seen="a"),
        altered(Feature.CNI_PLUGIN, "linux", agreement=Agreement.REGRESSION, seen="b"),
    )

    assert change.details == ("seen: a -> b",)
    assert not change.regression


def test_an_emulated_cell_that_claims_to_be_measured_is_a_difference(
    report: Report, altered: Callable[..., Report]
) -> None:
    (change,) = compare(report, altered(Feature.CNI_PLUGIN, "linux", origin=Origin.EMULATED))

    assert change.details == ("origin: measured -> emulated",)


def test_a_cell_of_one_report_only_is_added_or_removed(report: Report) -> None:
    fewer = report.model_copy(update={"cells": report.cells[1:]})

    (added,) = compare(fewer, report)
    (removed,) = compare(report, fewer)

    assert (added.kind, removed.kind) == (Kind.ADDED, Kind.REMOVED)
    assert not added.regression
    assert not removed.regression


def test_a_check_that_vanished_is_a_difference(
    report: Report, altered: Callable[..., Report]
) -> None:
    (change,) = compare(report, altered(Feature.CNI_PLUGIN, "linux", checks=()))

    assert change.details == (
        "cni-plugin-example on linux-kernel-0: pass (pass, required) -> absent",
    )


def test_the_order_of_checks_is_no_difference(
    report: Report, altered: Callable[..., Report]
) -> None:
    cell: Cell = report.cells[-1]
    second = cell.checks[0].model_copy(update={"check": "another", "outcome": Outcome.FAIL})
    one = altered(cell.feature, cell.platform, checks=(cell.checks[0], second))
    other = altered(cell.feature, cell.platform, checks=(second, cell.checks[0]))

    assert compare(one, other) == ()
