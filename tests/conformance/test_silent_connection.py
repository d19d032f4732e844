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
from verdicts.claims.silence import silent_connections_go_on

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

    held = read_held(f"{said.stdout}{said.stderr}")
    assert held.answers == ("peer-1",) * answers
    assert held.again is not None
    assert held.ended is not None
    assert 0.9 < held.again <= held.ended < held.limit


def test_nobody_answers_where_nothing_came() -> None:
    held = read_held("\n# begun 77.10\n\n# again 82.12\n\n# ended 84.30\n")

    assert (held.answers, held.again, held.ended) == ((), 5.02, 7.2)
    assert held.was_given_time


@pytest.mark.parametrize("again", ["", "# again 88.20\n"])
def test_a_client_that_was_late_itself_left_no_time_for_an_answer(again: str) -> None:
    assert not read_held(f"# begun 77.10\n{again}# ended 89.10\n").was_given_time


@pytest.mark.parametrize("output", ["", "# begun 1.0\nsh: nc: not found\n\n# ended 1.1\n"])
def test_an_image_without_the_commands_asked_nobody(output: str) -> None:
    with pytest.raises(HarnessError, match="could not be held"):
        read_held(output)


@pytest.mark.parametrize(
    ("proxy", "code"),
    [
        pytest.param(Proxy(), "pass", id="remembers"),
        pytest.param(Proxy(remembers=False), "no-answer", id="forgets"),
        pytest.param(Proxy(cuts=1), "pass", id="cuts-a-single-one"),
        pytest.param(Proxy(cuts=4), "no-answer", id="cuts-one-now-and-then"),
        pytest.param(Proxy(settles_after=3), "pass", id="programmed-late"),
    ],
)
@pytest.mark.usefixtures("time_flies")
def test_a_proxy_remembers_a_silent_connection(proxy: Proxy, code: str) -> None:
    seen = silence.silent_connections(ServiceNetwork(proxy).node())

    assert silent_connections_go_on(seen).code == code


@pytest.mark.usefixtures("time_flies")
def test_a_second_round_is_held_only_where_some_of_the_first_were_lost() -> None:
    proxies = (Proxy(), Proxy(cuts=1), Proxy(remembers=False))

    rounds = [len(silence.silent_connections(ServiceNetwork(p).node()).rounds) for p in proxies]

    assert rounds == [1, 2, 1]


@pytest.mark.usefixtures("time_flies")
def test_a_client_that_cannot_hold_a_connection_is_not_asked() -> None:
    seen = silence.silent_connections(ServiceNetwork(Proxy(), is_windows=True).node())

    assert silent_connections_go_on(seen).code == "not-asked"
