import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from netparity.__main__ import main
from netparity.exits import Exit
from tests.conformance.fake_cluster import FakeCluster, node
from verdicts.report import Report


@pytest.fixture
def ends_with(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command; its exit code, standard output and standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return int(ended.value.code), out, err

    return run


@pytest.fixture
def stored(tmp_path: Path) -> Callable[[str, Report], Path]:
    """Write a report into a folder of its own."""

    def store(name: str, report: Report) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "report.json").write_text(report.model_dump_json())
        return folder

    return store


def test_doctor_names_the_policies_that_would_keep_pods_from_talking(
    ends_with: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = FakeCluster(nodes=[node("linux-a")])
    path = "/apis/cilium.io/v2/ciliumclusterwidenetworkpolicies/default-deny"
    cluster.objects[path] = {
        "metadata": {"name": "default-deny"},
        "spec": {"endpointSelector": {}, "ingress": [{}]},
    }
    monkeypatch.setattr("conformance.api_client.connect", lambda *_, **__: cluster)

    code, out, _ = ends_with("doctor", "--kubeconfig", __file__)

    assert code == 0
    assert (
        "policy: CiliumClusterwideNetworkPolicy default-deny isolates the run's pods (Ingress)"
        in out
    )
    assert not cluster.paths("netparity")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--no-such-option"],
        ["no-such-command"],
        ["diff", "only-one"],
        ["cases", "--format", "verse"],
        ["doctor"],
        ["doctor", "--kubeconfig", "/does/not/exist"],
        ["doctor", "--kubeconfig", __file__, "--platform", "windows-1999=a=b"],
        ["doctor", "--kubeconfig", __file__, "--platform", "windows-2016"],
        ["doctor", "--kubeconfig", __file__, "--facts", "/does/not/exist"],
        ["doctor", "--kubeconfig", __file__],
        ["report", "/does/not/exist"],
        ["diff", "/does/not/exist", "/nor/this"],
        ["verify", "/does/not/exist"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_three_and_one_message(
    arguments: list[str], ends_with: Callable[..., tuple[int, str, str]]
) -> None:
    code, out, err = ends_with(*arguments)

    assert code == Exit.USAGE
    assert out == ""
    assert err.startswith("netparity: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_help_is_no_error(ends_with: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = ends_with("--help")

    assert code == 0
    for command in ("run", "doctor", "cases", "report", "diff", "verify", "lab"):
        assert f" {command} " in out


def test_the_cases_are_listed_without_a_cluster(
    ends_with: Callable[..., tuple[int, str, str]],
) -> None:
    code, out, _ = ends_with("cases", "--format", "json")

    listed = json.loads(out)
    assert code == 0
    described = {"id", "title", "feature", "weight", "level", "source", "claim", "needs"}
    assert described | {"killed_by"} <= listed[0].keys()
    assert ends_with("cases")[1].count("\n") > len(listed)
    assert all(case["id"] in ends_with("cases", "--format", "markdown")[1] for case in listed[:3])


def test_a_report_is_rendered_again(
    report: Report,
    stored: Callable[[str, Report], Path],
    ends_with: Callable[..., tuple[int, str, str]],
) -> None:
    folder = stored("run", report)

    code, out, _ = ends_with("report", folder)

    assert code == 0
    assert "Every cell that was asked is as expected." in out
    assert str(folder / "report.html") in out
    assert (folder / "report.html").stat().st_size > 0


def test_equal_reports_differ_in_nothing(
    report: Report,
    stored: Callable[[str, Report], Path],
    ends_with: Callable[..., tuple[int, str, str]],
) -> None:
    code, out, _ = ends_with("diff", stored("a", report), stored("b", report))

    assert (code, out) == (0, "no cell differs\n")


def test_a_regression_between_two_reports_ends_with_one(
    report: Report,
    regressed: Report,
    stored: Callable[[str, Report], Path],
    ends_with: Callable[..., tuple[int, str, str]],
) -> None:
    good, bad = stored("good", report), stored("bad", regressed)

    assert ends_with("diff", good, bad)[0] == Exit.REGRESSION
    assert "REGRESSION changed: kernel-mode" in ends_with("diff", good, bad)[1]
    assert ends_with("diff", bad, good)[0] == Exit.AS_EXPECTED


def test_a_report_that_does_not_follow_from_its_evidence_is_told(
    report: Report,
    stored: Callable[[str, Report], Path],
    ends_with: Callable[..., tuple[int, str, str]],
) -> None:
    # The fixture's evidence names a claim that does not exist, so no cell follows from it.
    code, out, _ = ends_with("verify", stored("run", report))

    assert code == Exit.REGRESSION
    assert "this version has no claim an_example" in out


def test_help_is_quick_because_no_room_is_loaded() -> None:
    heavy = ("kubernetes", "pytest", "jinja2", "pyroute2", "cryptography", "conformance", "lab")
    script = (
        "import sys, netparity.__main__\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"
