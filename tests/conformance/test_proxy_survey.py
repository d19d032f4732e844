"""Which service proxy is found on each node of clusters as vendors make them, and how it is known."""

import json
from collections.abc import Callable

import pytest

from conformance.cluster import Answer
from conformance.kube_proxy_settings import Told
from conformance.proxies import settled
from tests.conformance import known_clusters as known
from tests.conformance.fake_cluster import FakeCluster
from tests.conformance.surveys import proxies, surveyed
from verdicts.inventory import Known, ServiceProxy
from verdicts.vocabulary import Mode

NOTHING = (Mode.UNKNOWN, Mode.UNKNOWN, Known.UNKNOWN, "", "")


def row(proxy: ServiceProxy) -> tuple[Mode, Mode, Known, str, str]:
    return (proxy.asked, proxy.effective, proxy.known_by, proxy.program, proxy.data_plane)


def kernel(known_by: Known, program: str, plane: str) -> tuple[Mode, Mode, Known, str, str]:
    return (Mode.KERNEL, Mode.KERNEL, known_by, program, plane)


@pytest.mark.parametrize(
    ("cluster", "expected"),
    [
        pytest.param(
            known.eks,
            {
                "ip-10-0-1-5": kernel(Known.CONFIGURATION, "kube-proxy", "iptables"),
                "ip-10-0-2-7": NOTHING,
            },
            id="eks",
        ),
        pytest.param(
            known.aks,
            {
                "aks-nodepool1-0": kernel(Known.ARGUMENTS, "kube-proxy", "iptables"),
                "aksnpwin000000": NOTHING,
            },
            id="aks",
        ),
        pytest.param(
            lambda: known.aks(cilium=True),
            {
                "aks-nodepool1-0": kernel(Known.DAEMON_SET, "cilium", "cilium ebpf"),
                "aksnpwin000000": NOTHING,
            },
            id="aks-powered-by-cilium",
        ),
        pytest.param(
            known.gke,
            {
                "gke-pool-1-abcd": kernel(Known.ARGUMENTS, "kube-proxy", "iptables"),
                "gke-win-1-abcd": NOTHING,
            },
            id="gke",
        ),
        pytest.param(
            lambda: known.gke(dataplane_v2=True),
            {
                "gke-pool-1-abcd": kernel(Known.DAEMON_SET, "cilium", "cilium ebpf"),
                "gke-win-1-abcd": NOTHING,
            },
            id="gke-dataplane-v2",
        ),
        pytest.param(
            lambda: known.kubeadm_cilium("true", kube_proxy=False),
            {"a": kernel(Known.DAEMON_SET, "cilium", "cilium ebpf"), "w": NOTHING},
            id="kubeadm-cilium-in-the-place-of-kube-proxy",
        ),
        pytest.param(
            lambda: known.kubeadm_cilium("true", kube_proxy=True),
            {"a": kernel(Known.DAEMON_SET, "cilium", "cilium ebpf"), "w": NOTHING},
            id="kubeadm-cilium-with-a-kube-proxy-left-behind",
        ),
        pytest.param(
            lambda: known.kubeadm_cilium("false", kube_proxy=True),
            {"a": kernel(Known.CONFIGURATION, "kube-proxy", "ipvs"), "w": NOTHING},
            id="kubeadm-cilium-beside-kube-proxy",
        ),
        pytest.param(
            lambda: known.kubeadm_cilium("disabled", kube_proxy=False),
            {"a": NOTHING, "w": NOTHING},
            id="cilium-leaves-services-to-what-nobody-sees",
        ),
        pytest.param(
            lambda: known.kubeadm_cilium(None, kube_proxy=False),
            {"a": kernel(Known.DAEMON_SET, "cilium", "cilium ebpf"), "w": NOTHING},
            id="cilium-alone-that-does-not-say",
        ),
        pytest.param(
            lambda: known.kubeadm_calico("ipvs"),
            {
                "a": kernel(Known.CONFIGURATION, "kube-proxy", "ipvs"),
                "w": kernel(Known.RELEASE, "kube-proxy", "kernelspace"),
            },
            id="kubeadm-calico-windows-started-by-a-script",
        ),
        pytest.param(
            lambda: known.kubeadm_calico(
                windows_args=[
                    "C:\\hpc\\kube-proxy.exe",
                    "--proxy-mode=kernelspace",
                    "--enable-dsr=true",
                ]
            ),
            {
                "a": kernel(Known.CONFIGURATION, "kube-proxy", "iptables"),
                "w": kernel(Known.ARGUMENTS, "kube-proxy", "kernelspace"),
            },
            id="kubeadm-calico-windows-by-flags",
        ),
        pytest.param(
            lambda: known.kubeadm_calico(
                "nftables",
                windows_args=["kube-proxy.exe", "--config=/var/lib/kube-proxy/config.conf"],
            ),
            {
                "a": kernel(Known.CONFIGURATION, "kube-proxy", "nftables"),
                "w": kernel(Known.RELEASE, "kube-proxy", "kernelspace"),
            },
            id="windows-told-a-mode-of-linux",
        ),
        pytest.param(
            known.k3s,
            dict.fromkeys(("server", "agent"), kernel(Known.ARGUMENTS, "kube-proxy", "iptables")),
            id="k3s",
        ),
        pytest.param(
            lambda: known.k3s(agent=["--kube-proxy-arg", "proxy-mode=ipvs"]),
            {
                "server": kernel(Known.ARGUMENTS, "kube-proxy", "iptables"),
                "agent": kernel(Known.ARGUMENTS, "kube-proxy", "ipvs"),
            },
            id="k3s-with-ipvs-on-the-agent",
        ),
        pytest.param(
            lambda: known.k3s("--disable-kube-proxy", "true"),
            {"server": NOTHING, "agent": NOTHING},
            id="k3s-without-kube-proxy",
        ),
        pytest.param(
            lambda: known.k3s("--disable-kube-proxy", "false"),
            dict.fromkeys(("server", "agent"), kernel(Known.ARGUMENTS, "kube-proxy", "iptables")),
            id="k3s-with-kube-proxy-not-disabled",
        ),
        pytest.param(
            lambda: known.k3s(server=False), {"agent": NOTHING}, id="k3s-whose-server-is-no-node"
        ),
        pytest.param(
            lambda: known.k3s(version="v1.20.15+k3s1"),
            {"server": NOTHING, "agent": NOTHING},
            id="k3s-that-does-not-show-its-file",
        ),
        pytest.param(
            known.rke2,
            {"a": kernel(Known.ARGUMENTS, "kube-proxy", "ipvs"), "w": NOTHING},
            id="rke2",
        ),
    ],
)
def test_a_pod_tells_of_the_node_that_it_runs_on_and_of_no_other(
    cluster: Callable[[], FakeCluster], expected: dict[str, tuple[Mode, Mode, Known, str, str]]
) -> None:
    assert {name: row(proxy) for name, proxy in proxies(cluster()).items()} == expected


