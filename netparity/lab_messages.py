"""How the commands of the lab end where the lab cannot do what was asked."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from netparity.exits import Exit

out = Console(highlight=False, soft_wrap=True)
progress = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def told(*, interrupted: str) -> Iterator[None]:
    """Let a LabError end the command with its message and exit code 3, and a signal clean up.

    `interrupted` says how things stand after Ctrl-C.
    """
    from lab.errors import LabError

    # Like Ctrl-C: what was started is taken down again before the command ends.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except LabError as error:
        progress.print(f"netparity lab: {error}", markup=False)
        raise typer.Exit(Exit.USAGE) from error
    except KeyboardInterrupt as error:
        progress.print(f"netparity lab: interrupted; {interrupted}", markup=False)
        raise typer.Exit(Exit.COULD_NOT_ASK) from error
