"""The CNI probes, tried on nodes whose wire, API and evidence pods are tables."""

import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
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
from conformance.errors import HarnessError, NoEvidence, NotReadyError
from conformance.handles import NodeUnderTest
from conformance.objects import JsonObject
from conformance.probes import address_book, cni, paths, wire
from conformance.timeouts import LAB
from verdicts.claims.address_book import a_deleted_pods_address_is_given_back
from verdicts.claims.cni import a_plugin_is_configured, addresses_have_an_origin
from verdicts.claims.paths import (
    a_deleted_pods_address_is_silent,
    a_pod_reaches_its_node,
    every_pod_reaches_every_other,
    the_kubelet_reaches_its_pods,
)
from verdicts.claims.wire import frames_bear_the_nodes_mac
from verdicts.observations.wire import Configuration
from verdicts.vocabulary import Outcome, Reply

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
                "cat /sys": f"{own}\n00:00:00:00:00:00\n",
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


def test_every_pair_with_an_end_on_the_node_is_asked_at_its_own_port() -> None:
    observation = paths.reachability(Fabric().node())

    here, there = {"probe", "peer-a", "quiet"}, {"peer-b", "peer-l", "peer-m"}
    everybody = here | there
    assert {(visit.client, visit.backend) for visit in observation.visits} == {
        (client, backend)
        for client in everybody
        for backend in everybody
        if client != backend and here & {client, backend}
    }
    assert every_pod_reaches_every_other(observation).outcome is Outcome.PASS


def test_a_pair_that_is_cut_off_is_seen() -> None:
    observation = paths.reachability(Fabric(unreached=frozenset({("peer-l", "quiet")})).node())

    finding = every_pod_reaches_every_other(observation)

    assert finding.code == "unreached"
    assert finding.facts["unreached"] == ["peer-l to quiet"]


def test_a_server_that_says_nonsense_to_all_is_no_other_pod() -> None:
    observation = paths.reachability(Fabric(says={"peer-b": "<html>"}).node())

    assert [visit.backend for visit in observation.own] == ["peer-b"]
    assert every_pod_reaches_every_other(observation).code == "mistaken-server"


def test_the_dead_are_asked_after_their_kubelet_has_ended_them() -> None:
    fabric = Fabric()

    observation = paths.dead_address(fabric.node())

    # Grace 0 would make the API forget a pod that still runs.
    assert fabric.deleted == [("/api/v1/namespaces/run/pods/doomed", 1)]
    assert {attempts.failures[0].reply for attempts in observation.after} == {Reply.TIMED_OUT}
    assert a_deleted_pods_address_is_silent(observation).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("fabric", "code"),
    [
        pytest.param(Fabric(ghost=True), "still-answers", id="ghost"),
        pytest.param(Fabric(heir="peer-a"), "pass", id="given-to-another"),
    ],
)
def test_who_answers_at_a_dead_address_is_asked(fabric: Fabric, code: str) -> None:
    assert a_deleted_pods_address_is_silent(paths.dead_address(fabric.node())).code == code


def test_a_pod_that_does_not_go_is_no_answer() -> None:
    with pytest.raises(NotReadyError, match="doomed is gone after its deletion"):
        paths.dead_address(Fabric(stays=True).node())


@pytest.mark.parametrize(
    ("fabric", "outcome", "code"),
    [
        pytest.param(Fabric(), Outcome.PASS, "pass", id="ready"),
        pytest.param(Fabric(ready=("False",)), Outcome.FAIL, "never-ready", id="peers-only"),
        pytest.param(
            Fabric(
                ready=("False",), unreached=frozenset({("probe", "peer-a"), ("peer-a", "probe")})
            ),
            Outcome.INCONCLUSIVE,
            "not-ready",
            id="nobody",
        ),
        pytest.param(
            Fabric(ready=("False",), health=412),
            Outcome.INCONCLUSIVE,
            "not-ready",
            id="a-server-that-is-not-well",
        ),
        pytest.param(Fabric(ready=("False", "True")), Outcome.PASS, "pass", id="ready-late"),
        pytest.param(
            Fabric(readiness={"exec": {"command": ["true"]}}),
            Outcome.INCONCLUSIVE,
            "no-probe",
            id="no-http",
        ),
        pytest.param(
            Fabric(readiness={"httpGet": {"port": "http"}}),
            Outcome.INCONCLUSIVE,
            "no-probe",
            id="a-port-by-name",
        ),
    ],
)
def test_the_kubelets_probes_are_read(fabric: Fabric, outcome: Outcome, code: str) -> None:
    finding = the_kubelet_reaches_its_pods(paths.kubelet_probes(fabric.node()))

    assert (finding.outcome, finding.code) == (outcome, code)


