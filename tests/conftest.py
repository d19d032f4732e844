"""Hand-built reports, so that renderings and the command are tested without a cluster."""

import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from verdicts.checks import Check
from verdicts.evidence import Evidence, Exchange
from verdicts.findings import Finding
from verdicts.inventory import Inventory, JudgedNode, Known, Node, ServiceProxy
from verdicts.report import Cell, CellCheck, CheckResult, Provenance, Report
from verdicts.vocabulary import Agreement, Feature, Mode, Origin, Outcome, Verdict, Weight

STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
BLOG = "https://kubernetes.io/blog/2017/09/Windows-Networking-At-Parity-With-Linux"
PLATFORMS = ("windows-2016", "windows-1709", "linux")

NOT_SUPPORTED = {
    (Feature.SHARED_COMPARTMENT, "windows-2016"): (
        Verdict.ALTERNATIVE,
        "one container per compartment: 10.66.0.161, 10.66.0.162, 10.66.0.163",
    ),
    (Feature.SINGLE_ENDPOINT, "windows-2016"): (
        Verdict.ALTERNATIVE,
        "two endpoints: 172.20.0.9 (default route), 10.66.0.161 (pod IP)",
    ),
    (Feature.KERNEL_MODE, "windows-2016"): (
        Verdict.UNSUPPORTED,
        "asked for kernelspace, fell back to user mode",
    ),
    (Feature.DNS_SUFFIXES, "windows-2016"): (
        Verdict.ALTERNATIVE,
        "kube-proxy adds suffixes: kubernetes became kubernetes.default.svc.cluster.local",
    ),
    (Feature.CNI_PLUGIN, "windows-2016"): (
        Verdict.UNSUPPORTED,
        "no plugin configuration, and frames bear the pods' own MACs",
    ),
}


def pytest_configure() -> None:
    """Let Ctrl-C reach the programs that tests start.

    A shell's background job ignores SIGINT, and whatever it starts inherits that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def node(name: str, platform: str, mode: Mode) -> Node:
    return Node(
        name=name,
        platform=platform,
        operating_system="linux",
        kubelet_version="v1.37.2",
        kernel_version="6.1.0",
        os_image="Debian GNU/Linux 12 (bookworm)",
        container_runtime="containerd://2.4.2",
        architecture="amd64",
        internal_ips=("10.66.0.11",),
        ready=True,
        emulated_by=() if platform == "linux" else ("label",),
        proxy=ServiceProxy(
            asked=mode, effective=mode, known_by=Known.DECLARED, program="kube-proxy"
        ),
    )


def check_of(feature: Feature) -> Check:
    return Check(
        id=f"{feature}-example",
        title="An example of a check.",
        feature=feature,
        weight=Weight.REQUIRED,
        claim="an_example",
        source=BLOG,
    )


def result_of(feature: Feature, platform: str, verdict: Verdict, seen: str) -> CheckResult:
    finding = (
        Finding.passed(seen) if verdict is Verdict.SUPPORTED else Finding.failed("refused", seen)
    )
    return CheckResult(
        check=f"{feature}-example",
        node=f"{platform}-kernel-0",
        platform=platform,
        feature=feature,
        weight=Weight.REQUIRED,
        outcome=finding.outcome,
        code=finding.code,
        seen=seen,
        finding=finding,
    )


def cell_of(result: CheckResult, verdict: Verdict) -> Cell:
    return Cell(
        feature=result.feature,
        platform=result.platform,
        verdict=verdict,
        origin=Origin.MEASURED if result.platform == "linux" else Origin.EMULATED,
        agreement=Agreement.AS_EXPECTED,
        seen=result.seen,
        checks=(
            CellCheck(
                check=result.check,
                node=result.node,
                weight=result.weight,
                outcome=result.outcome,
                code=result.code,
            ),
        ),
        expected=verdict,
        sources=(BLOG,),
    )


def evidence_of(result: CheckResult) -> Evidence:
    assert result.finding is not None
    return Evidence(
        check=result.check,
        node=result.node,
        claim="an_example",
        started=STARTED,
        ended=STARTED,
        observation={"client": "probe", "answers": ["a", "b"]},
        finding=result.finding,
        exchanges=(
            Exchange(
                at=STARTED,
                transport="pod proxy",
                target="probe/a",
                request="/dial?host=127.0.0.1&port=8080",
                answer='{"responses": ["a"]}',
                milliseconds=3.4,
            ),
        ),
    )


@pytest.fixture
def report() -> Report:
    """Eighteen cells as a lab of the three seed columns would give them, all as expected."""
    results, cells = [], []
    for feature in Feature:
        for platform in PLATFORMS:
            verdict, seen = NOT_SUPPORTED.get(
                (feature, platform), (Verdict.SUPPORTED, "every container answered 12 of 12 times")
            )
            result = result_of(feature, platform, verdict, seen)
            results.append(result)
            cells.append(cell_of(result, verdict))
    nodes = {
        "linux": node("linux-a", "linux", Mode.KERNEL),
        "windows-1709": node("win1709-a", "windows-1709", Mode.KERNEL),
        "windows-2016": node("win2016", "windows-2016", Mode.USER),
    }
    return Report(
        provenance=Provenance(
            netparity="0.1.0",
            suite_commit="0123456789ab",
            python="3.11.2",
            run_id="k3x9q",
            started=STARTED,
            ended=STARTED + timedelta(seconds=42),
            complete=True,
            settings={"strict": False, "platforms": []},
            pytest_exit=0,
        ),
        inventory=Inventory(
            server="https://192.0.2.1:6443",
            kubernetes_version="v1.37.2",
            cluster_uid="5b1e9c1e",
            cluster_domain="cluster.local",
            dns_service_ip="10.96.0.10",
            nodes=tuple(nodes.values()),
            judged=tuple(
                JudgedNode(id=f"{name}-kernel-0", platform=name, mode=Mode.KERNEL, node=found)
                for name, found in nodes.items()
            ),
        ),
        cells=tuple(cells),
        checks=tuple(results),
        catalogue=tuple(check_of(feature) for feature in Feature),
        evidence=tuple(evidence_of(result) for result in results),
    )


@pytest.fixture
def altered(report: Report) -> Callable[..., Report]:
    """Return the report with one cell's fields replaced."""

    def alter(feature: Feature, platform: str, **fields: object) -> Report:
        cells = tuple(
            Cell.model_validate({**dict(cell), **fields})
            if (cell.feature, cell.platform) == (feature, platform)
            else cell
            for cell in report.cells
        )
        return report.model_copy(update={"cells": cells})

    return alter


@pytest.fixture
def regressed(altered: Callable[..., Report]) -> Report:
    """The report with kernel mode on 1709 fallen to unsupported."""
    return altered(
        Feature.KERNEL_MODE,
        "windows-1709",
        verdict=Verdict.UNSUPPORTED,
        agreement=Agreement.REGRESSION,
        expected=Verdict.SUPPORTED,
        seen="of 3 backends 10.66.0.70 never answered through 10.96.3.4:80",
        checks=(
            CellCheck(
                check="kernel-mode-load-balancing-example",
                node="windows-1709-kernel-0",
                weight=Weight.REQUIRED,
                outcome=Outcome.FAIL,
                code="missing-backend",
            ),
        ),
    )
