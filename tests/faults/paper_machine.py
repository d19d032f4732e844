"""A machine whose PID 1 only keeps the books: what was started and stopped, in which order."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from lab.machine import Machine


class PaperInit:
    """Answers as `lab.node_init` does, and starts nothing."""

    def __init__(self) -> None:
        self.argv: dict[str, list[str]] = {}
        self.pids: dict[str, int] = {}
        self.asked: list[str] = []
        self._next = count(100)

    def answer(self, request: dict[str, object]) -> dict[str, object]:
        name = str(request.get("name", ""))
        match request["op"]:
            case "start" if name in self.pids:
                return {"error": f"{name} is already running as pid {self.pids[name]}"}
            case "start":
                argv = request["argv"]
                assert isinstance(argv, list)
                self.asked.append(f"start {name}")
                self.argv[name], self.pids[name] = argv, next(self._next)
                return {"pid": self.pids[name]}
            case "stop":
                self.asked.append(f"stop {name}")
                return {"stopped": self.pids.pop(name, None)}
            case _:
                return {"running": self.pids, "ended": {}}


@contextmanager
def paper_machine(machine: Machine) -> Iterator[PaperInit]:
    """Answer at the machine's control socket, for as long as it lasts."""
    machine.directory.mkdir(parents=True, exist_ok=True)
    init = PaperInit()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(_short(machine.directory / "init.sock"))
        listener.listen()
        serving = threading.Thread(target=_serve, args=(listener, init))
        serving.start()
        try:
            yield init
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            serving.join()


def _short(path: Path) -> str:
    text = str(path)
    assert len(text) < 108, "a socket's path has at most 107 letters"
    return text


def _serve(listener: socket.socket, init: PaperInit) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, connection.makefile("rb") as stream:
            answer = init.answer(json.loads(stream.readline()))
            connection.sendall(json.dumps(answer).encode() + b"\n")
