"""The service proxies: how each is started, and which mode it was asked for."""

import os
import resource
from dataclasses import dataclass
from pathlib import Path

import yaml

from lab import granted_limits
from lab.api import Api
from lab.errors import LabError
from lab.machine import Program
from lab.node_description import Emulation, Node, Proxy
from lab.processes import PYTHON
from lab.toolchain import Toolchain
from lab.topology import Topology
from lab.waiting import eventually

PROXY_MODE_PORT = 10249
_START_TIMEOUT = 30.0
_OPEN_FILES = 64_000
"""What kube-proxy 1.25 in userspace mode asks for, and dies without."""


@dataclass(frozen=True, slots=True)
class ProxyProgram:
    """What a proxy is called where people read about it."""

    name: str
    version: str


def described(topology: Topology, node: Node) -> ProxyProgram:
    """Name the node's proxy program and its version."""
    versions = topology.versions
    return {
        Proxy.NFTABLES: ProxyProgram("kube-proxy", versions.kubernetes),
        Proxy.LINUX_USERSPACE: ProxyProgram("kube-proxy", versions.linux_userspace_proxy),
        Proxy.WINDOWS_USERSPACE: ProxyProgram(
            "winuserspace of kube-proxy", versions.windows_userspace_proxy
        ),
    }[node.proxy]


def program(  # noqa: PLR0913 - what a command line names
    topology: Topology,
    node: Node,
    *,
    toolchain: Toolchain,
    kubeconfig: Path,
    directory: Path,
    log: Path,
) -> Program:
    """Return the process that is the node's service proxy."""
    if node.proxy is Proxy.WINDOWS_USERSPACE:
        asked = "kernelspace" if node.asked_mode == "kernel" else "userspace"
        argv: list[str | Path] = [
            toolchain.binary("windows-userspace-proxy"),
            f"-kubeconfig={kubeconfig}",
            f"-proxy-mode={asked}",
            f"-metrics-bind-address=0.0.0.0:{PROXY_MODE_PORT}",
            "-v=2",
        ]
        return _program(argv, log)
    configuration = directory / "kube-proxy.yaml"
    configuration.write_text(yaml.safe_dump(_configuration(topology, node, kubeconfig)))
    if node.proxy is Proxy.NFTABLES:
        return _program(
            [toolchain.binary("kube-proxy"), f"--config={configuration}", "--v=2"], log
        )
    argv = [toolchain.binary("kube-proxy-1.25"), f"--config={configuration}", "--v=2"]
    if _may_open(_OPEN_FILES):
        return _program(argv, log, nofile=_OPEN_FILES)
    # The hard limit is lower and may not be raised here, so the program is told that it was:
    # 1.25 ends where setrlimit fails. It may go with the userspace proxy itself.
    return _program([*PYTHON, granted_limits.__file__, *argv], log)


def said_mode(api: Api, node: str) -> str:
    """Return what the node's service proxy says at /proxyMode. Errors as `Api.text`."""
    return api.text(f"/api/v1/nodes/{node}:{PROXY_MODE_PORT}/proxy/proxyMode")


def await_mode(api: Api, node: str) -> str:
    """Return what the node's service proxy says at /proxyMode, once it says anything.

    Raises:
        LabError: it says nothing for 30 s.
    """

    def ask() -> str:
        try:
            return said_mode(api, node)
        except LabError as error:
            raise ConnectionError(str(error)) from error  # 503 until the proxy listens.

    return eventually(
        ask,
        what=f"the service proxy of {node} says its mode",
        timeout=_START_TIMEOUT,
        next_step=f"read `netparity lab logs {node}`",
    )


def _program(argv: list[str | Path], log: Path, *, nofile: int | None = None) -> Program:
    return Program(
        name="kube-proxy", argv=argv, log=log, env={"PATH": os.environ["PATH"]}, nofile=nofile
    )


def _may_open(files: int) -> bool:
    """Tell whether a process of ours can have that many open files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard >= files:
        return True
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, files))
    except (ValueError, PermissionError):
        return False
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return True


def _configuration(topology: Topology, node: Node, kubeconfig: Path) -> dict[str, object]:
    # Pods that live in the host's address space must be known as this node's own, else they are
    # masqueraded and kernel mode looks like user mode.
    own_pods = topology.pods(node) if node.has_host_addresses else topology.pod_cidr
    nftables = {"minSyncPeriod": "100ms", "masqueradeAll": node.emulates(Emulation.NON_DSR)}
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": node.proxy.value,
        "clientConnection": {"kubeconfig": str(kubeconfig)},
        "hostnameOverride": node.name,
        "clusterCIDR": str(own_pods),
        "detectLocalMode": "ClusterCIDR",
        "metricsBindAddress": f"0.0.0.0:{PROXY_MODE_PORT}",
        "bindAddress": "0.0.0.0",  # noqa: S104 - all of the node's own namespace
        # nf_conntrack_max is the host's.
        "conntrack": {"maxPerCore": 0},
        # The user mode of 1.25 goes through every rule at each sync, so it keeps to its own pace.
        **({"nftables": nftables} if node.proxy is Proxy.NFTABLES else {}),
    }
