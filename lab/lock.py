"""One command at a time works on the machine's one lab."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from lab.waiting import eventually

_NAME = "\0netparity-lab"
"""An abstract socket: the kernel frees it with its process, and it leaves no file."""
_TIMEOUT = 120.0


@contextmanager
def only_one_command() -> Iterator[None]:
    """Hold the machine's lab; wait while another command holds it.

    Raises:
        LabError: another one still holds it after two minutes.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as held:

        def taken() -> bool:
            held.bind(_NAME)
            return True

        eventually(
            taken,
            what="no other `netparity lab` command is at work on this machine",
            timeout=_TIMEOUT,
            next_step="let it finish, or end it (`ss -xlp | grep netparity-lab` names it)",
        )
        yield
