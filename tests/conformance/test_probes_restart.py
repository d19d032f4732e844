"""The restart's probe, tried on a pod whose second container ends and comes back, or does not."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest

from conformance.cluster import Answer, Executed
from conformance.containers import Container, ContainerPorts, HttpAnswer, Pod, ShellAnswer
from conformance.errors import HarnessError
from conformance.exchanges import Recorder
from conformance.handles import NodeUnderTest
from conformance.objects import JsonObject
from conformance.probes import restart
from conformance.timeouts import LAB
from verdicts.claims.restart import a_restarted_container_stays_in_the_compartment
from verdicts.vocabulary import Outcome

REFUSED = "dial tcp 127.0.0.1:8090: connect: connection refused"
EOF = 'Get "http://127.0.0.1:8090/exit?code=0": EOF'


pytestmark = pytest.mark.usefixtures("time_flies")


@dataclass
class Siblings:
    """A quiet and a probe pod; the quiet one's container b is away for a while, or is apart.

    The API tells of its new start after `told_after` looks; once it has, exec leads to its server if
    that `listens`, and the pod proxy to that of a container that is not apart.
    """

    shared: bool = True
    probe_shares: bool = True
    away_for: int = 2
    comes_back: bool = True
    ends: bool = True
    starts_again: bool = True
    listens: bool = True
    told_after: int = 2
    is_told_of: bool = True
    ended: int = 0
    looks: int = 0
    asked: list[str] = field(default_factory=list)

    def ask(self, container: Container, request: str, *, timeout: float) -> HttpAnswer:
        assert timeout > 0
        query = {key: value[0] for key, value in parse_qs(urlsplit(request).query).items()}
        self.asked.append(f"{container} {query['port']} {query['request']}")
        error = self._error(container, query)
        body = {"errors": [error]} if error else {"responses": [container.pod.name]}
        return HttpAnswer(200, json.dumps(body))

    def _error(self, container: Container, query: dict[str, str]) -> str:
        if int(query["port"]) == container.http_port:
            return ""
        if container.pod.name == "probe":
            return "" if self.probe_shares else REFUSED
        if not self.shared:
            return REFUSED
        if query["request"] == "exit?code=0":
            self.ended += self.ends
            return EOF
        if not self.ended:
            return ""
        self.away_for -= 1
        return REFUSED if self.away_for >= 0 or not self.comes_back else ""

    def shell(self, container: Container, command: str, *, timeout: float) -> ShellAnswer:
        raise AssertionError(f"{container} was told {command} for {timeout} s")

    def ask_pod(
        self, namespace: str, name: str, port: int, request: str, *, timeout: float
    ) -> Answer:
        assert (namespace, name, port, request) == ("run", "quiet", 8090, "hostname")
        assert timeout > 0
        return Answer(503, "dial tcp 10.244.0.7:8090: connect: connection refused")

    def execute(
        self, namespace: str, name: str, container: str, command: list[str], *, timeout: float
    ) -> Executed:
        assert (namespace, name, container) == ("run", "quiet", "b")
        assert timeout > 0
        assert "GET /hostname" in command[-1]
        return Executed(0, "HTTP/1.0 200 OK\r\n\r\nquiet" if self.listens else "")

    def get(self, path: str) -> JsonObject:
        assert path.endswith("/pods/quiet")
        self.looks += bool(self.ended)
        again = self.ended if self.starts_again and self.looks > self.told_after else 0
        state: JsonObject = {"running": {"startedAt": "2026-11-23T00:00:00Z"}}
        if self.ended and not self.starts_again:
            state = {"waiting": {"reason": "CrashLoopBackOff"}}
        statuses = [
            {"name": "a", "restartCount": 0, "containerID": "cri://a", "state": {"running": {}}},
            {"name": "b", "restartCount": again, "containerID": f"cri://b{again}", "state": state},
        ]
        shown = statuses if self.is_told_of else statuses[:1]
        return {"metadata": {"name": "quiet"}, "status": {"containerStatuses": [*shown]}}

    def node(self) -> NodeUnderTest:
        kept: dict[str, object] = {}

        def once(key: str, ask: Callable[[], object]) -> object:
            if key not in kept:
                kept[key] = ask()
            return kept[key]

        node = SimpleNamespace(
            quiet_pod=self._pod("quiet", a=8070, b=8090),
            probe_pod=self._pod("probe", a=8080, b=8090, c=8100),
            cluster=self,
            recorder=Recorder(),
            once=once,
            patience=replace(LAB, restarted=3.0),
        )
        return cast("NodeUnderTest", node)

    def _pod(self, name: str, **ports: int) -> Pod:
        return Pod(
            name=name,
            namespace="run",
            node="node-a",
            platform="linux",
            ip="10.244.0.7",
            ips=("10.244.0.7",),
            labels={},
            ports=tuple(ContainerPorts(container, port) for container, port in ports.items()),
            transport=self,
        )


def test_a_container_is_ended_once_and_asked_until_it_is_back() -> None:
    siblings = Siblings()
    node = siblings.node()

    observation = restart.restarted(node)

    assert restart.restarted(node) is observation
    assert siblings.ended == 1
    assert siblings.asked == [
        "quiet/b 8090 hostname",
        "quiet/a 8090 hostname",
        "quiet/a 8090 exit?code=0",
        *["quiet/a 8090 hostname"] * 3,
    ]
    assert [life.identity for life in observation.lives] == ["cri://b0", "cri://b1"]
    finding = a_restarted_container_stays_in_the_compartment(observation)
    assert finding.outcome is Outcome.PASS, finding.seen


def test_one_that_only_answers_on_was_not_restarted() -> None:
    siblings = Siblings(ends=False)

    observation = restart.restarted(siblings.node())

    assert observation.after is None
    assert a_restarted_container_stays_in_the_compartment(observation).code == "not-restarted"


def test_one_that_is_not_started_again_is_not_asked() -> None:
    siblings = Siblings(comes_back=False, starts_again=False)

    finding = a_restarted_container_stays_in_the_compartment(restart.restarted(siblings.node()))

    assert finding.code == "not-restarted"
    assert "CrashLoopBackOff" in finding.seen
    assert siblings.asked[-1] == "quiet/a 8090 exit?code=0"


def test_one_that_is_apart_when_it_is_back_fails_beside_its_sibling() -> None:
    siblings = Siblings(comes_back=False)

    observation = restart.restarted(siblings.node())

    assert a_restarted_container_stays_in_the_compartment(observation).code == "refused"
    assert siblings.asked[-1] == "quiet/a 8070 hostname"


def test_one_whose_server_is_not_up_is_not_said_to_be_apart() -> None:
    observation = restart.restarted(Siblings(comes_back=False, listens=False).node())

    assert observation.answers_itself is False
    assert a_restarted_container_stays_in_the_compartment(observation).code == "control-failed"


def test_one_of_which_the_api_tells_nothing_is_not_ended() -> None:
    siblings = Siblings(is_told_of=False)

    with pytest.raises(HarnessError, match="quiet/b - the API tells nothing of this container"):
        restart.restarted(siblings.node())

    assert siblings.ended == 0


@pytest.mark.parametrize(
    ("probe_shares", "code"),
    [
        pytest.param(False, "never-shared", id="as-everywhere-on-the-node"),
        pytest.param(True, "never-answered", id="in-this-pod-alone"),
    ],
)
def test_containers_that_share_nothing_are_left_alone(probe_shares: bool, code: str) -> None:  # noqa: FBT001  # a case of the table
    siblings = Siblings(shared=False, probe_shares=probe_shares)

    observation = restart.restarted(siblings.node())

    assert siblings.ended == 0
    assert a_restarted_container_stays_in_the_compartment(observation).code == code
