"""The control plane: etcd, API server, controller manager and scheduler on the fabric."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from lab.api import Api
from lab.cgroups import Cgroups
from lab.errors import LabError
from lab.init_protocol import MachineSpec
from lab.layout import Layout
from lab.machine import Machine, Program
from lab.namespaces import FABRIC
from lab.toolchain import Toolchain
from lab.topology import Topology
from lab.waiting import eventually

_ETCD = "http://127.0.0.1:2379"
_ETCD_PEER = "http://127.0.0.1:2380"
_READY_TIMEOUT = 90.0


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """The machine of the control plane; it shares the fabric's network namespace."""

    topology: Topology
    layout: Layout
    toolchain: Toolchain

    @property
    def machine(self) -> Machine:
        """The machine itself."""
        return Machine("control-plane", FABRIC, self.layout.control_plane)

    def boot(self, cgroups: Cgroups) -> None:
        """Start etcd, and what waits by itself: the API server for etcd, the manager for that."""
        self.layout.control_plane.mkdir(parents=True, exist_ok=True)
        machine = self.machine
        machine.boot(
            MachineSpec(
                hostname="netparity",
                cgroups=cgroups.create(FABRIC),
                keep=self.layout.kept(self.toolchain),
                sysctls={"net.ipv4.ip_forward": "1"},
            ),
            log=self.layout.log("control-plane"),
        )
        for program in (self._etcd(), self._apiserver(), self._controller_manager()):
            machine.start(program)

    def await_api(self, api: Api) -> None:
        """Return when the API server says that it is ready.

        Raises:
            LabError: it ended, or is not ready after 90 s.
        """
        machine = self.machine

        def ready() -> str:
            ended = machine.ended()
            for name in ("etcd", "kube-apiserver"):
                if name in ended:
                    raise LabError(
                        f"{name} ended with code {ended[name]} while the control plane started",
                        next_step=f"read {self.layout.log(name)}",
                    )
            return api.readiness()

        eventually(
            ready,
            until=lambda answer: answer == "ok",
            what="the API server is ready",
            timeout=_READY_TIMEOUT,
            next_step=f"read {self.layout.log('kube-apiserver')}",
        )

    def start_controllers(self) -> None:
        """Start the scheduler, which would back off without a ready API server.

        The controller manager is started again where it has given up: it waits ten seconds for
        the API server, which a busy machine may exceed.
        """
        machine = self.machine
        if self._controller_manager().name in machine.ended():
            machine.start(self._controller_manager())
        machine.start(self._scheduler())

    def _program(self, name: str, flags: Mapping[str, object]) -> Program:
        return Program(
            name=name,
            argv=[
                self.toolchain.binary(name),
                *(f"--{flag}={_text(value)}" for flag, value in flags.items()),
            ],
            log=self.layout.log(name),
            env={"PATH": os.environ["PATH"]},
        )

    def _etcd(self) -> Program:
        return self._program(
            "etcd",
            {
                "data-dir": self.layout.control_plane / "etcd",
                "listen-client-urls": _ETCD,
                "advertise-client-urls": _ETCD,
                "listen-peer-urls": _ETCD_PEER,
                "initial-advertise-peer-urls": _ETCD_PEER,
                "initial-cluster": f"default={_ETCD_PEER}",
                # The lab's data does not outlive the lab, so nothing is gained by a flushed disk.
                "unsafe-no-fsync": True,
            },
        )

    def _apiserver(self) -> Program:
        pki = self.layout.pki
        return self._program(
            "kube-apiserver",
            {
                "etcd-servers": _ETCD,
                "bind-address": "0.0.0.0",  # noqa: S104 - all of the lab's own namespace
                "advertise-address": self.topology.api_address,
                "service-cluster-ip-range": self.topology.service_cidr,
                "client-ca-file": pki.certificate("ca"),
                "tls-cert-file": pki.certificate("apiserver"),
                "tls-private-key-file": pki.key("apiserver"),
                "service-account-key-file": pki.service_account_public_key,
                "service-account-signing-key-file": pki.service_account_key,
                "service-account-issuer": (
                    f"https://kubernetes.default.svc.{self.topology.cluster_domain}"
                ),
                "kubelet-client-certificate": pki.certificate("apiserver-kubelet-client"),
                "kubelet-client-key": pki.key("apiserver-kubelet-client"),
                "kubelet-certificate-authority": pki.certificate("ca"),
                "kubelet-preferred-address-types": "InternalIP",
                "authorization-mode": "Node,RBAC",
                "enable-admission-plugins": "NodeRestriction",
                "allow-privileged": True,
            },
        )

    def _controller_manager(self) -> Program:
        return self._program(
            "kube-controller-manager",
            {
                "kubeconfig": self.layout.credentials("controller-manager"),
                "service-account-private-key-file": self.layout.pki.service_account_key,
                "root-ca-file": self.layout.pki.certificate("ca"),
                "cluster-name": "netparity",
                # The address plan is the topology's: nodes are created with their pod CIDR.
                "allocate-node-cidrs": False,
                "use-service-account-credentials": True,
                "leader-elect": False,
                # Suites delete namespaces with dozens of pods; the defaults of 20 and 30 make
                # that a matter of the client's own rate limit.
                "kube-api-qps": 200,
                "kube-api-burst": 400,
            },
        )

    def _scheduler(self) -> Program:
        return self._program(
            "kube-scheduler",
            {
                "kubeconfig": self.layout.credentials("scheduler"),
                "leader-elect": False,
                "kube-api-qps": 200,
                "kube-api-burst": 400,
            },
        )


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
