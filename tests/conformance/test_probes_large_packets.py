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
from conformance.errors import HarnessError, NotReadyError
from conformance.handles import NodeUnderTest
from conformance.probes import large_packets
from verdicts.claims.large_packets import (
    datagrams_in_fragments_arrive,
    large_messages_arrive_whole,
)
from verdicts.observations.retried import attempts_of
from verdicts.observations.sizes import LargePackets, Messages
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
    with Server(("0.0.0.0", 0), Echoing) as serving:
        thread = threading.Thread(target=serving.serve_forever, daemon=True)
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


@dataclass
class Pods:
    """A pod a node, `probe` on the judged one; the shell of each is this machine's busybox.

    What large messages are lost between: `udp_loses` of so many letters, of and to pods on the
    nodes that are `apart`, for good or the first `lost` times. Of `userlands` and `platforms` the
    second are the other nodes'.
    """

    port: int = 8080
    userlands: tuple[Userland, Userland] = (Userland.LINUX, Userland.LINUX)
    platforms: tuple[str, str] = ("linux", "linux")
    udp_loses: int = 2**30
    apart: frozenset[str] = frozenset({"node-a", "node-b", "node-c"})
    lost: int = 2**30
    lacks_nc: bool = False
    clients: list[str] = field(default_factory=list)

    def ask(self, container: Container, request: str, *, timeout: float) -> HttpAnswer:
        assert timeout > 0
        query = {key: value[0] for key, value in parse_qs(urlsplit(request).query).items()}
        message = query["request"].lower().removeprefix("echo ")
        assert query["protocol"] == "udp"
        self.clients.append(container.pod.name)
        assert query["tries"] == "1"
        ends = {container.pod.node, self.node_of[query["host"]]}
        if len(message) >= self.udp_loses and ends & self.apart and self.lost > 0:
            self.lost -= 1
            return HttpAnswer(200, json.dumps({"errors": ["read udp: i/o timeout"]}))
        return HttpAnswer(200, json.dumps({"responses": [message]}))

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
            ip=self.address_of[node],
            ips=(self.address_of[node],),
            labels={},
            ports=(ContainerPorts("a", self.port, 8081),),
            transport=self,
            userland=userland,
        )

    @property
    def address_of(self) -> dict[str, str]:
        # All of 127.0.0.0/8 is this machine's.
        return {f"node-{letter}": f"127.0.0.{n}" for n, letter in enumerate("abc", start=1)}

    @property
    def node_of(self) -> dict[str, str]:
        return {address: node for node, address in self.address_of.items()}

    def node(
        self, *, others: tuple[str, ...] = ("node-b",), placed: tuple[str, ...] | None = None
    ) -> NodeUnderTest:
        nodes = [
            SimpleNamespace(
                name=name,
                ready=True,
                schedulable=True,
                platform=self.platforms[name != "node-a"],
            )
            for name in ("node-a", *others)
        ]
        judged = [SimpleNamespace(id=f"linux-{each.name}", node=each) for each in nodes]
        there = others if placed is None else placed

        def pod(name: str) -> Pod:
            node = name.removeprefix("peer-linux-").removesuffix("-0")
            if node not in there:
                raise NotReadyError(f"{name} is not ready", next_step="wait")
            return self.pod(f"peer-{node[-1]}", node, self.userlands[1])

        return cast(
            "NodeUnderTest",
            SimpleNamespace(
                judged=judged[0],
                facts=SimpleNamespace(nodes=nodes, judged=judged),
                probe_pod=self.pod("probe", "node-a", self.userlands[0]),
                fleet=SimpleNamespace(pod=pod),
            ),
        )


def only_pair(observation: LargePackets) -> Messages:
    (pair,) = observation.pairs
    assert pair.between is not None
    return pair.between


@needs_busybox
def test_messages_of_every_size_come_back_counted(server: Server) -> None:
    pods = Pods(port=server.server_port)

    observation = large_packets.large_packets(pods.node())

    echoes = only_pair(observation).echoes
    tcp = [echo for echo in echoes if echo.protocol is Protocol.TCP]
    assert [(echo.sent, echo.came_back) for echo in tcp] == [
        (64, (64,)),
        (65536, (65536,)),
        (1048576, (1048576,)),
    ]
    finding = large_messages_arrive_whole(observation)
    assert finding.outcome is Outcome.PASS, finding.seen
    assert set(pods.clients) == {"probe"}


