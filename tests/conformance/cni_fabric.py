"""Nodes whose wire, API and evidence pods are tables: what the CNI probes are tried on."""

import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import cast
from urllib.parse import parse_qs, urlsplit

from conformance.containers import (
    Container,
    ContainerPorts,
    HttpAnswer,
    Pod,
    ShellAnswer,
    Userland,
)
from conformance.errors import NoEvidence, NotReadyError
from conformance.handles import NodeUnderTest
from conformance.objects import JsonObject
from conformance.timeouts import LAB

MACS = {
    "win-a": "02:6e:70:00:00:0d",
    "win-b": "02:6e:70:00:00:0e",
    "linux-a": "02:6e:70:00:00:0b",
    "linux-b": "02:6e:70:00:00:0c",
}


ADDRESSES = {
    "win-a": "172.30.0.13",
    "win-b": "172.30.0.14",
    "linux-a": "172.30.0.11",
    "linux-b": "172.30.0.12",
}


POD_MAC = "e6:25:c2:9e:e6:b5"


LISTENING = "listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n"


L2BRIDGE = '# readable\n# file 10-l2bridge.conflist\n"name": "l2bridge"\n"type": "ptp"\n'


REFUSED = "dial tcp: connect: connection refused"


@dataclass
class Fabric:
    """Pods on four nodes; the transport of all, and the API that deletes one.

    `evidence` are the nodes with evidence pods (others are merely not ready where `is_late`),
    `capturing` those of them with tcpdump.
    """

    bears: str = MACS["win-a"]
    plain: bool = True
    proxy_arp: str = ""
    cni_files: str = L2BRIDGE
    evidence: frozenset[str] = frozenset(MACS)
    is_late: bool = False
    capturing: frozenset[str] = frozenset({"linux-a", "linux-b"})
    unreached: frozenset[tuple[str, str]] = frozenset()
    says: dict[str, str] = field(default_factory=dict)
    """What a pod's server says instead of its name."""
    ghost: bool = False
    book: str = ""
    """Addresses that the node's book has as given away once the doomed pod is gone; none: no book."""
    heirs: tuple[str, ...] = ()
    heir: str = ""
    stays: bool = False
    kubelet: str = ""
    readiness: JsonObject = field(
        default_factory=lambda: {"httpGet": {"path": "/healthz", "port": 8080}}
    )
    ready: tuple[str, ...] = ("True",)
    """What the API says of a pod's readiness, one answer after the other, the last for good."""
    health: int = 200
    tcpdump: str = LISTENING
    translated: bool = False
    refuses: str = ""
    node_userland: Userland = Userland.LINUX
    probe_userland: Userland = Userland.LINUX
    deleted: list[tuple[str, int | None]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.captured = threading.Event()
        self.told: dict[str, Iterator[str]] = {}
        self.talked: list[str] = []
        self.pods = {
            pod.name: pod
            for pod in (
                self.pod(
                    "probe",
                    "win-a",
                    "172.30.0.67",
                    containers="abc",
                    userland=self.probe_userland,
                ),
                self.pod("peer-a", "win-a", "172.30.0.68"),
                self.pod("quiet", "win-a", "172.30.0.69", port=8070),
                self.pod("doomed", "win-a", "172.30.0.70"),
                self.pod("peer-b", "win-b", "172.30.0.98"),
                self.pod("peer-l", "linux-a", "10.244.1.4", platform="linux"),
                self.pod("peer-m", "linux-b", "10.244.2.4", platform="linux"),
            )
        }
        self.alive = {pod.ip: pod.name for pod in self.pods.values()}

    def pod(
        self,
        name: str,
        node: str,
        ip: str,
        *,
        containers: str = "a",
        port: int = 8080,
        platform: str = "windows-1709",
        userland: Userland = Userland.LINUX,
    ) -> Pod:
        return Pod(
            name=name,
            namespace="run",
            node=node,
            platform=platform,
            ip=ip,
            ips=(ip,),
            labels={},
            ports=tuple(ContainerPorts(c, port + 10 * n) for n, c in enumerate(containers)),
            transport=self,
            userland=userland,
        )

    def ask(self, container: Container, request: str, *, timeout: float) -> HttpAnswer:
        assert timeout > 0
        if request == "healthz":
            return HttpAnswer(self.health, "")
        query = {key: value[0] for key, value in parse_qs(urlsplit(request).query).items()}
        at_home = query["host"] == "127.0.0.1"
        name = container.pod.name if at_home else self.alive.get(query["host"], "")
        listens = name and self.pods[name].first.http_port == int(query["port"])
        if (container.pod.name, name) in self.unreached or not listens:
            return HttpAnswer(200, json.dumps({"errors": [REFUSED]}))
        self.talked.append(query["host"])
        self.captured.set()
        says = self.says.get(name, name)
        return HttpAnswer(200, json.dumps({"responses": [says]}))

    def shell(self, container: Container, command: str, *, timeout: float) -> ShellAnswer:
        assert timeout > 0
        self.commands.append(f"{container.pod.name}: {command.partition(' ')[0]}")
        if "agnhost connect" in command:
            return self._connected(command.rpartition(" ")[2])
        if "/host/cni-state" in command:
            return self._booked(command)
        if "tcpdump" in command:
            return self._captured()
        own = POD_MAC if container.pod.name == "probe" else MACS[container.pod.node]
        address = "10.0.0.9" if self.translated else ADDRESSES[container.pod.node]
        (said,) = (
            said
            for begins, said in {
                "for file in /sys": f"{own}\n00:00:00:00:00:00\n",
                "ping ": "".join(self._neighbour(node) for node in MACS),
                "cd /host/cni": self.cni_files,
                "ip -o addr": (
                    f"2: eth0    inet {container.pod.ip}/27 scope global eth0\\  valid_lft\n"
                    "# ip -4 route\ndefault via 172.30.0.65 dev eth0 \n"
                ),
                "ip -4 -o addr": f"2: eth0    inet {address}/24 scope global eth0\\  valid_lft\n",
            }.items()
            if command.startswith(begins)
        )
        refused = self.refuses and command.startswith(self.refuses)
        return ShellAnswer(said, error="exit status 1" if refused else "")

    def _booked(self, command: str) -> ShellAnswer:
        if not self.book:
            return ShellAnswer("# absent\n")
        asked = re.findall(r"\*/([\d.]+)", command)
        kept = [f"# entry l2bridge/{each}" for each in self.book.split() if each in asked]
        return ShellAnswer("\n".join(["# readable", *kept]) + "\n")

    def _neighbour(self, node: str) -> str:
        return f"{ADDRESSES[node]} dev eth0 lladdr {self.proxy_arp or MACS[node]} REACHABLE\n"

    def _connected(self, target: str) -> ShellAnswer:
        host, _, port = target.rpartition(":")
        self.talked.append(host)
        if port == "10250":
            said = self.kubelet
        elif host in self.alive:
            said = "" if (self.alive[host], port) != ("quiet", "8080") else "REFUSED"
        else:
            said = "TIMEOUT"
        return ShellAnswer(said, error="exit status 1" if said else "")

    def _captured(self) -> ShellAnswer:
        if self.tcpdump != LISTENING:
            return ShellAnswer(self.tcpdump, error="exit status 1")
        assert self.captured.wait(10), "nobody talked while frames were captured"
        frame = (
            f"12:00:00.000001 {self.bears} > {MACS['linux-a']}, ethertype IPv4 (0x0800), "
            "length 74: 172.30.0.67.54104 > 10.244.1.4.8080: Flags [S], length 0\n"
        )
        return ShellAnswer(f"{LISTENING}{frame if self.plain else ''}1 packets captured\n")

    def get(self, path: str) -> JsonObject:
        if "fieldSelector=status.podIP%3D172.30.0.70" in path:
            ended: JsonObject = {"metadata": {"name": "job"}, "status": {"phase": "Succeeded"}}
            alive: list[JsonObject] = [{"metadata": {"name": name}} for name in self.heirs]
            return {"items": [ended, *alive]}
        name = path.rpartition("/")[2]
        said = next(self.told.setdefault(name, iter(self.ready)), self.ready[-1])
        return {
            "metadata": {"name": name},
            "spec": {"containers": [{"name": "a", "readinessProbe": self.readiness}]},
            "status": {"conditions": [{"type": "Ready", "status": said}]},
        }

    def delete(self, path: str, *, grace: int | None = None) -> None:
        self.deleted.append((path, grace))
        if not self.ghost:
            del self.alive["172.30.0.70"]
        if self.heir:
            self.alive["172.30.0.70"] = self.heir

    def find(self, path: str) -> JsonObject | None:
        return self.get(path) if self.stays else None

    def node(self, *, others: Sequence[str] = ("peer-b", "peer-l", "peer-m")) -> NodeUnderTest:
        kept: dict[str, object] = {}

        def once(key: str, ask: Callable[[], object]) -> object:
            if key not in kept:
                kept[key] = ask()
            return kept[key]

        def evidence(node: str) -> Pod:
            if node not in self.evidence:
                missing = NotReadyError if self.is_late else NoEvidence
                raise missing(f"evidence-{node} is not admitted", next_step="allow it")
            userland = self.node_userland if node.startswith("win") else Userland.LINUX
            return self.pod(f"evidence-{node}", node, ADDRESSES[node], userland=userland)

        def pods(*, platform: str | None = None, node: str | None = None) -> tuple[Pod, ...]:
            serving = [pod for name, pod in self.pods.items() if name != "doomed"]
            if platform:
                return tuple(pod for pod in serving if pod.platform == platform)
            assert node == "windows-1709-kernel-0"
            return tuple(pod for pod in serving if pod.node == "win-a")

        nodes = [
            SimpleNamespace(
                name=name,
                ready=True,
                internal_ips=(ADDRESSES[name],),
                pod_cidrs=("10.244.9.0/24",),
                cni=SimpleNamespace(plugin="", host_address_space=True),
            )
            for name in MACS
        ]
        node = SimpleNamespace(
            id="windows-1709-kernel-0",
            patience=replace(LAB, pod_gone=0.2),
            once=once,
            cluster=self,
            probe_pod=self.pods["probe"],
            doomed_pod=self.pods["doomed"],
            peers_same_node=(self.pods["peer-a"],),
            running_pods=(self.pods["probe"], self.pods["peer-a"]),
            peers_other_node=tuple(self.pods[name] for name in others),
            judged=SimpleNamespace(platform="windows-1709", node=nodes[0]),
            facts=SimpleNamespace(nodes=nodes),
            fleet=SimpleNamespace(
                evidence=evidence, pods=pods, can_capture=self.capturing.__contains__
            ),
        )
        return cast("NodeUnderTest", node)
