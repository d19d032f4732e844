"""A Python that has imported already what runs import: each start of it is a fork of one process.

A run is four Pythons (the command, the pytest that it starts, and one worker a judged node), which
import for as long as they ask where two nodes of a kept fleet are asked. Whoever asks again and
again starts a `warm_python` once, and runs its program in the place of `sys.executable`:

- `start` is that program. It hands its arguments, its environment and its open files over, stands
  for the process until that ends (signals go through it), and ends as that ends;
- `serving` forks for each start, in a process that does nothing else;
- `forked` makes of the fork what was asked for, as Python's own command line would.
"""

import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_START: Final = Path(__file__).parent / "start.py"
_READY: Final = b"ready\n"


class WarmPythonError(Exception):
    """The process that forks did not come up; its own words are on standard error."""


@contextmanager
def warm_python() -> Iterator[Path]:
    """Give a program that runs as Python does (`-m MODULE` or `-c CODE`), and starts at once.

    Whatever it started is ended with it.

    Raises:
        WarmPythonError: it did not come up.
    """
    with tempfile.TemporaryDirectory(prefix="netparity-warm-") as folder:
        socket, program = Path(folder, "socket"), Path(folder, "python")
        words = (sys.executable, "-IS", str(_START), str(socket))
        program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        program.chmod(0o700)
        server = subprocess.Popen(
            [sys.executable, "-m", "netparity.warm", str(socket), str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Ctrl-C is for those who ask; this one ends when its standard input does.
            process_group=0,
        )
        assert server.stdout is not None
        assert server.stdin is not None
        try:
            if server.stdout.readline() != _READY:
                raise WarmPythonError(
                    "the Python that runs are forked from did not come up: its own words are above"
                )
            yield program
        finally:
            server.stdin.close()
            server.stdout.close()
            server.wait()
