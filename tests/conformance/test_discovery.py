"""Nodes as clusters have shown them, and the column that each is."""

import pytest

from conformance.discovery import NodeSources, classify, sample
from conformance.facts import DeclaredEmulation, DeclaredNodes
from conformance.objects import ApiNode, read
from tests.conformance.fake_cluster import node
from verdicts.inventory import EMULATES_LABEL, Known, ServiceProxy
from verdicts.vocabulary import Mode


def api(
    name: str = "n", *, ready: bool = True, labels: dict[str, str] | None = None, **info: str
) -> ApiNode:
    return read(ApiNode, node(name, ready=ready, labels=labels, **info))


def windows(labels: dict[str, str], info: dict[str, str]) -> ApiNode:
    found = node("n", labels=labels)
    status = found["status"]
    assert isinstance(status, dict)
    status["nodeInfo"] = {"operatingSystem": "windows", "kubeletVersion": "v1.30.0", **info}
    return read(ApiNode, found)


BUILD = "node.kubernetes.io/windows-build"


@pytest.mark.parametrize(
    ("labels", "info", "platform", "build"),
    [
        # The rows of recorded nodes: kernelVersion, osImage, and the label from 1.17 on.
        ({}, {"kernelVersion": "10.0.14393", "osImage": "Microsoft Windows [Version 10.0.14393]"}, "windows-2016", 14393),
        ({}, {"kernelVersion": "10.0.14393.2273", "osImage": "Windows Server 2016 Datacenter"}, "windows-2016", 14393),
        ({}, {"kernelVersion": "10.0.16299.309", "osImage": "Windows Server Datacenter"}, "windows-1709", 16299),
        ({}, {"kernelVersion": "10.0 16299 (16299.15.amd64fre.rs3_release.170928-1534)", "osImage": ""}, "windows-1709", 16299),
        ({}, {"kernelVersion": "10.0.17134.112", "osImage": "Windows Server Datacenter"}, "windows-1803", 17134),
        ({}, {"kernelVersion": "10.0.17763.557", "osImage": "Windows Server Datacenter"}, "windows-2019", 17763),
        ({BUILD: "10.0.17763"}, {"kernelVersion": "10.0.17763.1397", "osImage": "Windows Server 2019 Datacenter"}, "windows-2019", 17763),
        ({BUILD: "10.0.19041"}, {"kernelVersion": "10.0.19041.804", "osImage": "Windows Server Datacenter"}, "windows-2004", 19041),
        ({BUILD: "10.0.20348"}, {"kernelVersion": "10.0.20348.1668", "osImage": "Windows Server 2022 Datacenter"}, "windows-2022", 20348),
        ({BUILD: "10.0.26100"}, {"kernelVersion": "10.0.26100.32995", "osImage": "Windows Server 2025 Datacenter"}, "windows-2025", 26100),
        # The label outweighs the kernel version.
        ({BUILD: "10.0.20348"}, {"kernelVersion": "6.2.9200"}, "windows-2022", 20348),
        # Kubernetes 1.9.0 to 1.9.2 said 6.2 of every build, and osImage is never asked.
        ({}, {"kernelVersion": "6.2.9200", "osImage": "Windows Server 2016 Datacenter"}, "windows-unknown", None),
        ({}, {"kernelVersion": "10.0.30000.1"}, "windows-build-30000", 30000),
    ],
)  # fmt: skip
def test_a_windows_node_is_the_platform_of_its_build(
    labels: dict[str, str], info: dict[str, str], platform: str, build: int | None
) -> None:
    found = classify(NodeSources(api=windows(labels, info)))

    assert (found.platform, found.build, found.emulated_by) == (platform, build, ())


@pytest.mark.parametrize("label", ["kubernetes.io/os", "beta.kubernetes.io/os"])
def test_an_old_kubelet_names_its_system_by_a_label(label: str) -> None:
    found = classify(
        NodeSources(
            api=api(labels={label: "windows"}, operatingSystem="", kernelVersion="10.0.16299.15")
        )
    )

    assert found.platform == "windows-1709"


