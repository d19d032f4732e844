"""What a cell is expected to say, and how a verdict compares with it."""

import pytest

from verdicts.documented import SEED_COLUMNS, documented
from verdicts.expectations import EXPECTATIONS, agreement, expectation_for
from verdicts.releases import release_of
from verdicts.vocabulary import Agreement, Feature, Verdict

NOW = (1, 37)
F, V, A = Feature, Verdict, Agreement


@pytest.mark.parametrize(
    ("feature", "platform", "release", "active", "verdict"),
    [
        (F.SHARED_COMPARTMENT, "windows-2016", NOW, True, V.ALTERNATIVE),
        (F.SHARED_COMPARTMENT, "windows-1709", NOW, True, V.SUPPORTED),
        (F.SINGLE_ENDPOINT, "windows-2016", NOW, True, V.ALTERNATIVE),
        (F.SINGLE_ENDPOINT, "windows-2025", NOW, True, V.SUPPORTED),
        (F.USER_MODE, "windows-2016", NOW, True, V.SUPPORTED),
        (F.USER_MODE, "linux", NOW, True, V.SUPPORTED),
        (F.USER_MODE, "linux", NOW, False, V.NOT_APPLICABLE),
        (F.USER_MODE, "linux", (1, 25), False, V.NOT_ACTIVE),
        (F.KERNEL_MODE, "windows-2016", NOW, False, V.UNSUPPORTED),
        (F.KERNEL_MODE, "windows-2016", NOW, True, V.UNSUPPORTED),
        (F.KERNEL_MODE, "windows-1709", NOW, True, V.SUPPORTED),
        (F.KERNEL_MODE, "windows-1709", NOW, False, V.NOT_ACTIVE),
        (F.DNS_SUFFIXES, "windows-2016", NOW, True, V.ALTERNATIVE),
        (F.CNI_PLUGIN, "windows-2016", NOW, True, V.UNSUPPORTED),
        (F.CNI_PLUGIN, "windows-26200", NOW, True, V.SUPPORTED),
    ],
)
def test_a_cell_has_one_expectation(
    *, feature: Feature, platform: str, release: tuple[int, int], active: bool, verdict: Verdict
) -> None:
    expected = expectation_for(feature, platform, release=release, active=active)

    assert expected.verdict is verdict
    assert expected.source.startswith("https://")


@pytest.mark.parametrize(
    ("feature", "platform", "got", "failed", "says"),
    [
        (F.CNI_PLUGIN, "linux", V.SUPPORTED, [], A.AS_EXPECTED),
        (F.CNI_PLUGIN, "linux", V.PARTIAL, [], A.REGRESSION),
        (F.CNI_PLUGIN, "linux", V.ALTERNATIVE, ["x"], A.REGRESSION),
        (F.CNI_PLUGIN, "linux", V.UNSUPPORTED, ["x"], A.REGRESSION),
        (F.CNI_PLUGIN, "linux", V.INCONCLUSIVE, [], A.UNKNOWN),
        (F.CNI_PLUGIN, "linux", V.NOT_APPLICABLE, [], A.UNKNOWN),
        (F.CNI_PLUGIN, "windows-2016", V.UNSUPPORTED, ["own-mac", "no-plugin"], A.AS_EXPECTED),
        (F.CNI_PLUGIN, "windows-2016", V.UNSUPPORTED, ["unreachable"], A.REGRESSION),
        (F.CNI_PLUGIN, "windows-2016", V.SUPPORTED, [], A.IMPROVEMENT),
        (F.CNI_PLUGIN, "windows-2016", V.PARTIAL, [], A.IMPROVEMENT),
        (F.SINGLE_ENDPOINT, "windows-2016", V.UNSUPPORTED, ["translated"], A.REGRESSION),
        (F.SINGLE_ENDPOINT, "windows-2016", V.ALTERNATIVE, ["second-address"], A.AS_EXPECTED),
    ],
)
def test_a_verdict_agrees_only_for_the_expected_reason(
    feature: Feature, platform: str, got: Verdict, failed: list[str], says: Agreement
) -> None:
    expected = expectation_for(feature, platform, release=NOW, active=True)

    assert agreement(expected, got, failed=failed) is says


@pytest.mark.parametrize(
    ("got", "says"),
    [
        (V.NOT_APPLICABLE, A.AS_EXPECTED),
        (V.SUPPORTED, A.IMPROVEMENT),
        (V.UNSUPPORTED, A.REGRESSION),
        (V.INCONCLUSIVE, A.UNKNOWN),
        (V.NOT_ACTIVE, A.UNKNOWN),
    ],
)
def test_a_row_that_is_expected_idle_regresses_only_by_failing(
    got: Verdict, says: Agreement
) -> None:
    expected = expectation_for(F.USER_MODE, "linux", release=NOW, active=False)

    assert agreement(expected, got, failed=[]) is says


def test_every_entry_of_the_table_is_reached() -> None:
    reached = {
        expectation_for(feature, platform, release=release, active=active)
        for feature in Feature
        for platform in ("windows-2016", "windows-1709", "linux")
        for release in ((1, 9), (1, 25), NOW)
        for active in (True, False)
    }

    assert set(EXPECTATIONS) <= reached


@pytest.mark.parametrize("feature", Feature)
@pytest.mark.parametrize("platform", SEED_COLUMNS)
def test_every_cell_of_the_blog_is_documented_with_its_source(
    feature: Feature, platform: str
) -> None:
    cell = documented(feature, platform)

    assert cell.seen
    assert all(source.startswith("https://") for source in cell.sources)


def test_only_the_columns_of_the_blog_are_documented_without_nodes() -> None:
    with pytest.raises(KeyError):
        documented(F.CNI_PLUGIN, "windows-2022")


@pytest.mark.parametrize(
    ("version", "release"),
    [("v1.37.2", (1, 37)), ("1.25", (1, 25)), ("v1.29.4-eks-036c24b", (1, 29))],
)
def test_a_release_is_read_from_any_distribution_s_version(
    version: str, release: tuple[int, int]
) -> None:
    assert release_of(version) == release


def test_a_text_that_is_no_version_is_refused() -> None:
    with pytest.raises(ValueError, match="not a Kubernetes version"):
        release_of("main")
