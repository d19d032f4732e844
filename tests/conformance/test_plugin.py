"""The plugin under pytest itself: collection, outcomes, the journal, xdist, interrupts."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.asking import read_inventory
from conformance.catalogue import CATALOGUE_FILE, Catalogue
from conformance.deployment import deploy
from conformance.journal import Journal, write_value
from conformance.planning import plan_fleet
from conformance.run import FLEET_FILE, INVENTORY_FILE
from conformance.waiting import eventually
from tests.conformance.fake_cluster import FakeCluster
from tests.conformance.plugin_suite import CONFTEST, SUITE
from verdicts.evidence import Evidence
from verdicts.vocabulary import Outcome

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    # Each of these tests starts pytest anew; plugins that none of them is about take seconds.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.syspathinsert(ROOT)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_suite=SUITE)
    pytester.makefile(".ini", pytest="[pytest]\naddopts = -p conformance.plugin -p xdist\n")
    return pytester


@pytest.fixture
def run_directory(tmp_path: Path) -> Path:
    """A run that another process prepared, on the five nodes of the sample."""
    inventory = read_inventory(None)
    plan = plan_fleet(inventory, run_id="r1", agnhost="agnhost:1", capture=None)
    write_value(tmp_path / INVENTORY_FILE, inventory)
    write_value(tmp_path / FLEET_FILE, deploy(FakeCluster(), plan, fingerprint="", kept=False))
    return tmp_path


def of_run(directory: Path) -> tuple[str, ...]:
    return (f"--run-dir={directory}", "--kubeconfig=/dev/null")


def outcomes(directory: Path, node: str) -> dict[str, tuple[Outcome, str]]:
    records, notes = Journal(directory).read()
    assert notes == ()
    return {r.check: (r.finding.outcome, r.finding.code) for r in records if r.node == node}


EXPECTED = {
    "answers": (Outcome.PASS, "pass"),
    "fails": (Outcome.FAIL, "unreached"),
    "not-here": (Outcome.NOT_APPLICABLE, "no-such-thing"),
    "could-not-ask": (Outcome.INCONCLUSIVE, "transport"),
    "broken": (Outcome.INCONCLUSIVE, "harness-error"),
    "forgets": (Outcome.INCONCLUSIVE, "not-judged"),
    "decides-nothing": (Outcome.INCONCLUSIVE, "nothing-asked"),
    "transport": (Outcome.PASS, "pass"),
    "own-address": (Outcome.PASS, "pass"),
}


def test_collecting_asks_no_cluster(suite: pytest.Pytester) -> None:
    result = suite.runpytest_subprocess("--collect-only", "-q")

    assert result.ret == 0
    result.stdout.fnmatch_lines(["*test_answers?windows-2016-user-0?", "*38 tests collected*"])
    assert "left: []" in result.stdout.str()


def test_a_row_of_a_mode_is_asked_of_the_nodes_in_that_mode(suite: pytest.Pytester) -> None:
    result = suite.runpytest_subprocess("--collect-only", "-q", "-k", "user_mode")

    asked = [line for line in result.outlines if "test_user_mode" in line]
    assert [line.partition("[")[2] for line in asked] == [
        "linux-user-0]",
        "windows-1709-user-0]",
        "windows-2016-user-0]",
    ]


def test_one_row_can_be_asked_alone(suite: pytest.Pytester) -> None:
    result = suite.runpytest_subprocess(
        "--collect-only", "-q", "--feature=user-mode-load-balancing"
    )

    result.stdout.fnmatch_lines(["*3/*tests collected (*deselected)*"])


EXTENDED = """
from conformance.catalogue import check
from verdicts.claims.witnesses import every_address_answers
from verdicts.vocabulary import Feature, Level, Weight

@check(id="at-length", title="A sentence.", feature=Feature.CNI_PLUGIN, weight=Weight.REPORTED,
       level=Level.EXTENDED, claim=every_address_answers, source="https://example.com/")
def test_at_length(node, judge):
    pass
