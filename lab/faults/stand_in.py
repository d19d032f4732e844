"""A server that answers every HTTP request with one and the same text, whatever is asked.

Run as a file, by the standard library alone. Arguments: the port to listen at, and the text.
"""

import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

PORT = 18080
"""Where it listens in a pod: beside what any of the suite's or a trial's containers serve."""


def main(port: str, text: str) -> None:
    """Serve until killed."""
    body = text.encode()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - likewise

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def server_bind(self) -> None:
            """Ask nobody for a name of its own: a pod's namespace may have no way to DNS."""
            TCPServer.server_bind(self)

    with Server(("", int(port)), Answer) as server:
        server.daemon_threads = True
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
