"""The probe of large messages, its command run by this machine's shell against an echoing server."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest

from conformance.containers import (
    Container,
    ContainerPorts,
    HttpAnswer,
    Pod,
    ShellAnswer,
    Userland,
)
from conformance.errors import HarnessError
from conformance.handles import NodeUnderTest
from conformance.probes import large_packets
from verdicts.claims.large_packets import large_messages_arrive_whole
from verdicts.vocabulary import Outcome, Protocol

needs_busybox = pytest.mark.skipif(
    shutil.which("busybox") is None, reason="the pods' userland is busybox's"
)


class Echoing(BaseHTTPRequestHandler):
    """What netexec's `/echo` does; it gives nothing back beyond its server's `most`."""

    def do_POST(self) -> None:
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["msg"][0]
        if len(sent) <= cast("Server", self.server).most:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(sent.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name it has
        """Say nothing."""


class Server(ThreadingHTTPServer):
    most = 2**30


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Echoing) as serving:
        thread = threading.Thread(target=serving.serve_forever, daemon=True)
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


@dataclass
class Pods:
    """Two pods; the shell of the first is this machine's busybox."""

    port: int = 8080
    userlands: tuple[Userland, Userland] = (Userland.LINUX, Userland.LINUX)
    udp_loses: int = 2**30
    lacks_nc: bool = False
    clients: list[str] = field(default_factory=list)

    def ask(self, container: Container, request: str, *, timeout: float) -> HttpAnswer:
        assert timeout > 0
        query = {key: value[0] for key, value in parse_qs(urlsplit(request).query).items()}
        message = query["request"].lower().removeprefix("echo ")
        assert query["protocol"] == "udp"
        self.clients.append(container.pod.name)
        if len(message) >= self.udp_loses:
            return HttpAnswer(200, json.dumps({"errors": ["read udp: i/o timeout"] * 2}))
        return HttpAnswer(200, json.dumps({"responses": [message] * 2}))

    def shell(self, container: Container, command: str, *, timeout: float) -> ShellAnswer:
        self.clients.append(container.pod.name)
        if self.lacks_nc:
            return ShellAnswer("sh: syntax error", error="exit status 2")
        said = subprocess.run(
            ["busybox", "sh", "-c", command],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return ShellAnswer(f"{said.stdout}{said.stderr}")

    def pod(self, name: str, node: str, userland: Userland) -> Pod:
        return Pod(
            name=name,
            namespace="run",
            node=node,
            platform="linux",
            ip="127.0.0.1",
            ips=("127.0.0.1",),
            labels={},
            ports=(ContainerPorts("a", self.port, 8081),),
            transport=self,
            userland=userland,
        )

    def node(self, *, others: tuple[str, ...] = ("node-b",), peers: int = 1) -> NodeUnderTest:
        own, other = self.userlands
        nodes = [SimpleNamespace(name=name, ready=True) for name in ("node-a", *others)]
        node = SimpleNamespace(
            judged=SimpleNamespace(node=nodes[0]),
            facts=SimpleNamespace(nodes=nodes),
            probe_pod=self.pod("probe", "node-a", own),
            peers_other_node=(self.pod("peer", "node-b", other),) * peers,
        )
        return cast("NodeUnderTest", node)


@needs_busybox
def test_messages_of_every_size_come_back_counted(server: Server) -> None:
    pods = Pods(port=server.server_port)

    observation = large_packets.large_packets(pods.node())

    tcp = [echo for echo in observation.echoes if echo.protocol is Protocol.TCP]
    assert [(echo.sent, echo.came_back) for echo in tcp] == [
        (64, 64),
        (65536, 65536),
        (1048576, 1048576),
    ]
    finding = large_messages_arrive_whole(observation)
    assert finding.outcome is Outcome.PASS, finding.seen
    assert set(pods.clients) == {"probe"}


@needs_busybox
def test_a_size_that_does_not_come_back_is_the_last_that_is_sent(server: Server) -> None:
    server.most = 1000

    observation = large_packets.large_packets(Pods(port=server.server_port).node())

    tcp = [echo for echo in observation.echoes if echo.protocol is Protocol.TCP]
    assert [(echo.sent, echo.came_back) for echo in tcp] == [(64, 64), (65536, 0)]
    assert large_messages_arrive_whole(observation).code == "unreached"


@needs_busybox
def test_a_server_that_nobody_reaches_says_nothing_of_sizes(server: Server) -> None:
    server.most = 0

    observation = large_packets.large_packets(Pods(port=server.server_port).node())

    assert large_messages_arrive_whole(observation).code == "control-failed"


@needs_busybox
def test_large_datagrams_are_judged_by_themselves(server: Server) -> None:
    pods = Pods(port=server.server_port, udp_loses=1200)

    finding = large_messages_arrive_whole(large_packets.large_packets(pods.node()))

    assert (finding.code, finding.facts["lost"]) == ("unreached", ["udp 1400"])


@needs_busybox
def test_a_linux_peer_asks_a_pod_that_has_another_userland(server: Server) -> None:
    pods = Pods(port=server.server_port, userlands=(Userland.WINDOWS, Userland.LINUX))

    observation = large_packets.large_packets(pods.node())

    assert (observation.client, observation.backend) == ("peer", "probe")
    assert set(pods.clients) == {"peer"}


def test_without_a_linux_container_nobody_can_ask() -> None:
    pods = Pods(userlands=(Userland.WINDOWS, Userland.WINDOWS))

    with pytest.raises(HarnessError, match="none is a Linux container"):
        large_packets.large_packets(pods.node())


def test_a_shell_that_counts_nothing_is_no_lost_message() -> None:
    with pytest.raises(HarnessError, match="no message could be sent"):
        large_packets.large_packets(Pods(lacks_nc=True).node())


@pytest.mark.parametrize(("others", "code"), [((), "one-node"), (("node-b",), "no-pair")])
def test_a_cluster_without_a_pair_is_not_asked(others: tuple[str, ...], code: str) -> None:
    observation = large_packets.large_packets(Pods().node(others=others, peers=0))

    assert large_messages_arrive_whole(observation).code == code
