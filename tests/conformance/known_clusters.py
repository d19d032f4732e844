"""Clusters as vendors and installers make them, reduced to what tells of their service proxies.

The shapes are those of live clusters: EKS, AKS and GKE as of 1.33, kubeadm with Cilium, or with
Calico and Windows nodes by sig-windows-tools, k3s and RKE2.
"""

import json
from collections.abc import Mapping, Sequence

from conformance.objects import JsonObject
from tests.conformance.fake_cluster import FakeCluster, node

SYSTEM = "kube-system"
BUILD_2019 = "10.0.17763.6893"
BUILD_2022 = "10.0.20348.3692"


def linux(name: str, version: str = "v1.33.1") -> JsonObject:
    return node(name, labels={"kubernetes.io/os": "linux"}, kubeletVersion=version)


def windows(name: str, version: str = "v1.33.1", build: str = BUILD_2022) -> JsonObject:
    return node(
        name,
        labels={
            "kubernetes.io/os": "windows",
            "node.kubernetes.io/windows-build": build.rpartition(".")[0],
        },
        operatingSystem="windows",
        kubeletVersion=version,
        kernelVersion=build,
        osImage="Windows Server 2022 Datacenter",
    )


def pod(
    on: str,
    daemonset: str = "kube-proxy",
    command: Sequence[str] = (),
    args: Sequence[str] = (),
    *,
    container: str = "kube-proxy",
    image: str = "registry.k8s.io/kube-proxy:v1.33.1",
    mounts: Sequence[str] = (),
    namespace: str = SYSTEM,
    static: bool = False,
    running: bool = True,
) -> JsonObject:
    """Return a pod of a DaemonSet, or a static one, as the API shows it."""
    owner: JsonObject = (
        {"apiVersion": "v1", "kind": "Node", "name": on}
        if static
        else {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": daemonset}
    )
    host: JsonObject = {"name": "lib-modules", "hostPath": {"path": "/lib/modules"}}
    state: JsonObject = (
        {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
        if running
        else {"waiting": {"reason": "ImagePullBackOff"}}
    )
    mounted: list[JsonObject] = [{"name": each, "configMap": {"name": each}} for each in mounts]
    return {
        "metadata": {
            "name": f"{daemonset}-{on}",
            "namespace": namespace,
            "ownerReferences": [owner],
        },
        "spec": {
            "nodeName": on,
            "hostNetwork": True,
            "containers": [
                {"name": container, "image": image, "command": [*command], "args": [*args]}
            ],
            "volumes": [
                host,
                *mounted,
                {
                    "name": "kube-api-access",
                    "projected": {"sources": [{"configMap": {"name": "kube-root-ca.crt"}}]},
                },
            ],
        },
        "status": {
            "phase": "Running" if running else "Pending",
            "containerStatuses": [{"name": container, "ready": running, "state": state}],
        },
    }


def with_objects(
    nodes: Sequence[JsonObject],
    *,
    pods: Sequence[JsonObject] = (),
    config_maps: Mapping[str, Mapping[str, str]] | None = None,
    version: str = "v1.33.1",
) -> FakeCluster:
    """Return a cluster; ConfigMaps are named `namespace/name`, DaemonSets follow from the pods."""
    cluster = FakeCluster(nodes=nodes)
    cluster.objects["/version"] = {"gitVersion": version}
    for each in pods:
        metadata = each["metadata"]
        assert isinstance(metadata, dict)
        namespace = metadata["namespace"]
        cluster.objects[f"/api/v1/namespaces/{namespace}/pods/{metadata['name']}"] = each
        owners = metadata["ownerReferences"]
        assert isinstance(owners, list)
        for owner in owners:
            assert isinstance(owner, dict)
            if owner["kind"] == "DaemonSet":
                cluster.objects[f"/apis/apps/v1/daemonsets/{owner['name']}"] = {
                    "metadata": {"name": owner["name"], "namespace": namespace}
                }
    for name, data in (config_maps or {}).items():
        namespace, _, own = name.partition("/")
        cluster.objects[f"/api/v1/namespaces/{namespace}/configmaps/{own}"] = {
            "metadata": {"name": own, "namespace": namespace},
            "data": dict(data),
        }
    return cluster


def configuration(mode: str, *, masquerade_all: bool = False, cluster_cidr: str = "") -> str:
    """Return a KubeProxyConfiguration as kubeadm and EKS write it, nulls included."""
    return (
        "apiVersion: kubeproxy.config.k8s.io/v1alpha1\n"
        f'bindAddress: 0.0.0.0\nclusterCIDR: "{cluster_cidr}"\ndetectLocalMode: ""\n'
        f"iptables:\n  masqueradeAll: {str(masquerade_all).lower()}\n  masqueradeBit: null\n"
        "ipvs:\n  excludeCIDRs: null\n  scheduler: ''\n"
        "kind: KubeProxyConfiguration\nmetricsBindAddress: ''\n"
        f'mode: "{mode}"\nnodePortAddresses: null\n'
        "winkernel:\n  enableDSR: false\n  networkName: ''\n"
    )


def eks() -> FakeCluster:
    """Linux by a DaemonSet with `kube-proxy-config`; on Windows a service of the host."""
    on_linux = pod(
        "ip-10-0-1-5",
        command=[
            "kube-proxy",
            "--v=2",
            "--config=/var/lib/kube-proxy-config/config",
            "--hostname-override=$(NODE_NAME)",
        ],
        image="602401143452.dkr.ecr.us-east-2.amazonaws.com/eks/kube-proxy:v1.33.3-minimal-eksbuild.6",
        mounts=["kube-proxy", "kube-proxy-config"],
    )
    return with_objects(
        [linux("ip-10-0-1-5", "v1.33.1-eks-1"), windows("ip-10-0-2-7", "v1.33.1-eks-1")],
        pods=[on_linux, pod("ip-10-0-1-5", "aws-node", container="aws-node")],
        config_maps={
            f"{SYSTEM}/kube-proxy": {"kubeconfig": "kind: Config\napiVersion: v1\n"},
            f"{SYSTEM}/kube-proxy-config": {"config": configuration("iptables")},
            f"{SYSTEM}/amazon-vpc-cni": {"enable-windows-ipam": "true"},
        },
    )


def aks(*, cilium: bool = False) -> FakeCluster:
    """Linux by flags alone, or by Cilium; on Windows a service of the host."""
    proxy = pod(
        "aks-nodepool1-0",
        command=[
            "kube-proxy",
            "--conntrack-max-per-core=0",
            "--metrics-bind-address=0.0.0.0:10249",
            "--kubeconfig=/var/lib/kubelet/kubeconfig",
            "--cluster-cidr=10.244.0.0/16",
            "--detect-local-mode=ClusterCIDR",
            "--pod-interface-name-prefix=",
            "--v=3",
        ],
        image="mcr.microsoft.com/oss/kubernetes/kube-proxy:v1.33.1-2",
    )
    agent = pod(
        "aks-nodepool1-0",
        "cilium",
        ["cilium-agent"],
        ["--config-dir=/tmp/cilium/config-map"],
        container="cilium-agent",
        image="mcr.microsoft.com/containernetworking/cilium/cilium:v1.17.4",
    )
    return with_objects(
        [linux("aks-nodepool1-0"), windows("aksnpwin000000")],
        pods=[agent if cilium else proxy],
        config_maps={f"{SYSTEM}/cilium-config": {"kube-proxy-replacement": "true"}}
        if cilium
        else {},
    )


def gke(*, dataplane_v2: bool = False) -> FakeCluster:
    """Linux by static pods that start a shell, or by anetd; on Windows a service of the host."""
    proxy = pod(
        "gke-pool-1-abcd",
        command=[
            "/bin/sh",
            "-c",
            (
                "exec kube-proxy --kubeconfig=/var/lib/kube-proxy/kubeconfig --cluster-cidr=10.44.0.0/14 "
                "--v=2 --iptables-sync-period=1m --detect-local-mode=NodeCIDR 1>>/var/log/proxy.log"
            ),
        ],
        image="gcr.io/gke-release/kube-proxy-amd64:v1.33.1-gke.1662000",
        static=True,
    )
    agent = pod("gke-pool-1-abcd", "anetd", ["cilium-agent"], container="cilium-agent")
    return with_objects(
        [linux("gke-pool-1-abcd", "v1.33.1-gke.1662000"), windows("gke-win-1-abcd")],
        pods=[agent if dataplane_v2 else proxy],
    )


KUBEADM = ("/usr/local/bin/kube-proxy", "--config=/var/lib/kube-proxy/config.conf")


def kubeadm_cilium(replacement: str | None, *, kube_proxy: bool) -> FakeCluster:
    """Linux nodes with Cilium, and one Windows node that joined without any pod network."""
    pods = [
        pod("a", "cilium", ["cilium-agent"], container="cilium-agent"),
        *([pod("a", command=KUBEADM, mounts=["kube-proxy"])] if kube_proxy else []),
    ]
    config_maps = {f"{SYSTEM}/kube-proxy": {"config.conf": configuration("ipvs")}}
    if replacement is not None:
        config_maps[f"{SYSTEM}/cilium-config"] = {"kube-proxy-replacement": replacement}
    return with_objects([linux("a"), windows("w")], pods=pods, config_maps=config_maps)


def kubeadm_calico(mode: str = "", *, windows_args: Sequence[str] = ()) -> FakeCluster:
    """Linux by kubeadm's ConfigMap, which the Windows pods mount too, for its kubeconfig only."""
    script = ("$env:CONTAINER_SANDBOX_MOUNT_POINT/kube-proxy/start.ps1",)
    return with_objects(
        [linux("a"), windows("w", build=BUILD_2019)],
        pods=[
            pod(
                "a", command=(*KUBEADM, "--hostname-override=$(NODE_NAME)"), mounts=["kube-proxy"]
            ),
            pod(
                "w",
                "kube-proxy-windows",
                args=windows_args or script,
                image="docker.io/sigwindowstools/kube-proxy:v1.33.1-calico-hostprocess",
                mounts=["kube-proxy"],
            ),
        ],
        config_maps={
            f"{SYSTEM}/kube-proxy": {
                "config.conf": configuration(mode, cluster_cidr="10.244.0.0/16"),
                "kubeconfig.conf": "kind: Config\napiVersion: v1\n",
            }
        },
    )


def k3s(
    *arguments: str, agent: Sequence[str] = (), version: str = "v1.33.1+k3s1", server: bool = True
) -> FakeCluster:
    """A server and an agent, whose kube-proxies run inside k3s; `arguments` are the server's."""
    nodes = []
    for name, words in (("server", ["server", *arguments]), ("agent", ["agent", *agent])):
        if name == "server" and not server:
            continue
        each = linux(name, version)
        metadata = each["metadata"]
        assert isinstance(metadata, dict)
        metadata["annotations"] = {
            "k3s.io/hostname": name,
            "k3s.io/node-args": json.dumps(words),
        }
        nodes.append(each)
    return with_objects(nodes, version=version)


def rke2() -> FakeCluster:
    """Linux by static pods; on Windows a process of the agent's."""
    return with_objects(
        [linux("a", "v1.33.1+rke2r1"), windows("w", "v1.33.1+rke2r1")],
        pods=[
            pod(
                "a",
                command=["kube-proxy"],
                args=["--cluster-cidr=10.42.0.0/16", "--proxy-mode=ipvs", "--masquerade-all"],
                image="index.docker.io/rancher/hardened-kubernetes:v1.33.1-rke2r1-build20250515",
                static=True,
            )
        ],
        version="v1.33.1+rke2r1",
    )
