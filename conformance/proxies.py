"""What a service proxy's own words say of its mode; pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import yaml

from verdicts.inventory import Known, ServiceProxy
from verdicts.vocabulary import Mode

_MODES: Final = {
    "userspace": Mode.USER,
    "iptables": Mode.KERNEL,
    "ipvs": Mode.KERNEL,
    "nftables": Mode.KERNEL,
    "kernelspace": Mode.KERNEL,
}
_MODE_ARGUMENT = re.compile(r"--proxy-mode[= ](\w+)")


@dataclass(frozen=True, slots=True)
class OtherProxy:
    """A service proxy other than kube-proxy, known by the DaemonSet that runs it."""

    daemonset: str
    program: str
    data_plane: str


# Each does its work in the kernel: eBPF, or flows of Open vSwitch.
OTHER_PROXIES: Final = (
    OtherProxy(daemonset="cilium", program="cilium", data_plane="ebpf"),
    OtherProxy(daemonset="ovnkube-node", program="ovn-kubernetes", data_plane="ovs"),
    OtherProxy(daemonset="kube-router", program="kube-router", data_plane="ipvs"),
)


def by_endpoint(answer: str) -> ServiceProxy | None:
    """Read the body of kube-proxy's `/proxyMode`; None where it names no mode.

    The endpoint tells the effective mode only: what was asked for stays unknown.
    https://github.com/kubernetes/kubernetes/blob/v1.20.2/cmd/kube-proxy/app/server.go#L608-L620
    """
    data_plane = answer.strip()
    if data_plane not in _MODES:
        return None
    return ServiceProxy(
        effective=_MODES[data_plane],
        known_by=Known.PROXY_MODE_ENDPOINT,
        program="kube-proxy",
        data_plane=data_plane,
    )


def by_arguments(arguments: Iterable[str]) -> str | None:
    """Return the value of `--proxy-mode` among a kube-proxy's arguments, if it is there."""
    found = _MODE_ARGUMENT.search(" ".join(arguments))
    return found[1] if found else None


def by_configuration(text: str) -> str | None:
    """Return the mode that a KubeProxyConfiguration names, "" for its default, None if it is none.

    Raises nothing: a file that is no YAML is no evidence.
    """
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError:
        return None
    if not isinstance(data, dict) or data.get("kind") != "KubeProxyConfiguration":
        return None
    return str(data.get("mode") or "")


def configured(
    mode: str, *, operating_system: str, build: int | None, release: tuple[int, int]
) -> ServiceProxy:
    """Return what a configured mode tells of a node.

    Configuration is what was asked for. It is taken for the effective mode too, except where
    the asked-for mode is known to fall back silently: kernelspace on builds without the HNS
    policy lists (2016, https://github.com/kubernetes/kubernetes/pull/51064).
    """
    data_plane = mode or _default_mode(operating_system, release)
    asked = _MODES.get(data_plane, Mode.UNKNOWN)
    falls_back = data_plane == "kernelspace" and build is not None and build < _FIRST_KERNEL_BUILD
    return ServiceProxy(
        asked=asked,
        effective=Mode.UNKNOWN if falls_back else asked,
        known_by=Known.CONFIGURATION,
        program="kube-proxy",
        data_plane="" if falls_back else data_plane,
    )


_FIRST_KERNEL_BUILD: Final = 16299
_USERSPACE_GONE: Final = (1, 26)


def _default_mode(operating_system: str, release: tuple[int, int]) -> str:
    """Return kube-proxy's default: https://github.com/kubernetes/kubernetes/pull/112133 for 1.26."""
    if operating_system != "windows":
        return "iptables"
    return "userspace" if release < _USERSPACE_GONE else "kernelspace"


def other_proxy(daemonsets: Sequence[str], *, kubelet_version: str) -> ServiceProxy:
    """Name the data plane of a node that runs no kube-proxy pod.

    k3s runs kube-proxy inside its own process, in its default mode
    (https://docs.k3s.io/networking/networking-services); of an unknown data plane nothing is said.
    """
    for known in OTHER_PROXIES:
        if known.daemonset in daemonsets:
            return ServiceProxy(
                asked=Mode.KERNEL,
                effective=Mode.KERNEL,
                known_by=Known.CONFIGURATION,
                program=known.program,
                data_plane=known.data_plane,
            )
    if "+k3s" in kubelet_version or "+rke2" in kubelet_version:
        return ServiceProxy(
            asked=Mode.KERNEL,
            effective=Mode.KERNEL,
            known_by=Known.CONFIGURATION,
            program="kube-proxy",
            data_plane="iptables",
        )
    return ServiceProxy()