"""


@pytest.mark.parametrize(("profile", "asked"), [("core", 8), ("full", 9)])
def test_an_extended_check_is_asked_by_the_full_profile_only(
    suite: pytest.Pytester, run_directory: Path, profile: str, asked: int
) -> None:
    suite.makepyfile(test_extended=EXTENDED)

    suite.runpytest_subprocess(*of_run(run_directory), "-k", "linux", f"--profile={profile}")

    checks = Catalogue.model_validate_json((run_directory / CATALOGUE_FILE).read_bytes()).checks
    assert len(checks) == asked
    assert ("at-length" in outcomes(run_directory, "linux-kernel-0")) is (profile == "full")


def test_a_check_that_is_named_is_asked_with_its_row(
    suite: pytest.Pytester, run_directory: Path
) -> None:
    suite.makepyfile(test_extended=EXTENDED)

    suite.runpytest_subprocess(*of_run(run_directory), "-k", "linux", "--check=at-length")

    assert outcomes(run_directory, "linux-kernel-0").keys() == EXPECTED.keys() | {"at-length"}


def test_a_check_that_no_suite_has_is_a_usage_error(
    suite: pytest.Pytester, run_directory: Path
) -> None:
    result = suite.runpytest_subprocess(*of_run(run_directory), "--check=at-lenght")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--check at-lenght: no suite that was named has such a check*"])


def test_one_node_can_be_asked_alone(suite: pytest.Pytester, run_directory: Path) -> None:
    suite.runpytest_subprocess(
        *of_run(run_directory), "--node=sample-linux-user", "--patience=lab"
    )

    assert outcomes(run_directory, "linux-user-0").keys() == EXPECTED.keys() | {"user-only"}
    records, _ = Journal(run_directory).read()
    assert {record.node for record in records} == {"linux-user-0"}


def test_suites_without_a_cluster_are_a_usage_error(suite: pytest.Pytester) -> None:
    result = suite.runpytest_subprocess()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*these suites ask a cluster: give --kubeconfig FILE*"])


def test_tests_that_declare_no_check_need_no_cluster(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_suite="def test_one():\n    pass\n")

    assert suite.runpytest_subprocess().ret == 0


def test_two_checks_of_one_id_are_a_usage_error(suite: pytest.Pytester) -> None:
    again = SUITE.replace('declare("fails")', 'declare("answers")')
    suite.makepyfile(test_suite=again)

    result = suite.runpytest_subprocess("--collect-only")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*check id answers is declared twice, by test_suite.test_*"])


@pytest.mark.parametrize(
    "workers",
    [
        (),
        ("-n", "2"),
        ("-n", "2", "--dist", "worksteal"),
        ("-p", "netparity.forked_loop"),
    ],
)
def test_every_outcome_is_recorded_as_what_it_is(
    suite: pytest.Pytester, run_directory: Path, workers: tuple[str, ...]
) -> None:
    result = suite.runpytest_subprocess(*of_run(run_directory), *workers)

    result.stdout.fnmatch_lines(["*15 failed, 8 passed, 5 skipped, 10 could not be asked in*"])
    for node in ("linux-kernel-0", "windows-1709-kernel-0"):
        assert outcomes(run_directory, node) == EXPECTED
    assert outcomes(run_directory, "windows-2016-user-0")["user-only"] == (Outcome.PASS, "pass")


DIES = """
@declare("dies")
def test_dies(node, judge):
    import os, signal
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_fork_that_is_killed_breaks_the_run_off(
    suite: pytest.Pytester, run_directory: Path
) -> None:
    suite.makepyfile(test_suite=SUITE + DIES)

    result = suite.runpytest_subprocess(*of_run(run_directory), "-p", "netparity.forked_loop")

    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    result.stdout.fnmatch_lines(["*no report of *: the fork that asked it ended*"])


def test_the_catalogue_lists_every_check_asked_or_not(
    suite: pytest.Pytester, run_directory: Path
) -> None:
    suite.runpytest_subprocess(*of_run(run_directory), "-k", "test_answers and linux")

    checks = Catalogue.model_validate_json((run_directory / CATALOGUE_FILE).read_bytes()).checks
    assert len(checks) == 8


def test_a_failure_is_told_in_one_line_with_expected_and_actual(
    suite: pytest.Pytester, run_directory: Path
) -> None:
    result = suite.runpytest_subprocess(
        *of_run(run_directory), "-k", "test_fails and linux-kernel"
    )

    result.stdout.fnmatch_lines(
        [
            (
                "fails on linux-kernel-0 (sample-linux-kernel) - unreached - Expected: A sentence. "
                "Actual: no answer over tcp from 192.0.2.1:80 (refused)"
            )
        ]
    )
    assert "def test_fails" not in result.stdout.str()


def test_what_could_not_be_asked_says_what_to_do(
    suite: pytest.Pytester, run_directory: Path
) -> None:
    result = suite.runpytest_subprocess(
        *of_run(run_directory), "-k", "test_could_not_ask and linux-kernel"
    )

    result.stdout.fnmatch_lines(["1 check: probe - no way - next: walk"])


