"""The restart's probe, tried on a pod whose second container ends and comes back, or does not."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest

from conformance.containers import Container, ContainerPorts, HttpAnswer, Pod, ShellAnswer
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
    """A quiet pod; its container b is away for so many questions, and then back, or apart."""

    shared: bool = True
    away_for: int = 2
    comes_back: bool = True
    starts_again: bool = True
    ended: int = 0
    asked: list[str] = field(default_factory=list)

    def ask(self, container: Container, request: str, *, timeout: float) -> HttpAnswer:
        assert timeout > 0
        assert container.name == "a", "b may be out of reach"
        query = {key: value[0] for key, value in parse_qs(urlsplit(request).query).items()}
        assert query["host"] == "127.0.0.1"
        self.asked.append(f"{query['port']} {query['request']}")
        error = self._error(query)
        body = {"errors": [error]} if error else {"responses": ["quiet"]}
        return HttpAnswer(200, json.dumps(body))

    def _error(self, query: dict[str, str]) -> str:
        if query["port"] == "8070":
            return ""
        if not self.shared:
            return REFUSED
        if query["request"] == "exit?code=0":
            self.ended += 1
            return EOF
        if not self.ended:
            return ""
        self.away_for -= 1
        return REFUSED if self.away_for >= 0 or not self.comes_back else ""

    def shell(self, container: Container, command: str, *, timeout: float) -> ShellAnswer:
        raise AssertionError(f"{container} was told {command} for {timeout} s")

    def get(self, path: str) -> JsonObject:
        assert path.endswith("/pods/quiet")
        again = self.ended if self.starts_again else 0
        state: JsonObject = {"running": {"startedAt": "2026-11-23T00:00:00Z"}}
        if not self.starts_again:
            state = {"waiting": {"reason": "CrashLoopBackOff"}}
        return {
            "metadata": {"name": "quiet"},
            "status": {
                "containerStatuses": [
                    {"name": "a", "restartCount": 0, "state": {"running": {}}},
                    {"name": "b", "restartCount": again, "state": state},
                ]
            },
        }

    def node(self) -> NodeUnderTest:
        kept: dict[str, object] = {}

        def once(key: str, ask: Callable[[], object]) -> object:
            if key not in kept:
                kept[key] = ask()
            return kept[key]

        pod = Pod(
            name="quiet",
            namespace="run",
            node="node-a",
            platform="linux",
            ip="10.244.0.7",
            ips=("10.244.0.7",),
            labels={},
            ports=(ContainerPorts("a", 8070), ContainerPorts("b", 8090)),
            transport=self,
        )
        node = SimpleNamespace(
            quiet_pod=pod, cluster=self, once=once, patience=replace(LAB, restarted=3.0)
        )
        return cast("NodeUnderTest", node)


def test_a_container_is_ended_once_and_asked_until_it_is_back() -> None:
    siblings = Siblings()
    node = siblings.node()

    observation = restart.restarted(node)

    assert restart.restarted(node) is observation
    assert siblings.ended == 1
    assert siblings.asked == ["8090 hostname", "8090 exit?code=0", *["8090 hostname"] * 3]
    finding = a_restarted_container_stays_in_the_compartment(observation)
    assert finding.outcome is Outcome.PASS, finding.seen


@pytest.mark.parametrize(
    ("siblings", "code"),
    [
        pytest.param(Siblings(comes_back=False), "refused", id="apart"),
        pytest.param(
            Siblings(comes_back=False, starts_again=False), "not-restarted", id="never-again"
        ),
    ],
)
def test_one_that_does_not_answer_again_is_looked_for_in_the_api(
    siblings: Siblings, code: str
) -> None:
    observation = restart.restarted(siblings.node())

    assert a_restarted_container_stays_in_the_compartment(observation).code == code
    assert siblings.asked[-1] == "8070 hostname"


def test_containers_that_share_nothing_are_left_alone() -> None:
    siblings = Siblings(shared=False)

    observation = restart.restarted(siblings.node())

    assert siblings.ended == 0
    assert a_restarted_container_stays_in_the_compartment(observation).code == "never-shared"
