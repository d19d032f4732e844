"""A cluster's pods and service proxies as a table: what probes of Services are tried on."""

import itertools
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs, urlsplit

from conformance.containers import (
    Container,
    ContainerPorts,
    HttpAnswer,
    Pod,
    ShellAnswer,
    Userland,
)
from conformance.errors import TransportError
from conformance.handles import NodeUnderTest, Service
from conformance.objects import JsonObject
from conformance.timeouts import LAB
from verdicts.inventory import Known
from verdicts.vocabulary import Mode, Reply

if TYPE_CHECKING:
    from conformance.cluster import Cluster

TEXTS = {
    Reply.REFUSED: "dial tcp: connect: connection refused",
    Reply.TIMED_OUT: "context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
    Reply.CLOSED: 'Get "http://10.96.0.2:80/hostname": EOF',
    Reply.UNREACHABLE: "dial tcp: connect: no route to host",
    Reply.NOT_PERMITTED: "dial tcp: connect: operation not permitted",
}
CONNECTED = {
    Reply.REFUSED: "REFUSED",
    Reply.TIMED_OUT: "TIMEOUT",
    Reply.UNREACHABLE: "OTHER: dial tcp: connect: no route to host",
    Reply.NOT_PERMITTED: "OTHER: dial tcp: connect: operation not permitted",
}
NODE = "192.0.2.11"
CLIENT = "10.244.0.5"
A, B, C = "10.244.0.6", "10.244.1.6", "10.244.2.6"
"""Addresses of the pods peer-a to peer-c, which are on three nodes."""
NODE_PORT = 31234
AWAY_PORT = 31235
API_SERVER = "10.96.0.99"
"""ClusterIP of the Service whose endpoints are no pods."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """How a service proxy behaves; the defaults are kube-proxy's with nftables.

    `empty` is what a handshake with a Service without endpoints ends in, `dead` the same with a
    pod where nothing listens. `settles_after` attempts at a Service fail before it is programmed.
    `unreached` are backends that the proxy knows and cannot send to, `forgotten` those it does
    not know. `follows` is whether changes of endpoints ever arrive; `forgets_the_last` is whether
    that of the last one does. Where it `shares_policies`, deleting a Service takes its backends
    from all others; `deletes` is whether deletions of Services arrive. A proxy that does not
    `remember` cuts connections that were silent; else it `cuts` a few of them, the first and every
    third after it.
    """

    data_plane: str = "nftables"
    platform: str = "linux"
    order: str = "random"
    masks: bool = False
    empty: Reply = Reply.REFUSED
    dead: Reply = Reply.REFUSED
    elsewhere: Reply = Reply.REFUSED
    source: str = CLIENT
    hairpins: bool = True
    mode: Mode = Mode.KERNEL
    node_port: Reply = Reply.ANSWERED
    away_port: Reply = Reply.ANSWERED
    kubelet: Reply = Reply.ANSWERED
    api_server: Reply = Reply.ANSWERED
    api_server_elsewhere: Reply = Reply.ANSWERED
    settles_after: int = 0
    unreached: frozenset[str] = frozenset()
    forgotten: frozenset[str] = frozenset()
    follows: bool = True
    forgets_the_last: bool = True
    remembers: bool = True
    cuts: int = 0
    shares_policies: bool = False
    deletes: bool = True
    mirrors: bool = True
    masquerade_all: bool | None = False
    cluster_cidrs: tuple[str, ...] = ()


@dataclass(slots=True)
class _Programmed:
    """A Service as the API and the proxy have it."""

    address: str
    ports: dict[tuple[str, int], int]
    backends: list[str]
    turn: dict[int, Iterator[str]] = field(default_factory=dict)
    attempts: int = 0


@dataclass
class ServiceNetwork:
    """Pods a to c on three nodes, a client, a quiet pod, and a proxy; transport and API at once.

    Only IPv4 is carried: `ipv6_first` pods have another address before theirs.
    """

    proxy: Proxy
    seed: int = 1
    unreachable: bool = False
    ipv6_first: bool = False
    is_windows: bool = False
    applied: list[JsonObject] = field(default_factory=list)
    labelled: list[tuple[str, Mapping[str, str | None]]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    emptied: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._held_count = itertools.count()
        self.pods = {
            CLIENT: self._pod("probe", CLIENT, "node-0"),
            A: self._pod("peer-a", A, "node-0"),
            B: self._pod("peer-b", B, "node-1"),
            C: self._pod("peer-c", C, "node-2"),
            "10.244.0.7": self._pod("quiet", "10.244.0.7", "node-0", port=8070),
        }
        both = {("http", 80): 8080, ("udp", 81): 8081}
        tcp = {("http", 80): 8080}
        self.services = {
            "lb": _Programmed("10.96.0.1", dict(both), [A, B, C]),
            "empty": _Programmed("10.96.0.2", dict(tcp), []),
            "rr": _Programmed("10.96.0.3", dict(tcp), [A, B, C]),
            "scale": _Programmed("10.96.0.4", dict(tcp), [A, B]),
            "hairpin": _Programmed("10.96.0.5", dict(tcp), [CLIENT]),
            "nodeport": _Programmed("10.96.0.6", dict(tcp), [A]),
            "awayport": _Programmed("10.96.0.10", dict(tcp), [C]),
            "source": _Programmed("10.96.0.7", dict(tcp), [B]),
        }

    def node(self, *, others: int = 1) -> NodeUnderTest:
        """Return the judged node as a probe sees it."""
        peers = [pod for pod in self.pods.values() if pod.name.startswith("peer")]
        kept: dict[str, object] = {}

        def once(key: str, ask: Callable[[], object]) -> object:
            if key not in kept:
                kept[key] = ask()
            return kept[key]

        judged = SimpleNamespace(
            name="node-0",
            internal_ips=("fd00::11", NODE),
            pod_cidrs=("10.244.0.0/24",),
            proxy=SimpleNamespace(
                data_plane=self.proxy.data_plane,
                effective=Mode.KERNEL,
                masquerade_all=self.proxy.masquerade_all,
                masquerade_by=Known.CONFIGURATION,
                cluster_cidrs=self.proxy.cluster_cidrs,
                dsr=None,
                overlay=None,
            ),
        )
        return cast(
            "NodeUnderTest",
            SimpleNamespace(
                id="linux-kernel-0",
                once=once,
                patience=LAB,
                judged=SimpleNamespace(
                    platform=self.proxy.platform, node=judged, mode=self.proxy.mode
                ),
                facts=SimpleNamespace(
                    nodes=[
                        judged,
                        *(_other_node(number) for number in (1, 2)),
                    ]
                ),
                fleet=SimpleNamespace(run_id="test", evidence=lambda _: self.pods[A]),
                cluster=cast("Cluster", self),
                probe_pod=self.pods[CLIENT],
                quiet_pod=self.pods["10.244.0.7"],
                peers_same_node=tuple(peers[:1]),
                peers_other_node=tuple(peers[1 : 1 + others]),
                services=SimpleNamespace(**{name: self._handle(name) for name in self.services}),
            ),
        )

    # What a transport does.

    def ask(self, container: Container, request: str, *, timeout: float) -> HttpAnswer:
        assert timeout > 0
        if self.unreachable:
            raise TransportError(f"{container} is gone", next_step="look for it")
        query = {key: value[0] for key, value in parse_qs(urlsplit(request).query).items()}
        came = [self._try(container.pod, query) for _ in range(int(query["tries"]))]
        answers = [text for text, failed in came if not failed]
        errors = [text for text, failed in came if failed]
        body: dict[str, list[str]] = {"errors": errors} if errors else {}
        if not came[-1][1]:
            body["responses"] = answers
        return HttpAnswer(200, json.dumps(body))

    def shell(self, container: Container, command: str, *, timeout: float) -> ShellAnswer:
        assert timeout > 0
        if self.unreachable:
            raise TransportError(f"{container} is gone", next_step="look for it")
        if "GET /hostname" in command:
            return self._held(container.pod, command)
        host, _, port = command.rsplit(maxsplit=1)[-1].rpartition(":")
        reply = self._handshake(host, int(port))
        if reply is Reply.ANSWERED:
            return ShellAnswer("")
        return ShellAnswer(CONNECTED[reply], error="exit status 1")

    def _held(self, client: Pod, command: str) -> ShellAnswer:
        """Answer twice on one connection; once where the proxy forgets a Service's."""
        host, port = command.partition(" nc ")[2].partition(";")[0].split()
        _, reached, _ = self._reach(host, int(port), protocol="http", client=client)
        name = "" if reached is None else reached.name
        times = 1 if self._service(host) is not None and self._is_cut() else 2
        said = f"HTTP/1.1 200 OK\r\n\r\n{name}\n" * times
        return ShellAnswer(f"# begun 1.0\n{said}# again 6.0\n# ended 7.0\n")

    def _is_cut(self) -> bool:
        if not self.proxy.remembers:
            return True
        nth = next(self._held_count)
        return nth % 3 == 0 and nth < self.proxy.cuts

    # What the API does.

    def get(self, path: str) -> JsonObject:
        assert path == "/api/v1/namespaces/default/services/kubernetes"
        spec: JsonObject = {"clusterIP": API_SERVER, "ports": [{"port": 443, "protocol": "TCP"}]}
        return {"metadata": {"name": "kubernetes"}, "spec": spec}

    def list(self, path: str, *, selector: str = "") -> list[JsonObject]:
        assert path.endswith("/endpointslices")
        name = selector.rpartition("=")[2].split("-")[0]
        known = [] if name in self.emptied else self.services[name].backends
        ready: JsonObject = {"endpoints": [{"addresses": [ip]} for ip in known]}
        leaving: JsonObject = {
            "endpoints": [{"addresses": ["10.244.9.9"], "conditions": {"ready": False}}]
        }
        return [ready, leaving, {"endpoints": None}]

    def apply(self, manifest: JsonObject) -> JsonObject:
        self.applied.append(manifest)
        made = cast("dict[str, dict[str, object]]", manifest)
        if manifest["kind"] == "Service" and "selector" in made["spec"]:
            ((key, _),) = cast("dict[str, str]", made["spec"]["selector"]).items()
            alike = self.services[key.rpartition("backs-")[2].split("-")[0]]
            self.services["beside"] = _Programmed(
                "10.96.0.9", {("http", 80): 8080}, [*alike.backends]
            )
            return {**manifest, "spec": {**made["spec"], "clusterIP": "10.96.0.9"}}  # type: ignore[dict-item]  # JSON all the same
        if manifest["kind"] == "Service":
            ports = cast("list[dict[str, int]]", made["spec"]["ports"])
            self.services["refusing"] = _Programmed(
                "10.96.0.8", {("http", port["port"]): port["targetPort"] for port in ports}, []
            )
            return {**manifest, "spec": {**made["spec"], "clusterIP": "10.96.0.8"}}  # type: ignore[dict-item]  # JSON all the same
        if self.proxy.mirrors:
            (subset,) = cast("list[dict[str, list[dict[str, str]]]]", manifest["subsets"])
            self.services["refusing"].backends = [a["ip"] for a in subset["addresses"]]
        return manifest

    def delete(self, path: str, *, grace: int | None = None) -> None:
        assert grace is None
        self.deleted.append(path)
        if not self.proxy.deletes:
            return
        gone = self.services.pop(path.rpartition("/")[2].split("-")[0])
        if self.proxy.shares_policies:
            self.lost |= {*gone.backends}

    def label(self, path: str, labels: Mapping[str, str | None]) -> JsonObject:
        self.labelled.append((path, labels))
        ip = next(ip for ip, pod in self.pods.items() if pod.path == path)
        ((key, value),) = labels.items()
        name = key.rpartition("backs-")[2].split("-")[0]
        service = self.services[name]
        is_last = value is None and service.backends == [ip]
        if is_last:
            self.emptied.add(name)
        elif value is not None:
            self.emptied.discard(name)
        if self.proxy.follows and (self.proxy.forgets_the_last or not is_last):
            service.backends = [have for have in service.backends if have != ip]
            if value is not None:
                service.backends.append(ip)
            service.turn.clear()
        return {}

    # What the network does.

    def _try(self, client: Pod, query: Mapping[str, str]) -> tuple[str, bool]:
        host, port = query["host"], int(query["port"])
        reply, reached, seen_as = self._reach(
            host, port, protocol=query["protocol"], client=client
        )
        if reached is None:
            return TEXTS[reply], True
        return (f"{seen_as}:40000" if query["request"] == "clientip" else reached.name), False

    def _handshake(self, host: str, port: int) -> Reply:
        service = self._service(host)
        if host == NODE and port == 10250:
            return self.proxy.kubelet
        if service is not None and ("http", port) not in service.ports:
            return self.proxy.elsewhere
        reply, _, _ = self._reach(host, port, protocol="http", client=self.pods[CLIENT])
        # A proxy that accepts and then closes has completed the handshake.
        return Reply.ANSWERED if reply is Reply.CLOSED else reply

    def _reach(
        self, host: str, port: int, *, protocol: str, client: Pod
    ) -> tuple[Reply, Pod | None, str]:
        if host == NODE and port == NODE_PORT:
            if self.proxy.node_port is not Reply.ANSWERED:
                return self.proxy.node_port, None, ""
            host, port = self.services["nodeport"].address, 80
        if host == NODE and port == AWAY_PORT:
            if self.proxy.away_port is not Reply.ANSWERED:
                return self.proxy.away_port, None, ""
            host, port = self.services["awayport"].address, 80
        if host == API_SERVER:
            here = client.service_ip == CLIENT
            reply = self.proxy.api_server if here else self.proxy.api_server_elsewhere
            return reply, client if reply is Reply.ANSWERED else None, ""
        service = self._service(host)
        if service is None:
            return (*self._direct(host, port), client.service_ip)
        reply, reached = self._through(service, service.ports[protocol, port], client)
        return reply, reached, self.proxy.source

    def _direct(self, ip: str, port: int) -> tuple[Reply, Pod | None]:
        pod = self.pods.get(ip)
        if pod is None:
            return Reply.TIMED_OUT, None
        if port in {pod.first.http_port, pod.first.udp_port}:
            return Reply.ANSWERED, pod
        return self.proxy.dead, None

    def _through(self, service: _Programmed, target: int, client: Pod) -> tuple[Reply, Pod | None]:
        service.attempts += 1
        unknown = self.proxy.forgotten | self.lost
        backends = [ip for ip in service.backends if ip not in unknown]
        if service.attempts <= self.proxy.settles_after:
            return Reply.TIMED_OUT, None
        if not backends:
            empty = self.proxy.empty
            return Reply.CLOSED if empty is Reply.ANSWERED else empty, None
        for _ in backends:
            chosen = self._choice(service, target, backends)
            if chosen in self.proxy.unreached or (
                chosen == client.service_ip and not self.proxy.hairpins
            ):
                return Reply.TIMED_OUT, None
            reply, reached = self._direct(chosen, target)
            if reached is not None or not self.proxy.masks:
                return reply, reached
        return Reply.CLOSED, None

    def _choice(self, service: _Programmed, target: int, backends: Sequence[str]) -> str:
        if self.proxy.order == "random":
            return self._random.choice(backends)
        if self.proxy.order == "first":
            return backends[0]
        if target not in service.turn:
            service.turn[target] = iter(list(backends) * 1000)
        return next(service.turn[target])

    def _service(self, address: str) -> _Programmed | None:
        return next((s for s in self.services.values() if s.address == address), None)

    def _handle(self, name: str) -> Service:
        service = self.services[name]
        return Service(
            name=f"{name}-linux-kernel-0",
            namespace="netparity-test",
            cluster_ip=service.address,
            port=80,
            udp_port=81 if ("udp", 81) in service.ports else None,
            node_port={"nodeport": NODE_PORT, "awayport": AWAY_PORT}.get(name),
            backends=tuple(self.pods[ip] for ip in service.backends),
            fqdn=f"{name}.netparity-test.svc.cluster.local",
            selector=(f"netparity.local/backs-{name}", "true"),
            cluster=cast("Cluster", self),
        )

    def _pod(self, name: str, ip: str, node: str, *, port: int = 8080) -> Pod:
        return Pod(
            name=name,
            namespace="netparity-test",
            node=node,
            platform=self.proxy.platform,
            ip=f"fd00::{ip}" if self.ipv6_first else ip,
            ips=(f"fd00::{ip}", ip) if self.ipv6_first else (ip,),
            labels={},
            ports=(ContainerPorts("a", port, 8081 if port == 8080 else None),),
            transport=self,
            userland=Userland.WINDOWS if self.is_windows else Userland.LINUX,
        )


def _other_node(number: int) -> SimpleNamespace:
    return SimpleNamespace(
        name=f"node-{number}",
        internal_ips=(f"192.0.2.{11 + number}",),
        proxy=SimpleNamespace(effective=Mode.KERNEL),
    )
