"""Asking from a pod's network namespace, from outside and with nothing of the pod's userland.

Run as a file by `nsenter`, by the standard library alone: it does one thing and prints in one word
or more what came of it. Imported, `Space` starts it there.
"""

import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_TIMEOUT = 2.0
_QUERY = b"\x4e\x50\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"


def get(address: str, port: str, path: str) -> str:
    """Ask over HTTP on a new connection: the answer's body, or how it ended instead."""
    try:
        with socket.create_connection((address, int(port)), timeout=_TIMEOUT) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    except OSError as error:
        return _said(error)
    return answer.partition(b"\r\n\r\n")[2].decode() or "closed"


def udp(address: str, port: str, text: str) -> str:
    """Send a datagram: the answer, or how it ended instead."""
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(_TIMEOUT)
        try:
            client.connect((address, int(port)))
            client.send(text.encode())
            return client.recv(4096).decode()
        except OSError as error:
            return _said(error)


def dns(address: str, protocol: str, name: str) -> str:
    """Ask for an A record over `udp` or `tcp`: the address, `none`, or how it ended instead."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.strip(".").split("."))
    query = _QUERY + labels + b"\x00\x00\x01\x00\x01"
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


def _said(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "timed out"
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


if __name__ == "__main__":
    sys.stdout.write({"get": get, "udp": udp, "dns": dns}[sys.argv[1]](*sys.argv[2:]))