@pytest.mark.parametrize(
    ("said", "code"), [("", "pass"), ("TIMEOUT", "filtered"), ("REFUSED", "refused")]
)
def test_every_container_of_a_pod_asks_its_node(said: str, code: str) -> None:
    observation = paths.pod_to_node(Fabric(kubelet=said).node())

    assert [each.client for each in observation.handshakes] == ["probe/a", "probe/b", "probe/c"]
    assert a_pod_reaches_its_node(observation).code == code


def test_frames_are_captured_on_linux_while_the_pod_talks_to_pod_and_node() -> None:
    fabric = Fabric()

    observation = wire.wire(fabric.node())

    assert observation.receiver == "linux-a"
    assert {"10.244.1.4", ADDRESSES["linux-a"]} <= set(fabric.talked)
    assert [neighbour.node for neighbour in observation.neighbours] == [
        "win-a",
        "win-b",
        "linux-b",
    ]
    assert observation.sender_macs == (MACS["win-a"],)
    assert observation.pod_macs == (POD_MAC,)
    assert frames_bear_the_nodes_mac(observation).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("fabric", "outcome", "code"),
    [
        pytest.param(Fabric(bears=POD_MAC), Outcome.FAIL, "own-mac", id="own"),
        pytest.param(
            Fabric(proxy_arp="12:34:56:78:9a:bc"),
            Outcome.NOT_APPLICABLE,
            "arp-answered-for-all",
            id="azure",
        ),
        pytest.param(Fabric(plain=False), Outcome.NOT_APPLICABLE, "no-plain-frames", id="overlay"),
        pytest.param(
            Fabric(capturing=frozenset()), Outcome.NOT_APPLICABLE, "no-capture", id="no-tcpdump"
        ),
        pytest.param(
            Fabric(evidence=frozenset()), Outcome.NOT_APPLICABLE, "no-capture", id="not-admitted"
        ),
        pytest.param(
            Fabric(evidence=frozenset({"linux-a"}), cni_files=""),
            Outcome.PASS,
            "pass",
            id="nothing-read-on-the-sender",
        ),
    ],
)
def test_a_wire_is_judged_where_it_can_be(fabric: Fabric, outcome: Outcome, code: str) -> None:
    finding = frames_bear_the_nodes_mac(wire.wire(fabric.node()))

    assert (finding.outcome, finding.code) == (outcome, code)


@pytest.mark.parametrize(
    "fabric",
    [
        pytest.param(Fabric(translated=True), id="internal-ip-of-no-interface"),
        pytest.param(Fabric(capturing=frozenset({"linux-z"})), id="capture-where-no-peer-is"),
    ],
)
def test_a_wire_that_cannot_be_seen_says_why(fabric: Fabric) -> None:
    observation = wire.wire(fabric.node())

    assert observation.receiver is None
    assert observation.reason


def test_a_pod_without_ipv4_is_not_captured() -> None:
    fabric = Fabric()
    fabric.pods["probe"] = fabric.pod("probe", "win-a", "fd00::67", containers="abc")

    observation = wire.wire(fabric.node())

    assert (observation.receiver, observation.reason) == (None, "probe has no IPv4 address")


def test_a_node_without_an_ipv4_address_is_on_no_wire() -> None:
    node = Fabric().node()
    node.judged.node.internal_ips = ("fd00::13",)  # type: ignore[misc]  # a stand-in, not frozen

    observation = wire.wire(node)

    assert observation.neighbours[0].mac is None
    assert frames_bear_the_nodes_mac(observation).code == "not-on-one-wire"


def test_frames_of_a_windows_pod_are_read_without_its_own_mac() -> None:
    fabric = Fabric(probe_userland=Userland.WINDOWS, node_userland=Userland.WINDOWS, bears=POD_MAC)

    observation = wire.wire(fabric.node())

    assert (observation.pod_macs, observation.sender_macs) == ((), ())
    assert frames_bear_the_nodes_mac(observation).code == "third-mac"
    assert "only be read on Linux" in observation.configuration.reason


@pytest.mark.parametrize("command", ["cat /sys", "ip -4 -o addr", "ping "])
def test_an_evidence_command_that_fails_is_no_answer(command: str) -> None:
    with pytest.raises(HarnessError, match="ended with exit status 1"):
        wire.wire(Fabric(refuses=command).node())


