"""The relay between a proxy and an API server with TLS: lists and watches, edited as they pass."""

import json
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lab.faults.api_relay import relay
from lab.pki import Pki, create_pki
from lab.waiting import eventually

START = Path(relay.__file__).with_name("__main__.py")


def service(name: str, namespace: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"ports": []}}


SERVICES = [service("kubernetes", "default"), service("web", "x")]


@dataclass
class Asked:
    """What reached the API server."""

    paths: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)


class FakeApi(BaseHTTPRequestHandler):
    """Lists and watches Services, takes events, and says no to the rest."""

    protocol_version = "HTTP/1.1"
    asked: Asked

    def do_GET(self) -> None:
        self._note()
        if self.path.startswith("/api/v1/services?watch"):
            self._watch()
        elif self.path == "/api/v1/services":
            self._say(200, {"kind": "ServiceList", "items": SERVICES})
        else:
            self._say(404, {"kind": "Status", "code": 404})

    def do_POST(self) -> None:
        self._note()
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._say(201, {"got": body})

    def _note(self) -> None:
        self.asked.paths.append(f"{self.command} {self.path}")
        self.asked.accepted.append(self.headers["Accept"])
        subject = dict(pair[0] for pair in self.connection.getpeercert()["subject"])
        self.asked.clients.append(subject["commonName"])

    def _watch(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        events = [{"type": "ADDED", "object": thing} for thing in SERVICES]
        events.append({"type": "BOOKMARK", "object": {"kind": "Service"}})
        for event in events:
            line = json.dumps(event).encode() + b"\n"
            # Not one event a chunk: lines are the unit of a watch, and chunks are the wire's.
            for part in (line[:7], line[7:]):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def _say(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return create_pki(
        tmp_path_factory.mktemp("pki"), apiserver_addresses=[], apiserver_names=[], nodes={}
    )


@pytest.fixture
def api(pki: Pki) -> Iterator[tuple[int, Asked]]:
    """An API server on this machine's loopback, and what it is asked."""
    asked = Asked()
    handler = type("Handler", (FakeApi,), {"asked": asked})
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=pki.certificate("ca"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(pki.certificate("apiserver"), pki.key("apiserver"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield server.server_address[1], asked
        server.shutdown()
        serving.join()


@pytest.fixture
def proxy(api: tuple[int, Asked], pki: Pki, tmp_path: Path) -> Iterator[HTTPConnection]:
    """A kept connection to a relay that tells no Service of namespace x."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = tmp_path / "relay.json"
    settings.write_text(
        json.dumps(
            {
                "port": port,
                "server": ["127.0.0.1", api[0]],
                "ca": str(pki.certificate("ca")),
                "certificate": str(pki.certificate("proxy")),
                "key": str(pki.key("proxy")),
                "node": "linux-a",
                "edit": "new-services-missing",
                "counter": str(tmp_path / "edited"),
            }
        )
    )
    with subprocess.Popen([sys.executable, "-IS", START, settings]) as running:
        eventually(
            (tmp_path / "edited").exists, what="the relay listens", timeout=10, next_step="-"
        )
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        yield connection
        connection.close()
        running.kill()


def names(things: list[dict[str, Any]]) -> list[str]:
    return [thing["metadata"]["name"] for thing in things]


def test_a_list_and_a_watch_are_edited_and_everything_else_passes(
    proxy: HTTPConnection, api: tuple[int, Asked], tmp_path: Path
) -> None:
    asked = api[1]
    protobuf = {"Accept": "application/vnd.kubernetes.protobuf"}

    proxy.request("GET", "/api/v1/services", headers=protobuf)
    listed = json.loads(proxy.getresponse().read())
    proxy.request("GET", "/api/v1/services?watch=true", headers=protobuf)
    events = [json.loads(line) for line in proxy.getresponse().read().splitlines()]
    proxy.request("GET", "/api/v1/nodes/linux-a", headers=protobuf)
    missing = proxy.getresponse()
    missing.read()
    proxy.request("POST", "/api/v1/namespaces/x/events", body=b'{"a": 1}')
    posted = proxy.getresponse()

    assert names(listed["items"]) == ["kubernetes"]
    assert [event["type"] for event in events] == ["ADDED", "BOOKMARK"]
    assert names([events[0]["object"]]) == ["kubernetes"]
    assert missing.status == 404
    assert (posted.status, json.loads(posted.read())) == (201, {"got": {"a": 1}})
    assert asked.paths[-1] == "POST /api/v1/namespaces/x/events"
    # What is edited is asked for as JSON; the proxy reads what the answer says that it is.
    assert asked.accepted[:3] == ["application/json"] * 2 + [protobuf["Accept"]]
    assert set(asked.clients) == {"system:kube-proxy"}
    assert (tmp_path / "edited").read_text() == "2"
