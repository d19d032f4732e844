"""An HTTP server that answers as an API server would, for the client's own side of the matter."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Handler = Callable[[str, str, bytes, dict[str, str]], tuple[int, bytes]]


@contextmanager
def api_server(handle: Handler) -> Iterator[str]:
    """Serve on a free port of the loopback, and yield the URL."""

    class Server(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            status, answer = handle(self.command, self.path, body, dict(self.headers))
            with suppress(BrokenPipeError):  # a client that gave up is part of a test
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815  # named by http.server

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def kubeconfig(path: Path, server: str, *, token: str = "t0ken") -> Path:
    """Write a kubeconfig for the server, and return its path."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {"token": token}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def status(code: int, message: str) -> tuple[int, bytes]:
    """Return a Status object as the API sends it."""
    body = {"kind": "Status", "apiVersion": "v1", "code": code, "message": message}
    return code, json.dumps(body).encode()