def test_another_windows_node_captures_where_no_linux_one_can() -> None:
    fabric = Fabric(capturing=frozenset({"win-b"}))

    assert wire.wire(fabric.node()).receiver == "win-b"


def test_a_capture_that_was_allowed_and_failed_is_no_answer() -> None:
    fabric = Fabric(tcpdump="tcpdump: eth0: You don't have permission to capture\n")

    with pytest.raises(HarnessError, match="could not be captured"):
        wire.wire(fabric.node())


@pytest.mark.parametrize(
    ("fabric", "files", "code"),
    [
        pytest.param(
            Fabric(),
            (Configuration(file="10-l2bridge.conflist", network="l2bridge", plugins=("ptp",)),),
            "pass",
            id="configured",
        ),
        pytest.param(Fabric(cni_files="# readable\n", bears=POD_MAC), (), "no-plugin", id="empty"),
        pytest.param(
            Fabric(cni_files="# readable\n"), (), "configured-elsewhere", id="empty-and-rewritten"
        ),
        pytest.param(
            Fabric(cni_files="ls: can't open '.': Permission denied\n"),
            None,
            "unread",
            id="not-mounted",
        ),
        pytest.param(
            Fabric(evidence=frozenset({"linux-a"})), None, "unread", id="not-admitted-there"
        ),
    ],
)
def test_a_configuration_is_read_or_said_to_be_unread(
    fabric: Fabric, files: tuple[Configuration, ...] | None, code: str
) -> None:
    observation = cni.plugin(fabric.node())

    assert observation.configuration.files == files
    assert a_plugin_is_configured(observation).code == code
    assert (files is None) == bool(observation.configuration.reason)


def test_addresses_are_compared_with_the_nodes_own_prefix() -> None:
    finding = addresses_have_an_origin(cni.origins(Fabric().node()))

    assert finding.facts == {"source": "host-subnet", "ranges": ["172.30.0.0/24"]}


@pytest.mark.parametrize(
    ("fabric", "reason"),
    [
        pytest.param(Fabric(evidence=frozenset()), "not admitted", id="not-admitted"),
        pytest.param(Fabric(translated=True), "no interface of win-a has", id="translated"),
    ],
)
def test_an_unread_prefix_says_why(fabric: Fabric, reason: str) -> None:
    observation = cni.origins(fabric.node())

    assert observation.host_networks is None
    assert reason in observation.reason


def test_the_addresses_of_a_platform_leave_the_doomed_out() -> None:
    observation = cni.platform_addresses(Fabric().node())

    assert [pod.pod for pod in observation.pods] == ["probe", "peer-a", "quiet", "peer-b"]
    assert observation.interfaces.pod_ips == ("172.30.0.67",)


HERS, HIS = "172.30.0.67", "172.30.0.70"


@pytest.mark.parametrize(
    ("fabric", "code"),
    [
        pytest.param(Fabric(book=HERS), "pass", id="given-back"),
        pytest.param(Fabric(book=f"{HERS} {HIS}"), "leaked", id="leaked"),
        pytest.param(
            Fabric(book=f"{HERS} {HIS}", heirs=("web",)), "given-again", id="given-to-another"
        ),
        pytest.param(Fabric(book="172.30.0.1"), "kept-elsewhere", id="another-ipam"),
        pytest.param(Fabric(), "unread", id="no-book"),
        pytest.param(Fabric(evidence=frozenset()), "unread", id="nobody-may-look"),
        pytest.param(Fabric(node_userland=Userland.WINDOWS), "unread", id="hns"),
    ],
)
def test_an_address_book_is_read_after_a_deletion(fabric: Fabric, code: str) -> None:
    finding = a_deleted_pods_address_is_given_back(address_book.address_book(fabric.node()))

    assert finding.code == code, finding.seen


@pytest.mark.parametrize(
    "ask", [address_book.address_book, wire.configuration, wire.host_networks]
)
def test_evidence_that_is_late_leaves_its_question_open(
    ask: Callable[[NodeUnderTest], object],
) -> None:
    with pytest.raises(NotReadyError):
        ask(Fabric(book=HERS, evidence=frozenset(), is_late=True).node())


def test_a_pod_is_deleted_once_for_both_questions() -> None:
    fabric = Fabric(book=HERS)
    node = fabric.node()

    paths.dead_address(node)
    address_book.address_book(node)

    assert len(fabric.deleted) == 1
