"""The lab's own API client, against a server that speaks TLS and a few words of Kubernetes."""

import json
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from threading import Thread

import pytest

from lab import api as api_module
from lab.api import Api
from lab.errors import LabError
from lab.pki import Pki, create_pki

EVENTS = [
    {"type": "ADDED", "object": {"metadata": {"name": "a"}}},
    {"type": "MODIFIED", "object": {"metadata": {"name": "b"}}},
]


class Words(BaseHTTPRequestHandler):
    """Answers by path: `/things` lists, `/taken` conflicts, `/gone` is not found, `/bad` fails."""

    def log_message(self, *_: object) -> None:
        """Say nothing on the test's stderr."""

    def answer(self, status: int, body: object) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def do_GET(self) -> None:
        if "watch=true" in self.path:
            self.send_response(200)
            self.end_headers()
            events = [*EVENTS, {"type": "ERROR", "object": {"reason": "Expired"}}]
            for event in events if self.path.startswith("/expiring") else EVENTS:
                self.wfile.write(json.dumps(event).encode() + b"\n")
        elif self.path == "/bad":
            self.answer(500, {"message": "etcd is slow"})
        else:
            self.answer(200, {"items": [self.path]})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(409 if self.path == "/taken" else 422 if self.path == "/bad" else 201, {})

    def do_DELETE(self) -> None:
        self.answer(404 if self.path == "/gone" else 200, {})


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """Certificates of an API server at 127.0.0.1."""
    return create_pki(
        tmp_path_factory.mktemp("pki"),
        apiserver_addresses=[IPv4Address("127.0.0.1")],
        apiserver_names=[],
        nodes={},
    )


@pytest.fixture
def api(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """The client of a server that asks for a client certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki.certificate("apiserver"), pki.key("apiserver"))
    context.load_verify_locations(pki.certificate("ca"))
    context.verify_mode = ssl.CERT_REQUIRED
    with ThreadingHTTPServer(("127.0.0.1", 0), Words) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        monkeypatch.setattr(api_module, "PORT", server.server_address[1])
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Api("127.0.0.1", pki)
        server.shutdown()
        thread.join()


def test_what_lies_at_a_path_is_returned(api: Api) -> None:
    assert api.get("/things") == {"items": ["/things"]}


def test_creating_what_is_there_is_fine(api: Api) -> None:
    api.create("/taken", {})

    with pytest.raises(LabError, match="POST /bad - Expected: success Actual: 422"):
        api.create("/bad", {})


def test_deleting_what_is_gone_is_fine(api: Api) -> None:
    api.delete("/gone")

    assert api.get("/gone") == {"items": ["/gone"]}


def test_an_error_is_told_with_what_the_server_said(api: Api) -> None:
    with pytest.raises(LabError, match=r"500.*etcd is slow"):
        api.get("/bad")


def test_a_watch_yields_objects_as_they_come(api: Api) -> None:
    seen = list(api.watch("/things", seconds=1))

    assert seen == [event["object"] for event in EVENTS]


def test_a_watch_that_the_server_breaks_off_is_an_error(api: Api) -> None:
    with pytest.raises(LabError, match="Expired"):
        list(api.watch("/expiring", seconds=1))


def test_a_server_that_is_not_there_is_an_os_error(pki: Pki, tmp_path: Path) -> None:
    del tmp_path
    with pytest.raises(OSError, match="refused"):
        Api("127.0.0.9", pki).get("/things")
