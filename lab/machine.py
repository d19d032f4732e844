"""A process tree in namespaces of its own: what a node and the control plane run in."""

import json
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from lab import node_init
from lab.errors import LabError
from lab.init_protocol import Answer, MachineSpec, Request, Start, Status
from lab.processes import PYTHON, RecordedProcess, run, spawn

_ANSWER_TIMEOUT = 20.0
_SOCKET = "init.sock"
SPECIFICATION = "machine.json"
"""Name of the file that PID 1 reads; by its path a machine's state directory is found."""


@dataclass(frozen=True, slots=True)
class Program:
    """A process to start inside a machine."""

    name: str
    argv: Sequence[str | Path]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    nofile: int | None = None
    """Hard and soft limit of open files, where it must differ from ours."""

    @classmethod
    def of(cls, request: Start) -> Self:
        """Return the program that such a request starts."""
        return cls(
            name=request["name"],
            argv=request["argv"],
            log=Path(request["log"]),
            env=request["env"],
            nofile=request["nofile"],
        )

    def request(self) -> Start:
        """Return the request that starts it, fit to be written down."""
        return Start(
            op="start",
            name=self.name,
            argv=[str(word) for word in self.argv],
            log=str(self.log),
            env=dict(self.env),
            nofile=self.nofile,
        )


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that was booted, by this command or by an earlier one."""

    name: str
    namespace: str
    directory: Path
    """Holds its control socket and its files."""

    @property
    def record(self) -> Path:
        """Where pid and start time of the process that holds the machine are written."""
        return self.directory / "process.json"

    def boot(self, spec: MachineSpec, *, log: Path) -> RecordedProcess:
        """Start PID 1 in new namespaces; requests may be sent at once.

        `nsenter --net`, not `ip netns exec`: that mounts a new /sys, without cgroups.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        specification = self.directory / SPECIFICATION
        specification.write_text(json.dumps(spec))
        with _control_socket(self.directory) as listener:
            process = spawn(
                (
                    *("nsenter", f"--net=/run/netns/{self.namespace}"),
                    *("unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child"),
                    *("--mount-proc", "--propagation", "private"),
                    *(*PYTHON, node_init.__file__, specification, str(listener.fileno())),
                ),
                log=log,
                pass_fds=[listener.fileno()],
            )
        self.record.write_text(process.model_dump_json())
        return process

    @property
    def process(self) -> RecordedProcess | None:
        """The process that holds the machine; none where it never booted."""
        try:
            return RecordedProcess.model_validate_json(self.record.read_text())
        except FileNotFoundError:
            return None

    @property
    def is_alive(self) -> bool:
        """Whether the machine runs."""
        process = self.process
        return process is not None and process.is_alive

    @property
    def init_pid(self) -> int:
        """The host's pid of the machine's PID 1.

        Raises:
            LabError: the machine does not run.
        """
        process = self.process
        if process is not None and process.is_alive:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
            if children:
                return int(children.split()[0])
        raise LabError(
            f"{self.name} does not run", next_step="run `netparity lab up` to start the lab anew"
        )

    def start(self, program: Program) -> None:
        """Start a process in the machine, and write down how, so that it can be started again.

        Raises:
            LabError: the machine does not answer, or a process of that name runs.
        """
        request = program.request()
        self._ask(request)
        record = self._start_record(program.name)
        record.parent.mkdir(exist_ok=True)
        record.write_text(json.dumps(request))

    def started(self, name: str) -> Program:
        """Return the program that was started last under that name, by whichever command.

        Raises:
            LabError: none was.
        """
        try:
            request: Start = json.loads(self._start_record(name).read_text())
        except FileNotFoundError as error:
            raise LabError(
                f"{name} was never started on {self.name}",
                next_step="run `netparity lab down`, then `netparity lab up`",
            ) from error
        return Program.of(request)

    def _start_record(self, name: str) -> Path:
        return self.directory / "started" / f"{name}.json"

    def stop(self, name: str) -> None:
        """Kill a process that was started by name, and return when it has ended."""
        self._ask({"op": "stop", "name": name})

    def ended(self) -> dict[str, int]:
        """Return the exit codes of the programs that ended though nobody stopped them."""
        return self._status()["ended"]

    def running(self) -> dict[str, int]:
        """Return the programs that run, with the pid that they have inside."""
        return self._status()["running"]

    def run(self, *argv: str | Path, stdin: str | None = None) -> str:
        """Run a command inside, in every namespace of the machine, and return what it prints."""
        inside = ("nsenter", f"--target={self.init_pid}", "--mount", "--uts", "--net", "--pid")
        return run((*inside, "--", *argv), stdin=stdin, what=f"{argv[0]} on {self.name}")

    def path(self, inside: str) -> Path:
        """Return the way from the host to a path inside."""
        return Path(f"/proc/{self.init_pid}/root", inside.lstrip("/"))

    def _status(self) -> Status:
        answer = self._ask({"op": "status"})
        assert "ended" in answer
        return answer

    def _ask(self, request: Request) -> Answer:
        try:
            with _connected(self.directory) as connection:
                connection.settimeout(_ANSWER_TIMEOUT)
                connection.sendall(json.dumps(request).encode() + b"\n")
                with connection.makefile("rb") as stream:
                    line = stream.readline()
        except OSError as error:
            raise LabError(
                f"{self.name} - its init does not answer: {error}",
                next_step=f"read `netparity lab logs {self.name}`, then `netparity lab up`",
            ) from error
        if not line:
            raise LabError(
                f"{self.name} - its init ended before it answered",
                next_step=f"read `netparity lab logs {self.name}`, then `netparity lab up`",
            )
        answer: Answer = json.loads(line)
        if "error" in answer:
            raise LabError(
                f"{self.name} - {answer['error']}",
                next_step="run `netparity lab down`, then `netparity lab up`",
            )
        return answer


@contextmanager
def _short_path(directory: Path) -> Iterator[str]:
    """Name a socket in the directory by few letters: a socket's path has at most 108."""
    handle = os.open(directory, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}/{_SOCKET}"
    finally:
        os.close(handle)


@contextmanager
def _control_socket(directory: Path) -> Iterator[socket.socket]:
    """Listen before there is anybody to accept: who connects early waits, and none fails."""
    (directory / _SOCKET).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener, _short_path(directory) as path:
        listener.bind(path)
        listener.listen()
        yield listener


@contextmanager
def _connected(directory: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as connection, _short_path(directory) as path:
        connection.connect(path)
        yield connection