def test_a_linux_node_has_no_build_whatever_its_labels_say() -> None:
    found = classify(NodeSources(api=api(labels={BUILD: "10.0.17763"})))

    assert (found.platform, found.build) == ("linux", None)


@pytest.mark.parametrize(
    ("sources", "platform", "by"),
    [
        ({"labels": {EMULATES_LABEL: "windows-1709"}}, "windows-1709", (f"label {EMULATES_LABEL}",)),
        (
            {"declared": DeclaredNodes(selector="a=b", emulates=DeclaredEmulation(platform="windows-2016", by=("wrapper",)))},
            "windows-2016",
            ("wrapper",),
        ),
        ({"named": "windows-2019"}, "windows-2019", ("--platform",)),
        (
            {"named": "windows-2019", "labels": {EMULATES_LABEL: "windows-1709"}},
            "windows-2019",
            ("--platform",),
        ),
        ({"named": "linux"}, "linux", ()),
    ],
)  # fmt: skip
def test_a_node_judged_as_what_it_does_not_run_is_emulated(
    sources: dict[str, object], platform: str, by: tuple[str, ...]
) -> None:
    labels = sources.pop("labels", {})
    assert isinstance(labels, dict)
    found = classify(NodeSources(api=api(labels=labels), **sources))  # type: ignore[arg-type]  # a row

    assert (found.platform, found.emulated_by) == (platform, by)
    assert found.operating_system == "linux"


def test_a_declared_proxy_outweighs_what_was_found() -> None:
    found = ServiceProxy(effective=Mode.KERNEL, known_by=Known.PROXY_MODE_ENDPOINT)
    declared = DeclaredNodes.model_validate(
        {
            "selector": "a=b",
            "proxy": {"asked": "kernel", "effective": "user", "dataPlane": "winuserspace"},
        }
    )

    proxy = classify(NodeSources(api=api(), declared=declared, found_proxy=found)).proxy

    assert proxy.known_by is Known.DECLARED
    assert proxy.fell_back


def test_settings_are_declared_of_a_proxy_whose_mode_was_found() -> None:
    found = ServiceProxy(effective=Mode.KERNEL, known_by=Known.PROXY_MODE_ENDPOINT)
    declared = DeclaredNodes.model_validate({"selector": "a=b", "dsr": True})

    proxy = classify(NodeSources(api=api(), declared=declared, found_proxy=found)).proxy

    assert (proxy.known_by, proxy.dsr) == (Known.PROXY_MODE_ENDPOINT, True)


def test_one_node_of_each_platform_and_mode_is_judged_ready_ones_first() -> None:
    def judged_as(
        name: str, mode: Mode, *, ready: bool = True, platform: str = "linux"
    ) -> NodeSources:
        return NodeSources(
            api=api(name, ready=ready),
            named=platform,
            found_proxy=ServiceProxy(effective=mode),
        )

    nodes = [
        classify(each)
        for each in (
            judged_as("w", Mode.KERNEL, platform="windows-2022"),
            judged_as("a-not-ready", Mode.KERNEL, ready=False),
            judged_as("b-control-plane", Mode.KERNEL),
            judged_as("c", Mode.KERNEL),
            judged_as("d", Mode.USER),
        )
    ]

    chosen = sample(nodes, last=["b-control-plane"])

    assert {judged.id: judged.node.name for judged in chosen} == {
        "linux-kernel-0": "c",
        "linux-user-0": "d",
        "windows-2022-kernel-0": "w",
    }
    assert next(iter(chosen)).platform == "linux"


def test_a_platform_of_nodes_that_are_not_ready_is_still_judged() -> None:
    chosen = sample([classify(NodeSources(api=api("a", ready=False)))])

    assert chosen[0].node.reason == "KubeletNotReady cni config uninitialized"