@needs_busybox
def test_a_size_that_does_not_come_back_is_the_last_that_is_sent(server: Server) -> None:
    server.most = 1000

    observation = large_packets.large_packets(Pods(port=server.server_port).node())

    echoes = only_pair(observation).echoes
    tcp = [echo for echo in echoes if echo.protocol is Protocol.TCP]
    assert [(echo.sent, echo.came_back) for echo in tcp] == [(64, (64,)), (65536, (0,))]
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

    between = only_pair(observation)
    assert (between.client, between.backend) == ("peer-b", "probe")
    assert set(pods.clients) == {"peer-b"}


def test_without_a_linux_container_nobody_can_ask() -> None:
    pods = Pods(userlands=(Userland.WINDOWS, Userland.WINDOWS))

    finding = large_messages_arrive_whole(large_packets.large_packets(pods.node()))

    assert finding.code == "no-pair"
    assert "neither probe nor peer-b is a Linux container" in finding.seen


@needs_busybox
@pytest.mark.parametrize(
    ("lost", "came_back", "code"),
    [
        pytest.param(0, (1400,), "pass", id="none"),
        pytest.param(1, (0, *[1400] * 5), "pass", id="the-first"),
        pytest.param(2**30, (0,) * 6, "unreached", id="all"),
    ],
)
def test_only_a_datagram_that_is_lost_is_followed_by_others(
    lost: int, came_back: tuple[int, ...], code: str, server: Server
) -> None:
    pods = Pods(port=server.server_port, udp_loses=1200, lost=lost)

    observation = large_packets.large_packets(pods.node())

    assert only_pair(observation).echoes[-1].came_back == came_back
    assert large_messages_arrive_whole(observation).code == code
    assert attempts_of(observation) == (2 if lost == 1 else 1)


@needs_busybox
@pytest.mark.parametrize(
    ("apart", "code"),
    [
        pytest.param("node-a", "unreached", id="this-one-loses-them"),
        pytest.param("node-b", "pass", id="another-one-loses-them-to-all"),
    ],
)
def test_the_node_that_loses_messages_is_told_by_a_third(
    apart: str, code: str, server: Server
) -> None:
    pods = Pods(port=server.server_port, udp_loses=1200, apart=frozenset({apart}))

    observation = large_packets.large_packets(pods.node(others=("node-b", "node-c")))

    assert [pair.other for pair in observation.pairs] == ["node-b", "node-c"]
    assert large_messages_arrive_whole(observation).code == code


def test_fragments_are_asked_of_any_userland_and_judged_by_themselves() -> None:
    pods = Pods(userlands=(Userland.WINDOWS, Userland.WINDOWS), udp_loses=1500)

    observation = large_packets.fragments(pods.node())

    assert [echo.sent for echo in only_pair(observation).echoes] == [64, 1900]
    assert datagrams_in_fragments_arrive(observation).code == "fragments-lost"


@needs_busybox
def test_a_node_is_not_blamed_for_what_only_another_platform_has_lost(server: Server) -> None:
    pods = Pods(
        port=server.server_port,
        userlands=(Userland.LINUX, Userland.WINDOWS),
        platforms=("linux", "windows-2022"),
        udp_loses=1200,
    )

    observation = large_packets.large_packets(pods.node(others=("node-b", "node-c")))

    assert [pair.beyond for pair in observation.pairs] == [(), ()]
    assert large_messages_arrive_whole(observation).code == "no-third-node"


@needs_busybox
def test_a_node_whose_pod_is_not_ready_is_named_beside_the_others(server: Server) -> None:
    node = Pods(port=server.server_port).node(others=("node-b", "node-c"), placed=("node-c",))

    observation = large_packets.large_packets(node)

    assert ["not ready" in pair.reason for pair in observation.pairs] == [True, False]
    assert large_messages_arrive_whole(observation).facts["nodes"] == ["node-c"]


def test_a_shell_that_counts_nothing_is_no_lost_message() -> None:
    with pytest.raises(HarnessError, match="no message could be sent"):
        large_packets.large_packets(Pods(lacks_nc=True).node())


@pytest.mark.parametrize(("others", "code"), [((), "one-node"), (("node-b",), "no-pair")])
def test_a_cluster_without_a_pair_is_not_asked(others: tuple[str, ...], code: str) -> None:
    observation = large_packets.large_packets(Pods().node(others=others, placed=()))

    assert large_messages_arrive_whole(observation).code == code
