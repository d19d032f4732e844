"""How a command ends: one message that names the thing and the next step, and its exit code."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from netparity.exits import Exit


def end(code: int, message: str) -> typer.Exit:
    """Say why on standard error, and return what ends the command with this code."""
    typer.echo(f"netparity: {' '.join(message.split())}", err=True)
    return typer.Exit(code)


@contextmanager
def told() -> Iterator[None]:
    """End with 3 for what the caller named wrongly, and with 2 for what could not be asked."""
    from conformance.errors import HarnessError, UsageError
    from reports.reading import UnreadableReportError

    try:
        yield
    except (UsageError, UnreadableReportError) as error:
        raise end(Exit.USAGE, str(error)) from error
    except HarnessError as error:
        raise end(Exit.COULD_NOT_ASK, str(error)) from error
    except KeyboardInterrupt as error:
        raise end(Exit.COULD_NOT_ASK, "interrupted") from error
