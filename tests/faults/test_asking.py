"""What a proof asks from a pod's namespace says how often it was answered, and how it ended."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from lab.faults import asking


@contextmanager
def answering(answer: Callable[[bytes], bytes | None]) -> Iterator[int]:
    """Answer datagrams on a port of the loopback, or leave them where there is no answer."""
    with socket.socket(type=socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            while (given := server.recvfrom(4096))[0] != b"end":
                answered = answer(given[0])
                if answered is not None:
                    server.sendto(answered, given[1])

        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield server.getsockname()[1]
        finally:
            with socket.socket(type=socket.SOCK_DGRAM) as last:
                last.sendto(b"end", server.getsockname())
            serving.join()


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_TIMEOUT", 0.2)


def test_of_a_flow_the_answered_datagrams_are_counted() -> None:
    answers = iter([b"first", None, b"third"])

    with answering(lambda _: next(answers)) as port:
        assert asking.flow("127.0.0.1", str(port), "hostname", "3") == "2"


def test_records_are_counted_in_an_answer_to_a_question_with_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bytes] = []

    def answer(query: bytes) -> bytes:
        asked.append(query)
        return query[:6] + (60).to_bytes(2) + query[8:]

    with answering(answer) as port:
        connect = socket.socket.connect
        monkeypatch.setattr(
            socket.socket,
            "connect",
            lambda self, _: connect(self, ("127.0.0.1", port)),
        )
        assert asking.records("192.0.2.1", "many.example.", "28") == "60"

    (query,) = asked
    assert query[4:12] == b"\x00\x01\x00\x00\x00\x00\x00\x01"
    assert query[12:] == b"\x04many\x07example\x00\x00\x1c\x00\x01" + asking._ROOM


def test_a_page_is_asked_for_from_the_port_that_was_chosen() -> None:
    class Tell(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(str(self.client_address[1]).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        source = str(free.getsockname()[1])
    with HTTPServer(("127.0.0.1", 0), Tell) as server:
        serving = threading.Thread(target=server.handle_request)
        serving.start()
        said = asking.get("127.0.0.1", str(server.server_port), "/", source)
        serving.join()

    assert said == source


def test_what_is_asked_repeatedly_is_asked_no_more_once_it_timed_out() -> None:
    answers = iter([b"one", b"two", None, b"four"])

    with answering(lambda _: next(answers)) as port:
        said = asking.repeatedly("4", "udp", "127.0.0.1", str(port), "hostname")

    assert said.splitlines() == ["one", "two", "timed out"]
    assert next(answers) == b"four"


@pytest.mark.parametrize(("answers", "said"), [(2, "2"), (1, "closed"), (0, "silent")])
def test_a_connection_is_asked_again_after_a_silence(answers: int, said: str) -> None:
    class Count(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        asked = 0

        def do_GET(self) -> None:
            self.asked += 1
            if self.asked > answers:
                # As a reset would: no answer, and no more connection.
                self.close_connection = True
                return
            self.wfile.write(f"HTTP/1.1 200 OK\r\n\r\n{self.asked}".encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Count) as server:
        serving = threading.Thread(target=server.handle_request)
        serving.start()
        assert asking.resume("127.0.0.1", str(server.server_port), "/", "0.1") == said
        serving.join()


def test_a_port_is_bound_once() -> None:
    with socket.create_server(("", 0)) as server:
        port = str(server.getsockname()[1])
        assert asking.bind(port) == "taken"

    assert asking.bind(port) == "bound"


def test_a_datagram_is_sent_from_the_port_that_was_chosen() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        source = str(free.getsockname()[1])

    with socket.socket(type=socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        said = asking.udp("127.0.0.1", str(server.getsockname()[1]), "hostname", source)
        sender = server.recvfrom(4096)[1]

    assert (said, sender[1]) == ("timed out", int(source))
