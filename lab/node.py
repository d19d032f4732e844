"""A node: a machine with containerd, a kubelet and a service proxy."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from lab import cni, emulations, network, proxies, runtime
from lab.cgroups import Cgroups
from lab.image_store import populate
from lab.images import Images
from lab.init_protocol import MachineSpec
from lab.layout import Layout
from lab.machine import Machine, Program
from lab.node_description import Column, Emulation, Node
from lab.oci_wrapper import installation as oci_wrapper
from lab.toolchain import Toolchain
from lab.topology import Topology

EMULATES_LABEL = "netparity.local/emulates"
_CNI_PLUGINS = ("bridge", "ptp", "loopback", "host-local", "portmap")

_HOST_WIDE_SYSCTLS = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}
"""What a kubelet makes of the whole host, not of its namespaces.

Files with these values lie over them in the node's mount namespace: the kubelet finds what it
wants and writes nothing.
https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/kubelet/cm/container_manager_linux.go
"""


@dataclass(frozen=True, slots=True)
class NodeMachine:
    """A node of the topology together with where its programs and files are."""

    topology: Topology
    node: Node
    layout: Layout
    toolchain: Toolchain
    images: Images

    @property
    def directory(self) -> Path:
        """The node's files."""
        return self.layout.node(self.node.name)

    @property
    def machine(self) -> Machine:
        """The machine itself."""
        return Machine(self.node.name, self.node.namespace, self.directory)

    @property
    def cni_folder(self) -> Path:
        """Where containerd looks for the node's CNI configuration."""
        return self.directory / "net.d"

    def prepare(self, *, image_store: Path) -> None:
        """Write the node's files and make its network; nothing runs yet."""
        self._write_files()
        populate(image_store, self.directory / "root")
        network.create_node(self.topology, self.node)

    def boot(self, cgroups: Cgroups) -> None:
        """Start PID 1 and containerd; neither needs the API server."""
        machine = self.machine
        machine.boot(
            MachineSpec(
                hostname=self.node.name,
                cgroups=cgroups.create(self.node.cgroup),
                keep=self.layout.kept(self.toolchain),
                sysctls=emulations.sysctls(self.node),
                binds=self._binds(),
            ),
            log=self._log("init"),
        )
        machine.start(
            self._program(
                "containerd",
                [
                    self.toolchain.binary("containerd"),
                    f"--config={self.directory / 'containerd.toml'}",
                ],
            )
        )

    def start_kubelet(self) -> None:
        """Start the kubelet, once containerd listens: without it a kubelet ends."""
        runtime.await_containerd(self.machine, log=self._log("containerd"))
        self.machine.start(
            self._program(
                "kubelet",
                [
                    self.toolchain.binary("kubelet"),
                    f"--config={self.directory / 'kubelet.json'}",
                    f"--kubeconfig={self.layout.credentials(self.node.name)}",
                    f"--root-dir={self.directory / 'kubelet'}",
                    f"--hostname-override={self.node.name}",
                    f"--node-ip={self.topology.address(self.node)}",
                    "--v=2",
                ],
            )
        )

    def start_proxy(self) -> None:
        """Start the service proxy and load what the node's emulations put around it."""
        emulations.apply_firewall(self.topology, self.node, self.machine)
        self.machine.start(
            proxies.program(
                self.topology,
                self.node,
                toolchain=self.toolchain,
                kubeconfig=self.layout.credentials("proxy"),
                directory=self.directory,
                log=self._log("kube-proxy"),
            )
        )

    def manifest(self) -> dict[str, object]:
        """Return the Node object, as it stands before its kubelet fills it.

        It is made beforehand so that pod CIDRs follow the address plan and not the order in
        which kubelets come; nodes whose pods live in the host's address space have none.
        """
        node = self.node
        labels = {
            "kubernetes.io/hostname": node.name,
            "kubernetes.io/os": "linux",
            "beta.kubernetes.io/os": "linux",
        }
        if node.column is not Column.LINUX:
            labels[EMULATES_LABEL] = node.column.value
        cidr = str(self.topology.pods(node))
        spec = {} if node.has_host_addresses else {"podCIDR": cidr, "podCIDRs": [cidr]}
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": node.name, "labels": labels},
            "spec": spec,
        }

    def _log(self, process: str) -> Path:
        return self.layout.log(f"{self.node.name}/{process}")

    def _program(self, name: str, argv: list[str | Path]) -> Program:
        search = [*map(str, self.toolchain.directories), os.environ["PATH"]]
        return Program(
            name=name, argv=argv, log=self._log(name), env={"PATH": os.pathsep.join(search)}
        )

    def _binds(self) -> list[tuple[str, str]]:
        directory = self.directory
        shown = emulations.shown_cni_configuration(
            self.node, directory=directory, used=self.cni_folder
        )
        own = ("log/pods", "log/containers", "lib/cni")
        return [
            *((str(directory / "var" / name), f"/var/{name}") for name in own),
            (str(shown), "/etc/cni/net.d"),
            *(
                (str(directory / "sysctl" / name), f"/proc/sys/{name}")
                for name in _HOST_WIDE_SYSCTLS
            ),
        ]

    def _write_files(self) -> None:
        directory = self.directory
        self._log("init").parent.mkdir(parents=True, exist_ok=True)
        for name in ("kubelet", "var/log/pods", "var/log/containers", "var/lib/cni"):
            (directory / name).mkdir(parents=True, exist_ok=True)
        for name, value in _HOST_WIDE_SYSCTLS.items():
            path = directory / "sysctl" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{value}\n")
        cni.write(self.topology, self.node, self.cni_folder)
        (directory / "resolv.conf").write_text(f"nameserver {self.topology.api_address}\n")
        (directory / "containerd.toml").write_text(
            runtime.containerd_config(
                self.node,
                directory=directory,
                cni_configuration=self.cni_folder,
                cni_plugins=self._cni_plugins(),
                runc=self._runc(),
                sandbox_image=self.images.sandbox,
            )
        )
        (directory / "kubelet.json").write_text(json.dumps(self._kubelet_configuration()))

    def _runc(self) -> Path:
        if not emulations.needs_wrapper(self.node):
            return self.toolchain.binary("runc")
        return oci_wrapper.install(
            self.directory,
            launcher=self.toolchain.binary("oci-launcher"),
            runc=self.toolchain.binary("runc"),
            state=self.directory / "oci-wrapper-state",
            log=self._log("oci-wrapper"),
            cni_configuration=self.cni_folder,
            cni_plugins=self._cni_plugins(),
            own_compartment=self.node.emulates(Emulation.RUNTIME_WRAPPER),
            plain_resolv_conf=self.node.emulates(Emulation.PLAIN_RESOLV_CONF),
        )

    def _cni_plugins(self) -> list[Path]:
        return sorted({self.toolchain.binary(name).parent for name in _CNI_PLUGINS})

    def _kubelet_configuration(self) -> dict[str, object]:
        pki = self.layout.pki
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": str(pki.certificate("ca"))},
            },
            "authorization": {"mode": "Webhook"},
            "tlsCertFile": str(pki.certificate(self.node.name)),
            "tlsPrivateKeyFile": str(pki.key(self.node.name)),
            "clusterDNS": [str(self.topology.dns_address)],
            "clusterDomain": self.topology.cluster_domain,
            "resolvConf": str(self.directory / "resolv.conf"),
            "containerRuntimeEndpoint": f"unix://{runtime.SOCKET}",
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{self.node.cgroup}",
            "failCgroupV1": False,
            "enforceNodeAllocatable": [],
            "failSwapOn": False,
            # A machine without CAP_SYS_RESOURCE may not lower it.
            "oomScoreAdj": 0,
            # Its default lies in /usr/libexec, on the host.
            "volumePluginDir": str(self.directory / "volume-plugins"),
            # All nodes share one disk and one memory; none may evict for what another uses.
            "evictionHard": {
                "memory.available": "50Mi",
                "nodefs.available": "1%",
                "imagefs.available": "1%",
            },
            "imageGCHighThresholdPercent": 100,
            # Runs of one kept fleet end the same container over and over, to see it come back.
            "crashLoopBackOff": {"maxContainerRestartPeriod": "1s"},
            "serializeImagePulls": False,
            "nodeStatusUpdateFrequency": "5s",
            "shutdownGracePeriod": "0s",
        }
