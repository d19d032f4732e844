"""A busy loop takes a processor while it is wanted, and not a moment longer."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from lab.waiting import eventually
from netparity.soak.load import BusyLoopEndedError, busy_processor


def the_loop() -> psutil.Process:
    # The server of forks that other tests start is a child of this process, too.
    (loop,) = (
        each for each in psutil.Process().children() if "netparity.soak.load" in each.cmdline()
    )
    return loop


def test_a_loop_takes_one_processor_alone_and_ends_with_what_it_was_wanted_for() -> None:
    with busy_processor():
        loop = the_loop()
        eventually(
            lambda: loop.cpu_times().user > 0.3 and len(loop.cpu_affinity()) == 1,
            what="the loop takes one processor",
            timeout=30.0,
            next_step="see what else runs on this machine",
        )

    assert not psutil.pid_exists(loop.pid)


def test_a_loop_that_ends_by_itself_spoils_what_was_done_beside_it() -> None:
    def be_beside_a_killed_one() -> None:
        with busy_processor():
            pid = the_loop().pid
            os.kill(pid, signal.SIGKILL)
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    with pytest.raises(BusyLoopEndedError, match="with exit code"):
        be_beside_a_killed_one()


def test_a_loop_ends_with_the_process_that_wanted_it() -> None:
    script = (
        "import os, signal\n"
        "from netparity.soak.load import busy_processor\n"
        "import psutil\n"
        "with busy_processor():\n"
        "    print(psutil.Process().children()[0].pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=False
    )

    assert ended.returncode == -signal.SIGKILL
    eventually(
        lambda: not psutil.pid_exists(int(ended.stdout)),
        what="the loop of a killed process is gone",
        timeout=10.0,
        next_step="see netparity/soak/load.py",
    )
