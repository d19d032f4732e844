"""What a command and a machine's PID 1 tell each other: a JSON file at its start, then JSON lines.

Shapes only: PID 1 imports them for the type checker alone, and starts without.
"""

from typing import Literal, NotRequired, TypedDict, final


@final
class MachineSpec(TypedDict):
    """What PID 1 prepares before it serves."""

    hostname: str
    cgroups: list[str]
    """Files to which PID 1 writes itself, one a hierarchy."""
    keep: list[str]
    """Folders that must be visible inside under the same path."""
    sysctls: NotRequired[dict[str, str]]
    """Values to write; those of `net` are the network namespace's own."""
    binds: NotRequired[list[tuple[str, str]]]
    """Pairs of a path and where it is bound, a file or a folder."""


@final
class Start(TypedDict):
    """Asks for a process under a name that no running one has."""

    op: Literal["start"]
    name: str
    argv: list[str]
    env: dict[str, str]
    log: str
    """File to which its standard output and error are appended."""
    nofile: int | None
    """Hard and soft limit of open files; None leaves PID 1's own."""


@final
class Stop(TypedDict):
    """Asks for a process to be killed; answered when it has ended."""

    op: Literal["stop"]
    name: str


@final
class AskStatus(TypedDict):
    """Asks what runs."""

    op: Literal["status"]


@final
class Started(TypedDict):
    """Answers a start."""

    pid: int


@final
class Stopped(TypedDict):
    """Answers a stop; None where no process of that name ran."""

    stopped: int | None


@final
class Status(TypedDict):
    """Answers with names, and the pid of each that runs or the exit code of each that ended unasked."""

    running: dict[str, int]
    ended: dict[str, int]


@final
class Refusal(TypedDict):
    """Answers what was not done, with the reason."""

    error: str


Request = Start | Stop | AskStatus
Answer = Started | Stopped | Status | Refusal