def test_the_mode_is_the_proxys_own_word_before_what_its_pod_was_told() -> None:
    cluster = known.kubeadm_cilium("false", kube_proxy=True)
    cluster.node_answers["a:10249/proxyMode"] = Answer(200, "iptables")

    proxy = proxies(cluster)["a"]

    assert row(proxy) == kernel(Known.PROXY_MODE_ENDPOINT, "kube-proxy", "iptables")
    assert proxy.asked_by is Known.CONFIGURATION


def test_a_service_of_the_host_tells_at_its_own_endpoints_what_no_pod_tells() -> None:
    cluster = known.eks()
    cluster.node_answers["ip-10-0-2-7:10249/proxyMode"] = Answer(200, "kernelspace")
    cluster.node_answers["ip-10-0-2-7:10249/configz"] = Answer(
        200,
        json.dumps(
            {
                "kubeproxy.config.k8s.io": {
                    "kind": "KubeProxyConfiguration",
                    "mode": "kernelspace",
                    "winkernel": {"enableDSR": True},
                }
            }
        ),
    )

    proxy = proxies(cluster)["ip-10-0-2-7"]

    assert row(proxy) == kernel(Known.PROXY_MODE_ENDPOINT, "kube-proxy", "kernelspace")
    assert (proxy.asked_by, proxy.dsr) == (Known.CONFIGZ, True)


def test_a_proxy_that_fell_back_says_so_at_its_endpoint() -> None:
    cluster = known.with_objects([known.windows("old", "v1.20.2", "10.0.14393.2273")])
    cluster.objects["/version"] = {"gitVersion": "v1.20.2"}
    cluster.objects[f"/api/v1/namespaces/{known.SYSTEM}/pods/p"] = known.pod(
        "old", "kube-proxy-windows", ["kube-proxy.exe", "--proxy-mode=kernelspace"]
    )

    silent = proxies(cluster)["old"]
    cluster.node_answers["old:10249/proxyMode"] = Answer(200, "userspace")
    asked = proxies(cluster)["old"]

    assert (silent.asked, silent.effective, silent.known_by) == (
        Mode.KERNEL,
        Mode.UNKNOWN,
        Known.UNKNOWN,
    )
    assert asked.fell_back


def test_an_answer_that_this_system_cannot_give_is_not_taken_and_named() -> None:
    cluster = known.eks()
    cluster.node_answers["ip-10-0-2-7:10249/proxyMode"] = Answer(200, "iptables")

    found = surveyed(cluster)

    assert row(found.nodes[1].proxy) == NOTHING
    assert any("/proxyMode answered iptables" in warning for warning in found.warnings)


