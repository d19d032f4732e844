"""A stand-in answers whatever it is asked with one text."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from http.server import ThreadingHTTPServer

import pytest

from lab.faults import asking, stand_in
from lab.waiting import eventually


@pytest.fixture
def port() -> Iterator[int]:
    """Where a stand-in listens that says `somebody {`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found: int = free.getsockname()[1]
    command = [sys.executable, "-IS", stand_in.__file__, str(found), "somebody {"]
    with subprocess.Popen(command) as process:
        try:
            eventually(
                lambda: asking.get("127.0.0.1", str(found), "/") != "refused",
                what="the stand-in listens",
                timeout=10,
                next_step="-",
            )
            yield found
        finally:
            process.kill()


@pytest.mark.parametrize("path", ["/hostname", "/dial?host=a&tries=3", "/"])
def test_every_request_has_the_same_answer(port: int, path: str) -> None:
    assert asking.get("127.0.0.1", str(port), path) == "somebody {"


def test_what_is_posted_is_answered_too(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"POST /shell HTTP/1.0\r\nContent-Length: 2\r\n\r\nls")
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))

    assert answer.startswith(b"HTTP/1.0 200")
    assert answer.endswith(b"somebody {")


def test_it_listens_without_asking_for_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(socket, "getfqdn", asked.append)
    monkeypatch.setattr(ThreadingHTTPServer, "serve_forever", lambda _: None)

    stand_in.main("0", "somebody")

    assert asked == []
