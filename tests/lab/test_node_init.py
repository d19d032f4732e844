"""PID 1 of a machine: what needs no root to be seen."""

import socket
import subprocess
import sys
from pathlib import Path

from lab import node_init
from lab.node_init import Supervisor


def test_it_starts_without_modules_that_are_dear_to_import() -> None:
    folder = str(Path(node_init.__file__).parent)
    program = f"import sys; sys.path.append({folder!r}); import node_init; print(*sys.modules)"

    modules = subprocess.run(
        [sys.executable, "-IS", "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()

    assert "node_init" in modules
    assert not {"typing", "dataclasses", "lab", "subprocess"} & set(modules)


def test_a_second_process_of_one_name_is_refused() -> None:
    supervisor = Supervisor()
    supervisor.pids["kubelet"] = 42

    refused = supervisor.start(
        {
            "op": "start",
            "name": "kubelet",
            "argv": ["kubelet"],
            "env": {},
            "log": "kubelet.log",
            "nofile": None,
        }
    )

    assert refused == {"error": "kubelet is already running as pid 42"}


def test_stopping_what_does_not_run_is_answered_at_once() -> None:
    asked, asking = socket.socketpair()
    with asking:
        Supervisor().answer(asked, {"op": "stop", "name": "kubelet"})

        assert asking.makefile().read() == '{"stopped": null}\n'
