"""Entry point: `netparity` and `python -m netparity`."""

import sys
import traceback

import typer

from netparity import report_commands
from netparity.cluster_commands import doctor, run
from netparity.exits import Exit
from netparity.lab_commands import lab

_INTERRUPTED = 130  # what typer makes of Ctrl-C that no command took

app = typer.Typer(
    name="netparity",
    help="Ask a live Kubernetes cluster where Windows pod networking stands beside Linux.",
    epilog=(
        "Exit codes: 0 as expected, 1 a regression was seen, 2 something could not be asked, "
        "3 the command was used wrongly."
    ),
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(run)
app.command()(doctor)
app.command()(report_commands.cases)
app.command()(report_commands.report)
app.command()(report_commands.diff)
app.command()(report_commands.verify)
app.add_typer(lab, name="lab")


def main(arguments: list[str] | None = None) -> None:
    """Run the command; a usage error ends with exit code 3, never the parser's 2."""
    try:
        code = app(arguments, standalone_mode=False)
    except typer.TyperException as error:
        message = error.format_message()
        if message:
            typer.echo(f"netparity: {message} - `netparity --help` lists what there is", err=True)
        sys.exit(Exit.USAGE)
    except typer.Abort:
        sys.exit(Exit.COULD_NOT_ASK)
    except Exception:  # noqa: BLE001  # shown whole; Python's own exit code would say "regression"
        traceback.print_exc()
        typer.echo("netparity: this is a defect of netparity: please report it", err=True)
        sys.exit(Exit.COULD_NOT_ASK)
    sys.exit(_exit_code(code))


def _exit_code(answer: object) -> int:
    if answer == _INTERRUPTED:
        return Exit.COULD_NOT_ASK
    return answer if isinstance(answer, int) else Exit.AS_EXPECTED


if __name__ == "__main__":
    main()
