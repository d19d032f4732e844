"""The process that forks: it takes requests, and tells whoever stands for a fork how that ended."""

import json
import os
import selectors
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

READY: Final = "ready"
_STANDARD_INPUT: Final = 0
_FILES: Final = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """What a fork is to become."""

    arguments: list[str]
    environment: dict[str, str]
    folder: str
    pid: int
    """The process that stands for it, and"""
    group: int
    """the process group that both are in."""


@dataclass(slots=True)
class _Server:
    listening: socket.socket
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    standing: dict[int, socket.socket] = field(default_factory=dict)
    """Whoever stands for a fork, by the fork's pid."""

    def fork(self) -> Asked | None:
        """Fork for the next request; return it in the fork alone."""
        client, _ = self.listening.accept()
        read = client.makefile("rb")
        head, files, _, _ = socket.recv_fds(client, 4, _FILES)
        if len(head) < 4:
            client.close()
            return None
        asked = Asked(**json.loads(read.read(int.from_bytes(head))))
        pid = os.fork()
        if pid == 0:
            for number, file in enumerate(files):
                os.dup2(file, number)
                os.close(file)
            for connection in (client, self.listening, *self.standing.values()):
                connection.close()
            self.selector.close()
            return asked
        for file in files:
            os.close(file)
        # Told after its group is as it will be: whoever kills the group kills the fork.
        with suppress(OSError):
            os.setpgid(pid, asked.group)
        client.sendall(f"{pid}\n".encode())
        self.standing[pid] = client
        life = os.pidfd_open(pid)
        self.selector.register(life, selectors.EVENT_READ, partial(self._ended, pid, life))
        self.selector.register(client, selectors.EVENT_READ, partial(self._deserted, pid))
        return None

    def _deserted(self, pid: int) -> None:
        """Kill a fork that nobody stands for any more; it may have ended in the same moment."""
        if pid in self.standing:
            self.selector.unregister(self.standing[pid])
            os.kill(pid, signal.SIGKILL)

    def _ended(self, pid: int, life: int) -> None:
        """Tell whoever stands for a fork how it ended."""
        self.selector.unregister(life)
        os.close(life)
        _, status = os.waitpid(pid, 0)
        client = self.standing.pop(pid)
        with suppress(KeyError):  # it is gone, and was the first to go
            self.selector.unregister(client)
        with suppress(OSError):
            client.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
        client.close()

    def end(self) -> None:
        """End what is left."""
        for pid in self.standing:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def serve(path: Path) -> Asked | None:
    """Fork until standard input ends; return what is asked in each fork, None in the end."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        server = _Server(listening)
        server.selector.register(listening, selectors.EVENT_READ)
        server.selector.register(_STANDARD_INPUT, selectors.EVENT_READ)
        sys.stdout.write(f"{READY}\n")
        sys.stdout.flush()
        while True:
            for key, _ in server.selector.select():
                if key.fileobj is listening:
                    asked = server.fork()
                    if asked is not None:
                        return asked
                elif key.fileobj == _STANDARD_INPUT:
                    server.end()
                    return None
                else:
                    key.data()
