"""What discovery reads of a cluster, in which order, and what it does without."""

import json
from pathlib import Path

import pytest

from conformance.cluster import Answer
from conformance.errors import Forbidden, UsageError
from conformance.facts import Facts, read_facts
from conformance.settings import PlatformOverride, RunSettings
from conformance.survey import Survey
from tests.conformance.fake_cluster import FakeCluster, node
from verdicts.inventory import Inventory
from verdicts.vocabulary import Mode

SYSTEM = "/api/v1/namespaces/kube-system"


def settings(**fields: object) -> RunSettings:
    return RunSettings.model_validate({"kubeconfig": Path("/dev/null"), **fields})


def inventory_of(cluster: FakeCluster, facts: Facts | None = None, **fields: object) -> Inventory:
    return Survey(cluster, settings(**fields), facts or Facts()).inventory()


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster(nodes=[node("n")])


def test_a_fact_that_may_not_be_read_is_a_warning_with_its_name(cluster: FakeCluster) -> None:
    cluster.refuse.add(("list", f"{SYSTEM}/pods"))

    found = inventory_of(cluster)

    assert any(f"list {SYSTEM}/pods - forbidden" in warning for warning in found.warnings)


def test_nodes_that_may_not_be_listed_end_the_survey(cluster: FakeCluster) -> None:
    cluster.refuse.add(("list", "/api/v1/nodes"))

    with pytest.raises(Forbidden) as told:
        inventory_of(cluster)

    assert told.value.next_step


def test_the_domain_is_read_from_a_kubelet(cluster: FakeCluster) -> None:
    configz = {"kubeletconfig": {"clusterDomain": "parity.test", "clusterDNS": ["10.96.0.10"]}}
    cluster.node_answers["n:10250/configz"] = Answer(200, json.dumps(configz))

    assert inventory_of(cluster).cluster_domain == "parity.test"


def test_else_the_domain_is_read_from_coredns(cluster: FakeCluster) -> None:
    cluster.objects[f"{SYSTEM}/configmaps/coredns"] = {
        "metadata": {"name": "coredns"},
        "data": {"Corefile": ".:53 {\n  errors\n  kubernetes corp.test in-addr.arpa {\n  }\n}"},
    }

    assert inventory_of(cluster).cluster_domain == "corp.test"


def test_else_the_domain_is_assumed_and_said_to_be(cluster: FakeCluster) -> None:
    found = inventory_of(cluster)

    assert found.cluster_domain == "cluster.local"
    assert any("cluster.local is assumed" in warning for warning in found.warnings)


def test_a_selector_chooses_the_nodes_of_a_platform() -> None:
    cluster = FakeCluster(nodes=[node("old", labels={"pool": "old"}), node("new")])

    found = inventory_of(
        cluster, platforms=(PlatformOverride(platform="windows-2016", selector="pool=old"),)
    )

    assert {n.name: n.platform for n in found.nodes} == {"old": "windows-2016", "new": "linux"}


def test_the_first_entry_of_a_facts_file_that_chooses_a_node_counts(tmp_path: Path) -> None:
    path = tmp_path / "facts.yaml"
    path.write_text(
        "version: 1\n"
        "nodes:\n"
        "- selector: pool=old\n"
        "  proxy: {asked: kernel, effective: user, dataPlane: winuserspace}\n"
        "- selector: kubernetes.io/hostname\n"
        "  proxy: {asked: kernel, effective: kernel}\n",
        encoding="utf-8",
    )
    cluster = FakeCluster(nodes=[node("old", labels={"pool": "old"}), node("new")])

    found = inventory_of(cluster, read_facts(path))

    assert {n.name: n.proxy.effective for n in found.nodes} == {
        "old": Mode.USER,
        "new": Mode.KERNEL,
    }


def test_virtual_nodes_are_left_out() -> None:
    cluster = FakeCluster(nodes=[node("n"), node("v", labels={"type": "virtual-kubelet"})])

    found = inventory_of(cluster)

    assert [n.name for n in found.nodes] == ["n"]
    assert "v is a virtual node and is left out" in found.warnings


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version: 1\nnodes:\n- selector: a=b\n  proxi: {}\n", r"nodes\.0\.proxi"),
        ("version: 2\n", "version"),
        ("nodes: {", "cannot be read"),
        ("version: 1\nnodes:\n- selector: a=b\n  proxy: {asked: sideways}\n", r"nodes\.0\.proxy\.asked"),
    ],
)  # fmt: skip
def test_a_malformed_facts_file_is_a_usage_error_that_names_the_place(
    tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "facts.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(UsageError, match=told):
        read_facts(path)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"kubeconfig": None}, "give --kubeconfig FILE"),
        ({"kubeconfig": "/nonexistent"}, "--kubeconfig /nonexistent cannot be read"),
        ({"facts": "/nonexistent"}, "--facts /nonexistent cannot be read"),
        ({"platform": ["windows-2016"]}, "is not ID=SELECTOR"),
        ({"platform": ["windows-95=a=b"]}, "no such platform; one of linux, windows-2016"),
        ({"require_platform": ["beos"]}, "--require-platform beos: no such platform"),
        ({"patience": "angelic"}, "--patience angelic: no such profile; one of field, lab"),
        ({"feature": ["warp"]}, "--feature warp: no such feature; one of shared-compartment"),
    ],
)
def test_an_option_that_names_what_does_not_exist_is_a_usage_error(
    options: dict[str, object], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        RunSettings.parsed(**{"kubeconfig": "/dev/null", **options})  # type: ignore[arg-type]  # a row


def test_a_directory_that_holds_a_run_is_not_used_again(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").touch()

    with pytest.raises(UsageError, match="already holds a run"):
        settings(out=tmp_path).run_directory()


def test_a_run_goes_to_artifacts_where_ci_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTIFACTS", str(tmp_path))

    assert settings().run_directory() == tmp_path


def test_public_settings_show_no_path(tmp_path: Path) -> None:
    shown = settings(kubeconfig=tmp_path / "kubeconfig", out=tmp_path / "results").public()

    assert str(tmp_path) not in json.dumps(shown)
