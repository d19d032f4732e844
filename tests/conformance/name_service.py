"""A pod's resolver, a proxy and the cluster's DNS as tables: what the DNS probes are tried on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

from conformance.containers import Container, ContainerPorts, HttpAnswer, Pod, ShellAnswer
from conformance.errors import Forbidden
from conformance.handles import NodeUnderTest
from conformance.objects import JsonObject
from verdicts.vocabulary import Mode

VIP, DNS_POD = "10.96.0.10", "10.244.1.2"


ZONE = {
    "kubernetes.default.svc.cluster.local.": "10.96.0.1",
    "kubernetes.run.svc.cluster.local.": "10.96.3.4",
    "twin.run.svc.cluster.local.": "10.96.3.5",
    "twin.run-privileged.svc.cluster.local.": "10.96.3.6",
}


OVER_TCP = (
    "00 36 4e 50 81 80 00 01 00 01 00 00 00 00 0a 6b 75 62 65 72 6e 65 74 65 73 00 00 01 00 01 "
    "c0 0c 00 01 00 01 00 00 00 05 00 04 0a 60 03 04 00 00 00 00 00 00 00 00 00 00"
)
"""An answer that has 10.96.3.4, and padding."""


PROMISED = ("run.svc.cluster.local", "svc.cluster.local", "cluster.local")


DEFAULTS = ("", "default.svc.cluster.local.", "svc.cluster.local.", "cluster.local.")


SLICE: JsonObject = {
    "endpoints": [
        {"addresses": ["10.244.1.1"], "conditions": {"ready": False}},
        {"addresses": [DNS_POD], "conditions": {"ready": True}},
    ],
    "ports": [{"protocol": "TCP", "port": 53}, {"protocol": "UDP", "port": 53}],
}


@dataclass
class Names:
    """Containers, their resolvers, and what lies between them and the zone; transport and API.

    `rewrites` is the proxy of Windows in user mode; the first `lost` queries of a pod are never
    answered, whatever they ask.
    """

    search: tuple[str, ...] = PROMISED
    nameserver: str = VIP
    unserved: str = ""
    """Containers whose resolv.conf names no server."""
    rewrites: bool = False
    lost: int = 0
    down: bool = False
    port: int = 53
    tcp: str = "answers"
    """What becomes of a connection: `answers`, `refuses`, `accepts` only, or answers `late`."""
    tcp_port: bool = True
    slices: Sequence[JsonObject] = (SLICE,)
    forbidden: bool = False
    asked: list[str] = field(default_factory=list)

    def ask(self, container: Container, request: str, *, timeout: float) -> HttpAnswer:
        raise AssertionError(f"{container} was asked for {request} in {timeout} s, not by a shell")

    def shell(self, container: Container, command: str, *, timeout: float) -> ShellAnswer:
        assert timeout > 0
        query = re.search(r"nslookup -port=(\d+) -type=a (\S+) ([\d.]+)", command)
        if query:
            return self._queried(container, int(query[1]), query[2], query[3])
        if "od -An" in command or "agnhost connect" in command:
            return self._over_tcp(container, command)
        listed = re.search(r"for name in (.*?); do", command)
        assert listed
        lines = [
            "# settings",
            *([] if container.name in self.unserved else [f"nameserver {self.nameserver}"]),
            f"search {' '.join(self.search)}" if self.search else "options ndots:1",
        ]
        for name in listed[1].split():
            self.asked.append(f"{container.name} {name}")
            address = self._looked_up(name)
            lines += [
                f"# name {name}",
                *([f"{address}  STREAM {name}"] if address else []),
                f"# status {0 if address else 2}",
            ]
        return ShellAnswer("\n".join(lines) + "\n")

    def _over_tcp(self, container: Container, command: str) -> ShellAnswer:
        longer = "sleep 3" in command
        self.asked.append(f"{container.name} tcp{' longer' if longer else ''}")
        if "agnhost connect" in command:
            refused = self.tcp == "refuses"
            return ShellAnswer("REFUSED\n", error="exit status 1") if refused else ShellAnswer("")
        if self.tcp in {"refuses", "accepts"} or (self.tcp == "late" and not longer):
            return ShellAnswer("# bytes\n")
        return ShellAnswer(f"# bytes\n{OVER_TCP}")

    def _looked_up(self, name: str) -> str:
        if self.down or self._loses():
            return ""
        tried = [name] if name.endswith(".") else [f"{name}.{s}." for s in self.search]
        tried += [] if name.endswith(".") else [f"{name}."]
        return next((a for n in tried if (a := self._answered(n, rewrites=self.rewrites))), "")

    def _answered(self, name: str, *, rewrites: bool) -> str:
        suffixes = DEFAULTS if rewrites else DEFAULTS[:1]
        return next((ZONE[n] for suffix in suffixes if (n := f"{name}{suffix}") in ZONE), "")

    def _loses(self) -> bool:
        self.lost -= 1
        return self.lost >= 0

    def _queried(self, container: Container, port: int, name: str, server: str) -> ShellAnswer:
        self.asked.append(f"{container.name} {name} of {server}")
        if server == DNS_POD:
            assert port == self.port
        heading = f"Server:\t\t{server}\nAddress:\t{server}:{port}\n\n"
        if self.down or (server == VIP and self._loses()):
            return ShellAnswer(
                ";; connection timed out; no servers could be reached\n# status 1\n"
            )
        address = self._answered(name, rewrites=self.rewrites and server == VIP)
        if address:
            return ShellAnswer(f"{heading}Name:\t{name}\nAddress: {address}\n\n# status 0\n")
        return ShellAnswer(f"{heading}** server can't find {name}: NXDOMAIN\n\n# status 1\n")

    def get(self, path: str) -> JsonObject:
        assert path == "/api/v1/namespaces/default/services/kubernetes"
        return service_object("kubernetes", "default", "10.96.0.1")

    def list(self, path: str, *, selector: str = "") -> list[JsonObject]:
        if self.forbidden:
            raise Forbidden(f"list {path} - forbidden", next_step="grant it", status=403)
        if path.endswith("/endpointslices"):
            assert selector == "kubernetes.io/service-name=kube-dns"
            return [*self.slices]
        dns_service = service_object("kube-dns", "kube-system", VIP)
        spec = cast("dict[str, object]", dns_service["spec"])
        ports = [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]
        spec["ports"] = ports if self.tcp_port else ports[:1]
        return [dns_service] if "kube-system" in path else []

    def node(
        self, *, mode: Mode = Mode.KERNEL, dns_service: str | None = VIP, containers: str = "abc"
    ) -> NodeUnderTest:
        pod = Pod(
            name="probe",
            namespace="run",
            node="node-a",
            platform="windows-1709",
            ip="10.244.0.5",
            ips=("10.244.0.5",),
            labels={},
            ports=tuple(ContainerPorts(name, 8080) for name in containers),
            transport=self,
        )
        kept: dict[str, object] = {}

        def once(key: str, ask: object) -> object:
            assert callable(ask)
            if key not in kept:
                kept[key] = ask()
            return kept[key]

        def named(name: str) -> SimpleNamespace:
            return SimpleNamespace(cluster_ip=ZONE[name])

        node = SimpleNamespace(
            once=once,
            probe_pod=pod,
            cluster=self,
            judged=SimpleNamespace(
                mode=mode, platform=pod.platform, node=SimpleNamespace(name=pod.node)
            ),
            facts=SimpleNamespace(cluster_domain="cluster.local", dns_service_ip=dns_service),
            fleet=SimpleNamespace(namespace="run", privileged_namespace="run-privileged"),
            services=SimpleNamespace(
                kubernetes=named("kubernetes.run.svc.cluster.local."),
                twin=named("twin.run.svc.cluster.local."),
                twin_elsewhere=named("twin.run-privileged.svc.cluster.local."),
            ),
        )
        return cast("NodeUnderTest", node)


def service_object(name: str, namespace: str, cluster_ip: str) -> JsonObject:
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"clusterIP": cluster_ip, "ports": []},
    }
