"""The relay: a server without TLS for the proxy, a client with the proxy's credentials beyond it.

Its settings are a JSON file: `port` to listen at on 127.0.0.1, `server` (address and port), `ca`,
`certificate` and `key` (PEM files), `node`, `edit` (a name of `edits.EDITS`), and `counter`, a file
that tells how many objects were changed so far; it is there as soon as the relay listens.
"""

import http.client
import json
import os
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from lab.faults.api_relay.edits import EDITS
from lab.oci_wrapper.documents import as_document, as_documents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.faults.api_relay.edit import Edit, Events, Members
    from lab.oci_wrapper.documents import Document

EDITED = ("services", "endpoints", "endpointslices")
_NOT_PASSED_ON = frozenset({"host", "connection", "accept", "accept-encoding", "content-length"})


class Way:
    """What all requests share: where they go to, as whom, and the edit with what it has seen."""

    def __init__(self, path: str) -> None:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib is dear to import
            self.settings = json.load(file)
        self.tls = ssl.create_default_context(cafile=self.settings["ca"])
        self.tls.load_cert_chain(self.settings["certificate"], self.settings["key"])
        self._edit: Edit = EDITS[self.settings["edit"]](self.settings["node"])
        self._alone = threading.Lock()

    def connection(self) -> http.client.HTTPSConnection:
        """Return a new connection; without a timeout, because a watch may be silent for long."""
        host, port = self.settings["server"]
        return http.client.HTTPSConnection(host, port, context=self.tls)

    def told(self, kind: str, thing: "Document") -> "Members":
        """Return what to tell instead of an object."""
        with self._alone:
            before = self._edit.count
            told = self._edit.tell(kind, thing)
            if self._edit.count != before:
                self.count()
        return told

    def gone(self, kind: str, thing: "Document") -> "Events":
        """Return the events to tell where an object was deleted."""
        with self._alone:
            before = self._edit.count
            told = self._edit.gone(kind, thing)
            if self._edit.count != before:
                self.count()
        return told

    def count(self) -> None:
        """Write down how many objects were changed."""
        path = self.settings["counter"]
        with open(f"{path}.new", "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write(str(self._edit.count))
        os.rename(f"{path}.new", path)  # noqa: PTH104


def edited_kind(path: str) -> str:
    """Return which of the edited kinds a request's path lists or watches; empty for others."""
    last = urlsplit(path).path.rstrip("/").rpartition("/")[2]
    return last if last in EDITED else ""


def is_watch(path: str) -> bool:
    """Tell whether the answer is a stream of events."""
    return parse_qs(urlsplit(path).query).get("watch", ["false"])[0] in {"true", "1"}


class Relay(BaseHTTPRequestHandler):
    """One connection of the proxy."""

    protocol_version = "HTTP/1.1"
    way: Way

    def relay(self) -> None:
        """Pass a request on, and tell its answer, edited where it is of an edited kind."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _NOT_PASSED_ON}
        kind = edited_kind(self.path) if self.command == "GET" else ""
        # What is edited must come as JSON; a client reads whatever the answer says that it is.
        headers["Accept"] = "application/json" if kind else self.headers.get("Accept", "*/*")
        connection = self.way.connection()
        try:
            connection.request(self.command, self.path, body=body, headers=headers)
            answer = connection.getresponse()
            if answer.status == http.HTTPStatus.OK and is_watch(self.path):
                self._stream(answer, kind)
            else:
                self._whole(answer, kind)
        except OSError:
            # The server is gone, or the proxy does not listen any more: it asks again by itself.
            self.close_connection = True
        finally:
            connection.close()

    def __getattr__(self, name: str) -> "Callable[[], None]":
        """Take every method of HTTP alike; the server looks each up as `do_` and its name."""
        if name.startswith("do_"):
            return self.relay
        raise AttributeError(name)

    def _whole(self, answer: http.client.HTTPResponse, kind: str) -> None:
        body = answer.read()
        if kind and answer.status == http.HTTPStatus.OK:
            listed = as_document(json.loads(body), self.path)
            items = as_documents(listed.get("items"), self.path)
            listed["items"] = [told for item in items for told in self.way.told(kind, item)]
            body = json.dumps(listed).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.getheader("Content-Type") or "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, answer: http.client.HTTPResponse, kind: str) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.getheader("Content-Type") or "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        # Events of other kinds may be of any encoding; they pass as they come.
        parts = iter(answer.readline, b"") if kind else iter(lambda: answer.read1(1 << 16), b"")
        for part in parts:
            told = self._event(part, kind) if kind else part
            if told:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(told), told))
                self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, line: bytes, kind: str) -> bytes:
        event = json.loads(line)
        happened, thing = event["type"], event["object"]
        if happened == "DELETED":
            told = self.way.gone(kind, thing)
        elif happened in {"ADDED", "MODIFIED"}:
            told = [(happened, each) for each in self.way.told(kind, thing)]
        else:
            return line
        return b"".join(
            json.dumps({"type": happened, "object": each}).encode() + b"\n"
            for happened, each in told
        )

    def log_message(self, *_: object) -> None:
        """Say nothing: the proxy's own log tells what it asks."""


def main(path: str) -> None:
    """Serve, as the settings at the path say, until killed."""
    way = Way(path)
    Relay.way = way
    with ThreadingHTTPServer(("127.0.0.1", way.settings["port"]), Relay) as server:
        server.daemon_threads = True
        way.count()
        server.serve_forever()
