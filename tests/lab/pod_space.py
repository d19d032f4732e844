"""Acting inside a pod's network namespace from outside, with nothing of the pod's own userland.

Run as a file by `nsenter`, it does one thing and prints what it saw as JSON; imported, it starts
itself there. So an emulation is looked at without the suite and without agnhost's words.
"""

import json
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TIMEOUT = 2.0


def connect(address: str, port: str) -> dict[str, Any]:
    """Shake hands over TCP, then read: `refused`, `timed out`, `closed` or `open`."""
    with socket.socket() as connection:
        connection.settimeout(_TIMEOUT)
        try:
            connection.connect((address, int(port)))
        except ConnectionRefusedError:
            return {"end": "refused"}
        except TimeoutError:
            return {"end": "timed out"}
        connection.settimeout(_TIMEOUT / 4)
        try:
            return {"end": "open" if connection.recv(1) else "closed"}
        except ConnectionResetError:
            return {"end": "closed"}
        except TimeoutError:
            return {"end": "open"}  # Nobody spoke, nobody left: a server that waits for us.


def get(address: str, port: str, path: str) -> dict[str, Any]:
    """Ask over HTTP on a new connection."""
    with socket.create_connection((address, int(port)), timeout=_TIMEOUT * 3) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        answer = b""
        while part := connection.recv(4096):
            answer += part
    return {"body": answer.partition(b"\r\n\r\n")[2].decode()}


def ask_dns(server: str, name: str, kind: str) -> dict[str, Any]:
    """Send one A query as raw bytes; `kind` is `plain` or `edns0`."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.strip(".").split("."))
    additional = 1 if kind == "edns0" else 0
    query = b"\x13\x37\x01\x00" + b"\0\x01\0\0\0\0" + bytes([0, additional])
    query += labels + b"\0" + b"\0\x01\0\x01"
    if additional:
        query += b"\0" + b"\0\x29" + b"\x10\0" + b"\0\0\0\0" + b"\0\0"
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(_TIMEOUT)
        client.sendto(query, (server, 53))
        answer = client.recv(4096)
    found = int.from_bytes(answer[6:8])
    address = socket.inet_ntoa(answer[-4:]) if found and not additional else None
    return {"rcode": answer[3] & 15, "answers": found, "address": address}


def send(address: str, port: str, text: str) -> dict[str, Any]:
    """Send a datagram and wait for nothing."""
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.sendto(text.encode(), (address, int(port)))
    return {}


def frames(link: str, seconds: str) -> dict[str, Any]:
    """Watch a link: source MAC, source and destination address of each IPv4 frame."""
    seen = set()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as tap:
        tap.bind((link, 0))
        sys.stdout.write("watching\n")
        sys.stdout.flush()
        end = time.monotonic() + float(seconds)
        while (left := end - time.monotonic()) > 0:
            tap.settimeout(left)
            try:
                frame = tap.recv(2048)
            except TimeoutError:
                break
            if frame[12:14] == b"\x08\x00":
                source, target = frame[26:30], frame[30:34]
                seen.add(
                    (frame[6:12].hex(":"), socket.inet_ntoa(source), socket.inet_ntoa(target))
                )
    return {"frames": sorted(seen)}


@dataclass(frozen=True, slots=True)
class PodSpace:
    """The network namespace of a process, found by its pid on the host."""

    path: Path

    def __call__(self, action: str, *arguments: object) -> dict[str, Any]:
        """Do one of the actions above in there, and return what it saw."""
        done = subprocess.run(
            self.command(action, *arguments), capture_output=True, text=True, check=True
        )
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    def command(self, action: str, *arguments: object) -> list[str]:
        """Return the command line that does an action in there."""
        words = [str(argument) for argument in arguments]
        return ["nsenter", f"--net={self.path}", sys.executable, "-IS", __file__, action, *words]

    def ip(self, *arguments: str) -> list[dict[str, Any]]:
        """Return what iproute2 says in there."""
        done = subprocess.run(
            ["nsenter", f"--net={self.path}", "ip", "-json", *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
        found: list[dict[str, Any]] = json.loads(done.stdout or "[]")
        return found


if __name__ == "__main__":
    action = {
        "connect": connect,
        "get": get,
        "ask_dns": ask_dns,
        "send": send,
        "frames": frames,
    }[sys.argv[1]]
    sys.stdout.write(json.dumps(action(*sys.argv[2:])) + "\n")
