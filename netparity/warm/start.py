"""The program that stands for a forked process; run as a file, by the standard library alone.

Its arguments are the socket of the process that forks, and a Python's command line.
"""

import json
import os
import signal
import socket
import sys
from types import FrameType

_HANDED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Ask for the process, hand signals on to it, and end as it ends."""
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(sys.argv[1])
        asked = json.dumps(
            {
                "arguments": sys.argv[2:],
                "environment": dict(os.environ),
                "folder": os.getcwd(),  # noqa: PTH109  # pathlib is dear to import
                "pid": os.getpid(),
                "group": os.getpgrp(),
            }
        ).encode()
        socket.send_fds(server, [len(asked).to_bytes(4)], [0, 1, 2])
        server.sendall(asked)
        answers = server.makefile("r")
        told = answers.readline()
        if not told:
            sys.exit("the Python that this one is forked from is gone: start it again")
        pid = int(told)

        def hand_on(number: int, _frame: FrameType | None) -> None:
            os.kill(pid, number)

        for number in _HANDED_ON:
            signal.signal(number, hand_on)
        code = int(answers.readline() or -signal.SIGKILL)
    if code < 0:
        for number in _HANDED_ON:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)


if __name__ == "__main__":
    main()
