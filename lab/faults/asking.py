"""Asking from a pod's network namespace, from outside and with nothing of the pod's userland.

Run as a file by `nsenter`, by the standard library alone: it does one thing and prints in one word
or more what came of it. Imported, `Space` starts it there.
"""

import errno
import select
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_TIMEOUT = 2.0
_TIMED_OUT = "timed out"
_QUERY = b"\x4e\x50\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
_ROOM = b"\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00"
"""An OPT record: this side takes answers of 1232 bytes (https://www.rfc-editor.org/rfc/rfc6891)."""


def get(address: str, port: str, path: str, source: str = "0") -> str:
    """Ask over HTTP on a new connection: the answer's body, or how it ended instead.

    `source` is the port to ask from, 0 for any.
    """
    here = ("", int(source))
    try:
        with socket.create_connection(
            (address, int(port)), timeout=_TIMEOUT, source_address=here
        ) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    except OSError as error:
        return _said(error)
    return answer.partition(b"\r\n\r\n")[2].decode() or "closed"


def repeatedly(times: str, action: str, *arguments: str) -> str:
    """Do one of the actions so many times: a line for each, up to the first that timed out.

    What is silent is not asked on: it would be waited for each time.
    """
    said: list[str] = []
    while len(said) < int(times) and _TIMED_OUT not in said:
        said.append(_ACTIONS[action](*arguments))
    return "\n".join(said)


def resume(address: str, port: str, path: str, silence: str) -> str:
    """Ask twice on one connection, so many seconds apart: the second body, or how it ended.

    `silent` where not even the first came.
    """
    try:
        with socket.create_connection((address, int(port)), timeout=_TIMEOUT) as connection:
            if not _page(connection, path):
                return "silent"
            # Waits for what the other end may say: that the connection has ended, for example.
            if select.select([connection], [], [], float(silence))[0]:
                return "closed"
            return _page(connection, path) or "closed"
    except OSError as error:
        return _said(error)


def _page(connection: socket.socket, path: str) -> str:
    """Return the body of a page that fits into one packet, and leave the connection open."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: pod\r\n\r\n".encode())
    return connection.recv(1 << 16).partition(b"\r\n\r\n")[2].decode()


def udp(address: str, port: str, text: str, source: str = "0") -> str:
    """Send a datagram from a port, 0 for any: the answer, or how it ended instead."""
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(_TIMEOUT)
        try:
            client.bind(("", int(source)))
            client.connect((address, int(port)))
            client.send(text.encode())
            return client.recv(4096).decode()
        except OSError as error:
            return _said(error)


def flow(address: str, port: str, text: str, times: str) -> str:
    """Send a datagram so many times from one socket: how many of them were answered."""
    answered = 0
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(_TIMEOUT)
        client.connect((address, int(port)))
        for _ in range(int(times)):
            try:
                client.send(text.encode())
                client.recv(4096)
            except OSError:
                continue
            answered += 1
    return str(answered)


def records(address: str, name: str, kind: str) -> str:
    """Ask for records of a kind, with room for a large answer: how many, or how it ended instead.

    `kind` is the number of a type: 1 for A, 28 for AAAA.
    """
    query = bytearray(_question(name, int(kind)) + _ROOM)
    query[11] = 1  # one additional record, which is the room
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(_TIMEOUT)
        try:
            client.connect((address, 53))
            client.send(query)
            answer = client.recv(4096)
        except OSError as error:
            return _said(error)
    return str(int.from_bytes(answer[6:8]))


def dns(address: str, protocol: str, name: str) -> str:
    """Ask for an A record over `udp` or `tcp`: the address, `none`, or how it ended instead."""
    query = _question(name, 1)
    stream = protocol == "tcp"
    kind = socket.SOCK_STREAM if stream else socket.SOCK_DGRAM
    with socket.socket(type=kind) as client:
        client.settimeout(_TIMEOUT)
        try:
            client.connect((address, 53))
            client.sendall(len(query).to_bytes(2) + query if stream else query)
            answer = client.recv(4096)
        except OSError as error:
            return _said(error)
    if stream:
        answer = answer[2:]
    return socket.inet_ntoa(answer[-4:]) if int.from_bytes(answer[6:8]) else "none"


def _question(name: str, kind: int) -> bytes:
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.strip(".").split("."))
    return _QUERY + labels + b"\x00" + kind.to_bytes(2) + b"\x00\x01"


def bind(port: str) -> str:
    """Listen at the wildcard address: `bound`, or `taken` by another."""
    with socket.socket() as server:
        try:
            server.bind(("", int(port)))
            server.listen()
        except OSError as error:
            return "taken" if error.errno == errno.EADDRINUSE else _said(error)
    return "bound"


def _said(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return _TIMED_OUT
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, ConnectionError):
        return "closed"
    return f"failed: {error}"


@dataclass(frozen=True, slots=True)
class Space:
    """The network namespace of a process, which it has under /proc."""

    path: Path

    def ask(self, action: str, *arguments: object) -> str:
        """Do one of the actions above in there."""
        words = [str(argument) for argument in arguments]
        return self.run(sys.executable, "-I", "-S", __file__, action, *words).strip()

    def run(self, *argv: str) -> str:
        """Run a command of this machine in there.

        Raises:
            subprocess.CalledProcessError: it ended with another code than 0.
        """
        command = ["nsenter", f"--net={self.path}", "--", *argv]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


_ACTIONS: "dict[str, Callable[..., str]]" = {
    "get": get,
    "repeatedly": repeatedly,
    "resume": resume,
    "udp": udp,
    "flow": flow,
    "dns": dns,
    "records": records,
    "bind": bind,
}

if __name__ == "__main__":
    sys.stdout.write(_ACTIONS[sys.argv[1]](*sys.argv[2:]))
