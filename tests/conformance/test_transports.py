"""The way to a container is the first by which it answers as itself."""

import json
from collections.abc import Sequence

import pytest

from conformance.cluster import Answer, Executed
from conformance.containers import Container, ContainerPorts, Pod
from conformance.errors import Forbidden, TransportError
from conformance.exchanges import Recorder
from conformance.transports import SelfTested
from conformance.waiting import Clock
from tests.conformance.fake_cluster import FakeCluster

API_STATUS = json.dumps({"kind": "Status", "code": 503, "message": "no endpoints available"})
FAILED_DIAL = "error trying to reach service: dial tcp 10.0.0.1:8090: connect: connection refused"


def hurried() -> Clock:
    now = iter(range(0, 100_000, 4))
    return Clock(now=lambda: next(now), sleep=lambda _: None)


def pod(transport: SelfTested, name: str = "probe", platform: str = "linux") -> Pod:
    return Pod(
        name=name,
        namespace="n",
        node="linux-a",
        platform=platform,
        ip="10.0.0.1",
        ips=("10.0.0.1",),
        labels={},
        ports=(ContainerPorts("a", 8080, 8081), ContainerPorts("b", 8090, 8091)),
        transport=transport,
    )


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def transport(cluster: FakeCluster, recorder: Recorder) -> SelfTested:
    return SelfTested(cluster, recorder, clock=hurried())


def by_exec(pod: str, _container: str, command: Sequence[str]) -> Executed:
    """Answer as a container whose netexec is asked from within."""
    if "nc -w" in command[-1]:
        return Executed(0, f"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n{pod}")
    return Executed(1, "no such thing\n")


def container(transport: SelfTested, name: str = "a") -> Container:
    return next(c for c in pod(transport).containers if c.name == name)


def test_the_pod_proxy_comes_first(cluster: FakeCluster, transport: SelfTested) -> None:
    cluster.executed = by_exec

    assert transport.chosen(container(transport)).name == "pod proxy"


@pytest.mark.parametrize(
    "answer", [Answer(503, API_STATUS), Answer(503, FAILED_DIAL), Answer(200, "another-pod")]
)
def test_a_container_that_is_not_behind_the_proxy_is_asked_from_within(
    cluster: FakeCluster, transport: SelfTested, answer: Answer
) -> None:
    cluster.serve = lambda pod, port, _: answer if port == 8090 else Answer(200, pod)
    cluster.executed = by_exec

    assert transport.chosen(container(transport, "a")).name == "pod proxy"
    assert transport.chosen(container(transport, "b")).name == "exec"
    assert container(transport, "b").ask("hostname").body == "probe"


def test_what_a_platform_answered_by_holds_for_its_other_first_containers(
    cluster: FakeCluster, transport: SelfTested
) -> None:
    transport.chosen(container(transport))
    cluster.calls.clear()

    transport.chosen(pod(transport, "peer").first)

    assert cluster.calls == []


def test_another_platform_is_tested_for_itself(
    cluster: FakeCluster, transport: SelfTested
) -> None:
    cluster.serve = lambda pod, *_: Answer(503, FAILED_DIAL) if pod == "far" else Answer(200, pod)
    cluster.executed = by_exec
    transport.chosen(container(transport))

    assert transport.chosen(pod(transport, "far", "windows-2016").first).name == "exec"


def test_a_container_that_answers_by_none_is_told_with_what_each_brought(
    cluster: FakeCluster, transport: SelfTested
) -> None:
    cluster.serve = lambda *_: Answer(503, FAILED_DIAL)

    with pytest.raises(TransportError) as told:
        transport.chosen(container(transport, "b"))

    assert "probe/b - it answers by no transport" in str(told.value)
    assert "pod proxy: probe/b - no netexec behind the pod proxy" in str(told.value)
    assert "exec: probe/b - no netexec on its own 127.0.0.1" in str(told.value)