def test_one_reason_is_told_once(suite: pytest.Pytester, run_directory: Path) -> None:
    result = suite.runpytest_subprocess(*of_run(run_directory), "-k", "test_could_not_ask")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.stdout.str().count("no way") == 1
    result.stdout.fnmatch_lines(["5 checks: probe - no way - next: walk"])


def test_evidence_keeps_what_was_asked_and_answered(
    suite: pytest.Pytester, run_directory: Path
) -> None:
    suite.runpytest_subprocess(*of_run(run_directory), "-k", "test_answers and linux-kernel")

    path = run_directory / "evidence" / "answers@linux-kernel-0.json"
    evidence = Evidence.model_validate_json(path.read_bytes())
    assert [exchange.target for exchange in evidence.exchanges] == ["probe-linux-kernel-0/a"]
    assert json.loads(evidence.exchanges[0].answer) == {"responses": ["probe-linux-kernel-0"]}
    assert evidence.observation is not None


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_plain_pytest_prepares_reports_and_removes(
    suite: pytest.Pytester, tmp_path: Path, workers: tuple[str, ...]
) -> None:
    result = suite.runpytest_subprocess(
        "--kubeconfig=/dev/null",
        f"--out={tmp_path / 'results'}",
        "--platform=windows-2016=pool=old",
        *workers,
    )

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*https://192.0.2.1:6443  Kubernetes v1.37.2"])
    result.stdout.fnmatch_lines(["*reported: report.json", "left: []"])
    report = json.loads((tmp_path / "results" / "report.json").read_bytes())
    assert {judged["id"] for judged in report["inventory"]["judged"]} == {
        "linux-unknown-0",
        "windows-2016-unknown-0",
    }
    assert report["provenance"]["pytest_exit"] == 1
    assert "linux-unknown-0 was asked by pod proxy" in report["provenance"]["notes"]


def test_an_unreadable_kubeconfig_is_a_usage_error(suite: pytest.Pytester) -> None:
    result = suite.runpytest_subprocess("--kubeconfig=/nonexistent")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--kubeconfig /nonexistent cannot be read*"])


def test_a_cluster_that_refuses_ends_with_2_and_one_message(suite: pytest.Pytester) -> None:
    suite.makeconftest(CONFTEST + '\nCLUSTER.refuse.add(("create", "/api/v1/namespaces"))\n')

    result = suite.runpytest_subprocess("--kubeconfig=/dev/null", "--out=results")

    assert result.ret == 2
    result.stdout.fnmatch_lines(["*create /api/v1/namespaces - forbidden - next: grant it*"])
    result.stdout.fnmatch_lines(["left: []"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_an_interrupted_run_removes_its_fleet_and_reports_what_it_has(
    suite: pytest.Pytester, tmp_path: Path, number: signal.Signals, workers: tuple[str, ...]
) -> None:
    waits = SUITE + (
        '\n@declare("zz-waits")\n'
        "def test_zz_waits(node, judge):\n"
        "    from pathlib import Path\n"
        "    import threading\n"
        f"    Path({str(tmp_path / 'waiting')!r}).touch()\n"
        "    threading.Event().wait(60)\n"
    )
    suite.makepyfile(test_suite=waits)
    command = [sys.executable, "-m", "pytest", "--kubeconfig=/dev/null", *workers]
    chosen = ["-k", "test_answers or test_zz_waits", f"--out={tmp_path / 'results'}"]
    with subprocess.Popen(
        [*command, *chosen], cwd=suite.path, stdout=subprocess.PIPE, text=True
    ) as child:
        journal = tmp_path / "results" / "journal.jsonl"
        # A worker's answer is the controller's once its line is in the journal, not before.
        eventually(
            lambda: (
                (tmp_path / "waiting").exists()
                and journal.exists()
                and b"answers@" in journal.read_bytes()
            ),
            lambda begun: begun,
            what="one check is in the journal and the next one waits",
            timeout=60,
            hopeless=lambda _: None if child.poll() is None else "the run has ended",
        )
        child.send_signal(number)
        output, _ = child.communicate(timeout=60)

    assert child.returncode == 2, output
    assert "left: []" in output
    report = json.loads((tmp_path / "results" / "report.json").read_bytes())
    assert report["provenance"]["complete"] is False
    assert "answers" in {record["check"] for record in report["evidence"]}
