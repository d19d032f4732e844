"""What a kube-proxy's configuration and flags say, in the spellings that they have been seen in."""

import json

import pytest

from conformance.kube_proxy_settings import (
    Told,
    by_arguments,
    by_configuration,
    by_configurations,
    by_configz,
    configuration_file,
    version_of,
)
from conformance.proxies import settled
from tests.conformance.known_clusters import configuration
from verdicts.inventory import Known
from verdicts.vocabulary import Mode


@pytest.mark.parametrize(
    ("words", "mode", "masquerades", "ranges"),
    [
        (["kube-proxy", "--proxy-mode=ipvs"], "ipvs", False, ()),
        (["kube-proxy", "--proxy-mode", "nftables"], "nftables", False, ()),
        (["/bin/sh", "-c", 'kube-proxy --proxy-mode="ipvs" 2>&1 | tee log'], "ipvs", False, ()),
        (["kube-proxy", "--proxy-mode=iptables", "--proxy-mode=ipvs"], "ipvs", False, ()),
        (["/hyperkube", "proxy", "--masquerade-all"], "", True, ()),
        (["kube-proxy", "--masquerade-all=false"], "", False, ()),
        (["kube-proxy", "--masquerade-all=$(MASQUERADE)"], "", None, ()),
        (["--cluster-cidr=10.4.0.0/14,fd00::/48"], "", False, ("10.4.0.0/14", "fd00::/48")),
        (["kube-proxy", "--cluster-cidr=10.4.0.0/14", "--detect-local-mode=NodeCIDR"], "", False, ()),
        (["C:\\k\\kube-proxy.exe", "--proxy-mode=kernelspace"], "kernelspace", False, ()),
    ],
)  # fmt: skip
def test_flags_are_read_as_the_program_reads_them(
    words: list[str],
    mode: str,
    masquerades: bool | None,  # noqa: FBT001  # a row
    ranges: tuple[str, ...],
) -> None:
    assert by_arguments(words) == Told(
        known_by=Known.ARGUMENTS, mode=mode, masquerade_all=masquerades, cluster_cidrs=ranges
    )


@pytest.mark.parametrize(
    "words", [[], ["/start.sh"], ["$env:CONTAINER_SANDBOX_MOUNT_POINT/kube-proxy/start.ps1"]]
)
def test_a_script_shows_no_flags(words: list[str]) -> None:
    assert by_arguments(words) is None


@pytest.mark.parametrize(
    ("words", "path"),
    [
        (["kube-proxy", "--config=/c/config.conf", "--proxy-mode=ipvs"], "/c/config.conf"),
        (["kube-proxy", "--config", "/c/config.conf"], "/c/config.conf"),
        (["kube-proxy", "--config-sync-period=15m"], None),
    ],
)
def test_a_configuration_file_is_named_by_one_flag(words: list[str], path: str | None) -> None:
    assert configuration_file(words) == path


def test_a_configuration_tells_mode_masquerading_and_ranges() -> None:
    told = by_configuration(configuration("ipvs", masquerade_all=True, cluster_cidr="10.4.0.0/14"))

    assert told == Told(
        known_by=Known.CONFIGURATION,
        mode="ipvs",
        masquerade_all=True,
        cluster_cidrs=("10.4.0.0/14",),
        dsr=False,
    )


def test_nftables_masquerades_by_a_setting_of_its_own() -> None:
    text = "kind: KubeProxyConfiguration\nmode: nftables\niptables: {masqueradeAll: true}\n"

    only_iptables = by_configuration(text)
    both = by_configuration(f"{text}nftables: {{masqueradeAll: true}}\n")

    assert only_iptables is not None
    assert both is not None
    assert (only_iptables.masquerade_all, both.masquerade_all) == (False, True)


@pytest.mark.parametrize(
    "text", ["kind: Config", "kind: KubeProxyConfiguration\nmode: [a]", "a: b: c", "", "- a"]
)
def test_what_is_no_configuration_is_no_evidence(text: str) -> None:
    assert by_configuration(text) is None


def test_of_several_configurations_the_one_of_that_name_counts_and_else_none() -> None:
    texts = {"linux.conf": configuration("ipvs"), "windows.conf": configuration("kernelspace")}

    named = by_configurations(texts, "C:\\var\\windows.conf")

    assert named is not None
    assert named.mode == "kernelspace"
    assert by_configurations(texts, "/var/lib/kube-proxy/config.conf") is None


@pytest.mark.parametrize(
    "body",
    [
        # In 1.25 by the names of the Go type, later by those of its parts, in 1.37 by the API's.
        {"Mode": "iptables", "IPTables": {"MasqueradeAll": True}, "ClusterCIDR": "10.4.0.0/14"},
        {"Mode": "iptables", "Linux": {"MasqueradeAll": True}, "DetectLocal": {"ClusterCIDRs": ["10.4.0.0/14"]}},
        {"mode": "iptables", "iptables": {"masqueradeAll": True}, "clusterCIDR": "10.4.0.0/14", "conntrack": None},
    ],
)  # fmt: skip
def test_what_runs_is_told_in_the_spellings_of_every_release(body: dict[str, object]) -> None:
    assert by_configz(json.dumps({"kubeproxy.config.k8s.io": body})) == Told(
        known_by=Known.CONFIGZ,
        mode="iptables",
        masquerade_all=True,
        cluster_cidrs=("10.4.0.0/14",),
    )


@pytest.mark.parametrize("answer", ["", "404 page not found", "[]", '{"kubeletconfig": {}}'])
def test_another_answer_at_configz_is_no_evidence(answer: str) -> None:
    assert by_configz(answer) is None


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("registry.k8s.io/kube-proxy:v1.33.1", "1.33.1"),
        ("registry.example:5000/kube-proxy", ""),
        ("registry.example:5000/kube-proxy:v1.25.16@sha256:0f0f", "1.25.16"),
        ("kube-proxy:latest", ""),
    ],
)
def test_an_image_names_the_version_by_its_tag(image: str, version: str) -> None:
    assert version_of(image) == version


@pytest.mark.parametrize(
    ("system", "version", "server", "data_plane"),
    [
        ("linux", "", (1, 33), "iptables"),
        ("windows", "1.25.16", (1, 27), "userspace"),
        ("windows", "1.26.0", (1, 28), "kernelspace"),
        ("windows", "", (1, 25), "userspace"),
        ("windows", "", (1, 29), "kernelspace"),
        ("windows", "", (1, 28), ""),
    ],
)
def test_the_default_is_that_of_the_proxys_own_release(
    system: str, version: str, server: tuple[int, int], data_plane: str
) -> None:
    told = Told(known_by=Known.ARGUMENTS, mode="", version=version)

    proxy = settled(told, operating_system=system, build=20348, server=server)

    assert proxy.data_plane == data_plane


@pytest.mark.parametrize(
    ("mode", "system"), [("iptables", "windows"), ("kernelspace", "linux"), ("auto", "linux")]
)
def test_a_mode_that_the_system_does_not_have_tells_nothing_of_the_node(
    mode: str, system: str
) -> None:
    told = Told(known_by=Known.CONFIGURATION, mode=mode, masquerade_all=True)

    proxy = settled(told, operating_system=system, build=20348, server=(1, 33))

    assert (proxy.asked, proxy.effective, proxy.masquerade_all) == (
        Mode.UNKNOWN,
        Mode.UNKNOWN,
        None,
    )
