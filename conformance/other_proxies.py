"""Service proxies that are no kube-proxy in a pod: what runs in its place, or around it; pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from conformance.kube_proxy_settings import Told, by_arguments, configuration_file, release
from conformance.objects import ApiNode, ApiPod
from verdicts.inventory import Known, ServiceProxy
from verdicts.vocabulary import Mode


@dataclass(frozen=True, slots=True)
class OtherProxy:
    """A service proxy other than kube-proxy, known by the DaemonSet that runs it."""

    daemonset: str
    program: str
    data_plane: str
    config_map: str = ""
    """The ConfigMap in the DaemonSet's namespace that says whether it replaces kube-proxy."""


# Each does its work in the kernel: eBPF, flows of Open vSwitch, or ipvs.
OTHER_PROXIES: Final = (
    OtherProxy(
        daemonset="cilium", program="cilium", data_plane="cilium ebpf", config_map="cilium-config"
    ),
    # https://cloud.google.com/kubernetes-engine/docs/concepts/dataplane-v2
    OtherProxy(
        daemonset="anetd", program="cilium", data_plane="cilium ebpf", config_map="cilium-config"
    ),
    OtherProxy(daemonset="ovnkube-node", program="ovn-kubernetes", data_plane="ovs"),
    OtherProxy(daemonset="kube-router", program="kube-router", data_plane="ipvs"),
)

_BY_DAEMONSET: Final = {known.daemonset: known for known in OTHER_PROXIES}


def other_proxy(pods: Sequence[ApiPod]) -> tuple[OtherProxy, ApiPod] | None:
    """Return the other proxy that has a pod among those of one node, with that pod."""
    for pod in pods:
        for owner in pod.metadata.owner_references:
            if owner.kind == "DaemonSet" and owner.name in _BY_DAEMONSET:
                return _BY_DAEMONSET[owner.name], pod
    return None


def replaces_kube_proxy(
    known: OtherProxy, pod: ApiPod, settings: Mapping[str, str] | None
) -> bool | None:
    """Say whether it serves ClusterIPs in kube-proxy's place; None where nothing shows it.

    Cilium says so in its ConfigMap, `settings`, in older releases by the name of a degree
    (https://docs.cilium.io/en/stable/network/kubernetes/kubeproxy-free/), kube-router by a flag
    that is on unless it is off (https://www.kube-router.io/docs/user-guide/).
    """
    if known.config_map:
        said = (settings or {}).get("kube-proxy-replacement", "").lower()
        return {"true": True, "strict": True, "false": False, "disabled": False}.get(said)
    words = [word for each in pod.spec.containers for word in (*each.command, *each.args)]
    return "--run-service-proxy=false" not in words


def serving(known: OtherProxy) -> ServiceProxy:
    """Return the other proxy as that of a node."""
    return ServiceProxy(
        asked=Mode.KERNEL,
        asked_by=Known.DAEMON_SET,
        effective=Mode.KERNEL,
        known_by=Known.DAEMON_SET,
        program=known.program,
        data_plane=known.data_plane,
    )


_K3S_ARGUMENTS: Final = "k3s.io/node-args"
_K3S_SHOWS_ITS_FILE: Final = (1, 22)


def by_k3s(nodes: Sequence[ApiNode]) -> dict[str, Told]:
    """Return what k3s tells the kube-proxy in its own process, by the names of the nodes.

    Each node shows its arguments, with those of its configuration file from 1.21.1 on
    (https://github.com/k3s-io/k3s/pull/3290). Servers alone are asked for `--disable-kube-proxy`,
    for all nodes: where no server is a node, nobody can tell.
    https://docs.k3s.io/cli/server
    """
    arguments = {node.metadata.name: _k3s_arguments(node) for node in nodes}
    servers = [words for words in arguments.values() if words and words[0] == "server"]
    if not servers or any(_disabled(words) for words in servers):
        return {}
    found: dict[str, Told] = {}
    for node in nodes:
        words = arguments[node.metadata.name]
        own = [
            f"--{value.lstrip('-')}"
            for flag, value in pairwise(words)
            if flag == "--kube-proxy-arg"
        ]
        if words and configuration_file(own) is None:
            told = by_arguments(["kube-proxy", *own])
            if told is not None:
                found[node.metadata.name] = replace(
                    told, version=node.status.node_info.kubelet_version.removeprefix("v")
                )
    return found


def _k3s_arguments(node: ApiNode) -> list[str]:
    """Return the arguments of a node's k3s; none where it is another program, or too old."""
    version = node.status.node_info.kubelet_version
    if "+k3s" not in version or (release(version) or (0, 0)) < _K3S_SHOWS_ITS_FILE:
        return []
    try:
        words = json.loads(node.metadata.annotations.get(_K3S_ARGUMENTS, "[]"))
    except ValueError:
        return []
    return [str(word) for word in words] if isinstance(words, list) else []


def _disabled(words: Sequence[str]) -> bool:
    """Say whether a flag is on; k3s writes `--flag=value` as two words."""
    flag = "--disable-kube-proxy"
    return any(
        word == flag and following != "false"
        for word, following in zip(words, [*words[1:], ""], strict=True)
    )