def test_a_netexec_that_did_not_come_up_in_its_time_is_asked_once_from_then_on(
    cluster: FakeCluster, transport: SelfTested
) -> None:
    asked: list[str] = []
    cluster.serve = lambda pod, *_: asked.append(pod) or Answer(503, FAILED_DIAL)  # type: ignore[func-returns-value]  # noted and refused
    with pytest.raises(TransportError):
        transport.chosen(container(transport, "b"))
    assert len(asked) > 1
    asked.clear()

    with pytest.raises(TransportError, match="it answers by no transport"):
        transport.chosen(container(transport, "b"))

    assert asked == ["probe"]


def test_a_container_is_awaited_anew_where_the_api_server_was_away(
    cluster: FakeCluster, transport: SelfTested
) -> None:
    ways = {("get", "/proxy"), ("create", "/exec")}
    cluster.refuse |= ways
    with pytest.raises(TransportError):
        transport.chosen(container(transport, "b"))
    cluster.refuse -= ways
    answers = iter([Answer(503, FAILED_DIAL), Answer(200, "probe")])
    cluster.serve = lambda *_: next(answers)

    assert transport.chosen(container(transport, "b")).name == "pod proxy"


def test_a_forbidden_proxy_is_no_answer_either(
    cluster: FakeCluster, transport: SelfTested
) -> None:
    cluster.refuse.add(("get", "/proxy"))
    cluster.executed = by_exec

    assert transport.chosen(container(transport)).name == "exec"


def test_a_netexec_that_comes_up_late_is_awaited(
    cluster: FakeCluster, transport: SelfTested
) -> None:
    answers = iter([Answer(503, FAILED_DIAL), Answer(200, "probe"), Answer(200, "probe")])
    cluster.serve = lambda *_: next(answers)

    assert transport.chosen(container(transport, "b")).name == "pod proxy"


def test_netexecs_own_refusals_are_answers(cluster: FakeCluster, transport: SelfTested) -> None:
    transport.chosen(container(transport))
    cluster.serve = lambda *_: Answer(400, "host and/or port param are invalid")

    assert container(transport).ask("dial?host=x").status == 400


def test_a_shell_tells_a_failed_command_from_one_that_could_not_be_asked(
    cluster: FakeCluster, transport: SelfTested
) -> None:
    transport.chosen(container(transport))
    cluster.serve = lambda *_: Answer(
        200, json.dumps({"output": "no\n", "error": "exit status 2"})
    )
    answer = container(transport).shell("false")
    assert (answer.failed, answer.output) == (True, "no\n")

    cluster.refuse.add(("get", "/proxy"))
    with pytest.raises(Forbidden):
        container(transport).shell("false")


def test_a_command_by_exec_keeps_its_exit_status(
    cluster: FakeCluster, transport: SelfTested
) -> None:
    cluster.serve = lambda *_: Answer(503, FAILED_DIAL)
    cluster.executed = by_exec

    answer = container(transport, "b").shell("false")

    assert (answer.error, answer.output) == ("exit status 1", "no such thing\n")


def test_questions_and_failures_are_recorded_alike(
    cluster: FakeCluster, transport: SelfTested, recorder: Recorder
) -> None:
    transport.chosen(container(transport))
    mark = recorder.mark()
    container(transport).ask("hostname")
    cluster.refuse.add(("get", "/proxy"))
    with pytest.raises(Forbidden):
        container(transport).shell("ip addr")

    first, second = recorder.since(mark)

    assert (first.transport, first.target, first.request) == ("pod proxy", "probe/a", "/hostname")
    assert first.answer == "probe"
    assert (second.request, "forbidden" in second.answer) == ("ip addr", True)


def test_a_long_answer_is_cut_with_its_length_told(recorder: Recorder) -> None:
    cluster = FakeCluster()
    cluster.serve = lambda pod, _, request: Answer(200, "x" * 9000 if request == "long" else pod)
    transport = SelfTested(cluster, recorder)
    container(transport).ask("long")

    assert recorder.since(0)[-1].answer.endswith("x... (9000 characters)")
