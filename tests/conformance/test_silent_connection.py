"""A connection that is held open: by this machine's busybox, and through proxies of every kind."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

import pytest

from conformance.errors import HarnessError
from conformance.probes import silence
from conformance.userlands import held_connection
from conformance.userlands.held_connection import held_command, read_held
from tests.conformance.service_network import Proxy, ServiceNetwork
from verdicts.claims.silence import a_silent_connection_goes_on

needs_busybox = pytest.mark.skipif(
    shutil.which("busybox") is None, reason="the pods' userland is busybox's"
)


class Named(BaseHTTPRequestHandler):
    """netexec's `/hostname`; a server with one answer a connection closes it after that."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"peer-1")
        self.close_connection |= cast("Server", self.server).closes

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name it has
        """Say nothing."""


class Server(ThreadingHTTPServer):
    closes = False


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Named) as serving:
        thread = threading.Thread(target=serving.serve_forever, daemon=True)
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


@needs_busybox
@pytest.mark.parametrize(("closes", "answers"), [(False, 2), (True, 1)])
def test_the_answers_on_one_connection_are_read(
    closes: bool,  # noqa: FBT001  # a case of the table
    answers: int,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(held_connection, "SILENCE", 1)
    server.closes = closes

    said = subprocess.run(
        ["busybox", "sh", "-c", held_command("127.0.0.1", server.server_port)],
        capture_output=True,
        text=True,
        timeout=15,
        check=False,
    )

    assert read_held(said.stdout) == ("peer-1",) * answers


def test_nobody_answers_where_nothing_came() -> None:
    assert read_held("\n# ended\n") == ()


@pytest.mark.parametrize("output", ["", "sh: nc: not found\n\n# ended\n"])
def test_an_image_without_the_commands_asked_nobody(output: str) -> None:
    with pytest.raises(HarnessError, match="could not be held"):
        read_held(output)


@pytest.mark.parametrize(
    ("proxy", "code"),
    [
        pytest.param(Proxy(), "pass", id="remembers"),
        pytest.param(Proxy(remembers=False), "no-answer", id="forgets"),
        pytest.param(Proxy(settles_after=3), "pass", id="programmed-late"),
    ],
)
@pytest.mark.usefixtures("time_flies")
def test_a_proxy_remembers_a_silent_connection(proxy: Proxy, code: str) -> None:
    seen = silence.silent_connection(ServiceNetwork(proxy).node())

    assert a_silent_connection_goes_on(seen).code == code


@pytest.mark.usefixtures("time_flies")
def test_a_client_that_cannot_hold_a_connection_is_not_asked() -> None:
    seen = silence.silent_connection(ServiceNetwork(Proxy(), is_windows=True).node())

    assert a_silent_connection_goes_on(seen).code == "not-asked"
