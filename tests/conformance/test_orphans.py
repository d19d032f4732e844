"""A pytest that asks for another process ends with it."""

import subprocess
import sys

import psutil
import pytest

from conformance.waiting import eventually

CHILD = """
import signal, sys, threading
from conformance.orphans import end_with_parent
signal.signal(signal.SIGTERM, signal.default_int_handler)
if "late" in sys.argv:
    sys.stdin.read()
end_with_parent(int(sys.argv[1]))
print("begun", flush=True)
threading.Event().wait(60)
"""
PARENT = f"""
import os, subprocess, sys
argv = [sys.executable, "-c", {CHILD!r}, str(os.getpid()), *sys.argv[1:]]
child = subprocess.Popen(argv, process_group=0, stdin=subprocess.PIPE)
print(child.pid, flush=True)
child.wait()
"""


@pytest.mark.parametrize("moment", ["begun", "late"])
def test_a_child_ends_once_its_parent_was_killed(moment: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, moment],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        # A late child begins when its standard input ends, with its parent.
        lines = [parent.stdout.readline().strip() for _ in range(1 if moment == "late" else 2)]
        (pid,) = (int(line) for line in lines if line != "begun")
        child = psutil.Process(pid)
        parent.kill()

        ended = eventually(
            lambda: not child.is_running(), lambda gone: gone, what="it ends", timeout=20
        )

    assert ended
