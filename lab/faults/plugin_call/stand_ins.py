"""Programs beside a pod's containers, in its network namespace: started and ended by the node's PID 1.

So none of them outlives the node, and whoever undoes the fault finds each by its name.
"""

import json
import os
import socket

from lab.oci_wrapper.documents import WrapperError

PREFIX = "fault-beside-"
"""How the names of these programs begin; the sandbox's id follows."""
_SOCKET = "init.sock"
_ID_LENGTH = 12


def start_beside(machine: str, container: str, argv: list[str], *, log: str) -> None:
    """Start a sandbox's program; one that runs already is left alone.

    Raises:
        WrapperError: it cannot be started.
    """
    name = _name(container)
    request = {"op": "start", "name": name, "argv": argv, "log": log, "nofile": None}
    answer = _asked(machine, request | {"env": {"PATH": os.environ["PATH"]}})
    if "error" in answer and "already running" not in str(answer["error"]):
        raise WrapperError(f"{name}: {answer['error']}")


def stop_beside(machine: str, container: str) -> None:
    """End a sandbox's program; one that does not run is fine."""
    _asked(machine, {"op": "stop", "name": _name(container)})


def _name(container: str) -> str:
    return f"{PREFIX}{container[:_ID_LENGTH]}"


def _asked(machine: str, request: dict[str, object]) -> dict[str, object]:
    """Ask the node's PID 1, by a path short enough for a socket's."""
    handle = os.open(machine, os.O_PATH | os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(f"/proc/self/fd/{handle}/{_SOCKET}")
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as stream:
                answer: dict[str, object] = json.loads(stream.readline())
    finally:
        os.close(handle)
    return answer
