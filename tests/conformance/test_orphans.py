"""A pytest that asks for another process ends with it."""

import subprocess
import sys

import psutil

from conformance.waiting import eventually

CHILD = """
import signal, threading
from conformance.orphans import end_with_parent
signal.signal(signal.SIGTERM, signal.default_int_handler)
end_with_parent()
print("begun", flush=True)
threading.Event().wait(60)
"""
PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {CHILD!r}], process_group=0)
print(child.pid, flush=True)
child.wait()
"""


def test_a_child_ends_once_its_parent_was_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        lines = [parent.stdout.readline().strip() for _ in range(2)]
        (pid,) = (int(line) for line in lines if line != "begun")
        child = psutil.Process(pid)
        parent.kill()

        ended = eventually(
            lambda: not child.is_running(), lambda gone: gone, what="it ends", timeout=20
        )

    assert ended
