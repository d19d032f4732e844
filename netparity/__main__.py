"""Entry point: `netparity` and `python -m netparity`."""

import sys

import click
import typer

from netparity.exits import Exit
from netparity.lab_commands import lab

app = typer.Typer(
    name="netparity",
    help="Ask a live Kubernetes cluster where Windows pod networking stands beside Linux.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(lab, name="lab")


def main() -> None:
    """Run the command; a usage error ends with exit code 3, never the parser's 2."""
    try:
        code = app(standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(Exit.USAGE)
    except click.Abort:
        sys.exit(Exit.COULD_NOT_ASK)
    sys.exit(code if isinstance(code, int) else Exit.AS_EXPECTED)


if __name__ == "__main__":
    main()