def test_a_mode_that_this_system_does_not_have_is_named() -> None:
    warnings = surveyed(
        known.kubeadm_calico(
            "nftables", windows_args=["kube-proxy.exe", "--config=/var/lib/kube-proxy/config.conf"]
        )
    ).warnings

    assert any("asks for the mode nftables" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("cluster", "refused", "name"),
    [
        (known.aks, f"/api/v1/namespaces/{known.SYSTEM}/pods", "aks-nodepool1-0"),
        (lambda: known.aks(cilium=True), f"{known.SYSTEM}/pods", "aks-nodepool1-0"),
        (known.k3s, f"{known.SYSTEM}/pods", "server"),
    ],
)
def test_pods_that_may_not_be_listed_are_no_sign_of_a_node_without_kube_proxy(
    cluster: Callable[[], FakeCluster], refused: str, name: str
) -> None:
    blind = cluster()
    blind.refuse.add(("list", refused))

    assert row(proxies(blind)[name]) == NOTHING


def test_a_configuration_that_may_not_be_read_is_not_the_default() -> None:
    cluster = known.kubeadm_calico("ipvs")
    cluster.refuse.add(("get", "configmaps/kube-proxy"))

    found = surveyed(cluster)

    assert found.nodes[0].proxy == ServiceProxy(program="kube-proxy", version="1.33.1")
    assert any("configmaps/kube-proxy" in warning for warning in found.warnings)


def test_a_cilium_whose_settings_may_not_be_read_is_not_taken_for_the_proxy() -> None:
    cluster = known.kubeadm_cilium(None, kube_proxy=False)
    cluster.refuse.add(("get", "configmaps/cilium-config"))

    found = surveyed(cluster)

    assert row(found.nodes[0].proxy) == NOTHING
    assert any("configmaps/cilium-config" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("version", "effective"),
    [
        pytest.param("v1.25.16", Mode.UNKNOWN, id="that-had-two-modes"),
        pytest.param("v1.26.0", Mode.KERNEL, id="that-has-one"),
    ],
)
def test_a_proxy_of_windows_that_was_told_a_mode_of_linux_runs_what_its_release_has(
    version: str, effective: Mode
) -> None:
    told = Told(known_by=Known.CONFIGURATION, mode="iptables", version=version.removeprefix("v"))

    proxy = settled(told, operating_system="windows", build=20348, server=(1, 37))

    assert (proxy.asked, proxy.effective) == (effective, effective)
    assert proxy.version == version.removeprefix("v")


@pytest.mark.parametrize(
    "command",
    [
        ["kube-proxy", "--proxy-mode=$(PROXY_MODE)"],
        ["/start.sh"],
        ["kube-proxy", "--config=/etc/kubernetes/on-the-host.yaml"],
    ],
)
def test_a_mode_that_the_pod_does_not_show_is_unknown(command: list[str]) -> None:
    cluster = known.with_objects([known.linux("a")], pods=[known.pod("a", command=command)])

    assert proxies(cluster)["a"].effective is Mode.UNKNOWN


def test_a_pod_that_never_began_tells_nothing() -> None:
    cluster = known.with_objects(
        [known.windows("w")],
        pods=[known.pod("w", command=["kube-proxy", "--proxy-mode=kernelspace"], running=False)],
    )

    assert row(proxies(cluster)["w"]) == NOTHING


def test_a_kube_router_that_only_routes_leaves_services_to_kube_proxy() -> None:
    pods = [
        known.pod("a", command=known.KUBEADM, mounts=["kube-proxy"]),
        known.pod("a", "kube-router", args=["--run-service-proxy=false"], container="kube-router"),
        known.pod("b", "kube-router", args=["--run-router=true"], container="kube-router"),
    ]
    cluster = known.with_objects(
        [known.linux("a"), known.linux("b")],
        pods=pods,
        config_maps={f"{known.SYSTEM}/kube-proxy": {"config.conf": known.configuration("")}},
    )

    found = proxies(cluster)

    assert row(found["a"]) == kernel(Known.CONFIGURATION, "kube-proxy", "iptables")
    assert row(found["b"]) == kernel(Known.DAEMON_SET, "kube-router", "ipvs")


def test_a_proxy_of_another_namespace_is_found_by_its_daemonset() -> None:
    cluster = known.with_objects(
        [known.linux("a")],
        pods=[
            known.pod(
                "a", "ovnkube-node", container="ovnkube-controller", namespace="openshift-ovn"
            )
        ],
    )

    assert row(proxies(cluster)["a"]) == kernel(Known.DAEMON_SET, "ovn-kubernetes", "ovs")
