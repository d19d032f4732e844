"""What a container's netexec answers to `/dial` and `connect`, and what is made of it."""

import json
import threading
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from conformance.containers import Container, ContainerPorts, HttpAnswer, Pod, ShellAnswer
from conformance.errors import TransportError
from verdicts.vocabulary import Protocol, Reply

REFUSED = "dial tcp 10.0.0.9:8080: connect: connection refused"
TIMED_OUT = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"


def query_of(request: str) -> dict[str, str]:
    return {key: value[0] for key, value in parse_qs(urlsplit(request).query).items()}


class ScriptedTransport:
    """Netexec as 1.37.2 has it: `responses` only where the last try brought one."""

    def __init__(self, outcome: Callable[[int], str | Exception]) -> None:
        self.outcome = outcome
        self.made = 0
        self.commands: list[str] = []
        self.queries: list[dict[str, str]] = []
        self.shell_answer = ShellAnswer(output="")

    def ask(self, container: Container, request: str, *, timeout: float) -> HttpAnswer:
        assert container.name == "a"
        query = query_of(request)
        assert timeout > int(query["tries"]) * 5
        self.queries.append(query)
        responses: list[str] = []
        errors: list[str] = []
        last = ""
        for _ in range(int(query["tries"])):
            outcome = self.outcome(self.made)
            self.made += 1
            last = outcome if isinstance(outcome, str) else ""
            (responses if last else errors).append(str(outcome))
        told = {
            **({"responses": responses} if last else {}),
            **({"errors": errors} if errors else {}),
        }
        return HttpAnswer(200, json.dumps(told))

    def shell(self, container: Container, command: str, *, timeout: float) -> ShellAnswer:
        assert container.name == "a"
        assert timeout > 0
        self.commands.append(command)
        return self.shell_answer


def container(transport: ScriptedTransport) -> Container:
    return Pod(
        name="probe",
        namespace="n",
        node="linux-a",
        platform="linux",
        ip="10.0.0.1",
        ips=("10.0.0.1",),
        labels={},
        ports=(ContainerPorts("a", 8080, 8081),),
        transport=transport,
    ).first


def test_every_try_is_counted_and_answers_keep_their_order() -> None:
    transport = ScriptedTransport(lambda n: f"backend-{n % 3}")

    attempts = container(transport).dial("10.0.0.9", 80, tries=7)

    assert attempts.answers == tuple(f"backend-{n % 3}" for n in range(7))
    assert (attempts.tries, attempts.answered, attempts.client) == (7, 7, "probe/a")


def test_udp_is_asked_of_netexec_as_udp() -> None:
    transport = ScriptedTransport(lambda _: "x")

    container(transport).dial("fd00::9", 81, protocol=Protocol.UDP, request="clientip")

    assert transport.queries == [
        {"host": "fd00::9", "port": "81", "request": "clientip", "protocol": "udp", "tries": "1"}
    ]


def test_identities_that_netexec_forgot_are_asked_for_again() -> None:
    transport = ScriptedTransport(lambda n: Exception(REFUSED) if n == 1 else "backend")

    attempts = container(transport).dial("10.0.0.9", 80, tries=2)

    assert attempts.answers == ("backend",)
    assert (attempts.tries, attempts.answered) == (3, 2)
    assert [failure.reply for failure in attempts.failures] == [Reply.REFUSED]


def test_refusals_are_counted_to_the_end() -> None:
    attempts = container(ScriptedTransport(lambda _: Exception(REFUSED))).dial(
        "10.0.0.9", 80, tries=30
    )

    assert (attempts.tries, attempts.answered) == (30, 0)
    assert attempts.replies == {Reply.REFUSED}


def test_what_times_out_twice_is_given_up() -> None:
    attempts = container(ScriptedTransport(lambda _: Exception(TIMED_OUT))).dial(
        "10.0.0.9", 80, tries=30
    )

    assert (attempts.tries, attempts.answered) == (2, 0)


def test_what_times_out_once_is_not_given_up() -> None:
    attempts = container(
        ScriptedTransport(lambda n: Exception(TIMED_OUT) if n == 0 else "backend")
    ).dial("10.0.0.9", 80, tries=30)

    assert (attempts.tries, attempts.answered) == (30, 29)


def test_after_one_timed_out_those_that_are_left_are_made_some_at_once() -> None:
    together = threading.Barrier(4, timeout=10)

    def outcome(made: int) -> str | Exception:
        return Exception(TIMED_OUT) if made == 5 else "backend"

    class Waiting(ScriptedTransport):
        def ask(self, container: Container, request: str, *, timeout: float) -> HttpAnswer:
            if query_of(request)["tries"] == "4":
                together.wait()
            return super().ask(container, request, timeout=timeout)

    transport = Waiting(outcome)
    attempts = container(transport).dial("10.0.0.9", 80, tries=28)

    first, second, *others = [query["tries"] for query in transport.queries]
    assert (first, second, sorted(others)) == ("2", "8", ["2", *["4"] * 4])
    assert (attempts.tries, attempts.answered, len(attempts.answers)) == (28, 27, 27)


def test_a_datagram_that_is_lost_changes_nothing_for_the_others() -> None:
    transport = ScriptedTransport(lambda made: Exception(TIMED_OUT) if made == 5 else "backend")

    attempts = container(transport).dial("10.0.0.9", 81, protocol=Protocol.UDP, tries=28)

    assert [query["tries"] for query in transport.queries] == ["2", "8", "18"]
    assert (attempts.tries, attempts.answered) == (28, 27)


def test_a_name_that_does_not_resolve_is_an_answer() -> None:
    transport = ScriptedTransport(lambda _: "")
    said = "host and/or port param are invalid. lookup web: no such host\n"
    transport.ask = lambda *_, **__: HttpAnswer(400, said)  # type: ignore[method-assign]  # scripted

    attempts = container(transport).dial("web", 80, tries=2)

    assert [failure.reply for failure in attempts.failures] == [Reply.UNRESOLVED] * 2


@pytest.mark.parametrize("body", ["<html>", "[]", '{"metadata": {}}'])
def test_an_answer_that_is_not_netexecs_is_no_outcome(body: str) -> None:
    transport = ScriptedTransport(lambda _: "")
    transport.ask = lambda *_, **__: HttpAnswer(200, body)  # type: ignore[method-assign]  # scripted

    with pytest.raises(TransportError, match="probe/a - /dial gave no answer of netexec's"):
        container(transport).dial("10.0.0.9", 80)


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        (ShellAnswer(output=""), Reply.ANSWERED),
        (ShellAnswer(output="REFUSED\n", error="exit status 1"), Reply.REFUSED),
        (ShellAnswer(output="TIMEOUT\n", error="exit status 1"), Reply.TIMED_OUT),
        (
            ShellAnswer(
                output="OTHER: dial tcp 10.96.0.9:80: connect: no route to host\n",
                error="exit status 1",
            ),
            Reply.UNREACHABLE,
        ),
    ],
)
def test_a_handshake_ends_in_one_kind_of_reply(answer: ShellAnswer, reply: Reply) -> None:
    transport = ScriptedTransport(lambda _: "")
    transport.shell_answer = answer

    assert container(transport).connect("10.96.0.9", 80) is reply
    assert transport.commands == ["/agnhost connect --timeout=3s 10.96.0.9:80"]


def test_an_ipv6_address_is_bracketed_for_a_handshake() -> None:
    transport = ScriptedTransport(lambda _: "")

    container(transport).connect("fd00::9", 80, timeout=1.5)

    assert transport.commands == ["/agnhost connect --timeout=1.5s '[fd00::9]:80'"]
