"""The whole job on the whole lab: eighteen cells, whoever starts the run and beside whom."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from reports.comparison import compare
from reports.reading import read
from tests.lab import runs
from tests.lab.conftest import StandingLab
from tests.lab.expected import EIGHTEEN
from verdicts.report import Report
from verdicts.vocabulary import Agreement, Feature, Outcome, Verdict

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("out")


@pytest.fixture(scope="module")
def finished(lab: StandingLab, out: Path) -> runs.FinishedRun:
    """One run by the wrapper, which several claims look at."""
    directory = out / "wrapped"
    return runs.run(runs.wrapped(lab.layout, directory), directory)


def test_the_lab_shows_the_eighteen_cells(finished: runs.FinishedRun) -> None:
    assert runs.differing(finished.cells, EIGHTEEN) == {}, finished.printed
    assert finished.code == 0, finished.printed


def test_every_cell_is_as_expected_and_says_what_was_seen(finished: runs.FinishedRun) -> None:
    cells = finished.report.cells

    assert {cell.agreement for cell in cells} == {Agreement.AS_EXPECTED}
    assert all(cell.seen for cell in cells)


def test_no_emulated_cell_is_called_measured_in_print(finished: runs.FinishedRun) -> None:
    lines = finished.printed.splitlines()

    assert any("emulated" in line for line in lines)
    assert not [line for line in lines if "2016" in line and "measured" in line]


# What checks.md says is not applicable, by check and platform; all else was asked and answered.
NOT_APPLICABLE = {
    ("cni-l2bridge-mac", "linux"),
    ("dns-proxy-leaves-names", "linux"),
    ("dns-proxy-leaves-names", "windows-1709"),
    ("dns-proxy-leaves-names", "windows-2016"),
    ("kernel-source-address", "windows-1709"),
}


def test_every_check_ran_on_every_column_that_it_applies_to(finished: runs.FinishedRun) -> None:
    report = finished.report
    unanswered = {
        (each.check, each.node, each.outcome, each.because or each.seen)
        for each in report.checks
        if each.outcome in {Outcome.NOT_RUN, Outcome.INCONCLUSIVE}
    }
    left_out = {
        (each.check, each.platform)
        for each in report.checks
        if each.outcome is Outcome.NOT_APPLICABLE
    }

    assert unanswered == set()
    assert left_out <= NOT_APPLICABLE


def test_the_2016_column_fails_by_the_codes_of_2016(finished: runs.FinishedRun) -> None:
    codes: dict[Feature, set[str]] = {}
    for each in finished.report.checks:
        if each.platform == "windows-2016" and each.outcome is Outcome.FAIL:
            codes.setdefault(each.feature, set()).add(each.code)

    assert {"refused", "other-address"} <= codes[Feature.SHARED_COMPARTMENT]
    assert codes[Feature.SINGLE_ENDPOINT] == {"second-address"}
    assert "default-suffix" in codes[Feature.DNS_SUFFIXES]
    assert codes[Feature.CNI_PLUGIN] == {"no-plugin", "own-mac"}
    assert Feature.USER_MODE not in codes


def test_nothing_of_the_run_is_left_in_the_cluster(
    lab: StandingLab, finished: runs.FinishedRun
) -> None:
    run_id = finished.report.provenance.run_id

    assert run_id
    assert not {name for name in runs.namespaces(lab) if run_id in name}


def test_plain_pytest_gives_the_cells_of_the_wrapper(
    lab: StandingLab, finished: runs.FinishedRun, out: Path
) -> None:
    directory = out / "plain"
    ended = runs.run(runs.plain(lab.layout, directory, "-n", "2"), directory)

    assert ended.report.provenance.complete, ended.printed
    assert compare(finished.report, ended.report) == ()


@pytest.fixture(scope="module")
def overlapping(lab: StandingLab, out: Path) -> tuple[Report, Report]:
    """Two runs started together on one cluster."""
    directories = (out / "first", out / "second")
    started = [
        subprocess.Popen(
            runs.wrapped(lab.layout, directory),
            cwd=runs.PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        for directory in directories
    ]
    codes = [process.wait() for process in started]

    assert codes == [0, 0]
    return read(directories[0]), read(directories[1])


@pytest.mark.acceptance
def test_two_runs_on_one_cluster_do_not_disturb_each_other(
    finished: runs.FinishedRun, overlapping: tuple[Report, Report]
) -> None:
    first, second = (report.provenance for report in overlapping)
    together = min(first.ended, second.ended) - max(first.started, second.started)

    assert together >= timedelta(seconds=30)
    assert [compare(finished.report, report) for report in overlapping] == [(), ()]


@pytest.mark.acceptance
def test_all_that_is_asked_of_a_clean_cluster_is_answered(
    lab: StandingLab, finished: runs.FinishedRun, out: Path
) -> None:
    directory = out / "full"
    ended = runs.run(runs.wrapped(lab.layout, directory, "--profile=full"), directory)

    report = ended.report
    unanswered = {
        (each.check, each.node, each.because or each.seen)
        for each in report.checks
        if each.outcome in {Outcome.NOT_RUN, Outcome.INCONCLUSIVE}
    }
    assert unanswered == set()
    assert runs.differing(ended.cells, finished.cells) == {}, ended.printed
    assert ended.code == 0


def test_a_reduced_catalogue_asks_only_its_rows(lab: StandingLab, out: Path) -> None:
    directory = out / "one-row"
    ended = runs.run(
        runs.wrapped(lab.layout, directory, "--feature", "shared-compartment"), directory
    )

    assert {cell.feature for cell in ended.report.cells} == {Feature.SHARED_COMPARTMENT}
    assert {cell.verdict for cell in ended.report.cells} == {
        Verdict.SUPPORTED,
        Verdict.ALTERNATIVE,
    }
