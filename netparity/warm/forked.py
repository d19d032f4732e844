"""What a fork becomes: a Python with the command line, the environment and the files of a start."""

import gc
import importlib
import os
import pkgutil
import runpy
import sys
from pathlib import Path
from typing import Final, NoReturn

from conformance import probes
from netparity.warm.serving import Asked

# Neither what `-m` runs nor what `-p` names: the one warns that it is imported already, and pytest
# does of the other, whose assertions it could not rewrite any more.
_IMPORTED: Final = (
    "execnet.gateway_base",
    "kubernetes.client",
    "kubernetes.config",
    "kubernetes.stream.ws_client",
    "netparity.conducting",
    "netparity.declared",
    "pytest",
    "_pytest.assertion.rewrite",
    "_pytest.main",
    "_pytest.terminal",
    "conformance.session",
)


def import_what_runs_import() -> None:
    """Import what every run does, and keep it out of the forks' garbage collections."""
    for name in (*_IMPORTED, *_probes()):
        importlib.import_module(name)
    gc.freeze()


def _probes() -> list[str]:
    """Return the modules that the suites import."""
    return [f"{probes.__name__}.{found.name}" for found in pkgutil.iter_modules(probes.__path__)]


def become(asked: Asked, *, program: str) -> NoReturn:
    """Do what Python does with that command line; `program` is what further Pythons are started by."""
    os.chdir(asked.folder)
    os.environ.clear()
    os.environ.update(asked.environment)
    sys.executable = program
    # Whose child it is: of whoever started the program that stands for it.
    os.getppid = lambda: _parent_of(asked.pid)
    option, what, *arguments = [word for word in asked.arguments if word != "-u"]
    if option == "-m":
        sys.path[0] = str(Path.cwd())
        sys.argv = [what, *arguments]
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    elif option == "-c":
        sys.path[0] = ""
        sys.argv = ["-c", *arguments]
        exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102  # as -c does
    else:
        raise SystemExit(f"{option}: a warm Python runs -m MODULE and -c CODE only")
    raise SystemExit


def _parent_of(pid: int) -> int:
    """Return the parent of a process; the first process's where it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 1
    # The name before it is in parentheses, and may hold any character.
    return int(stat.rpartition(")")[2].split()[1])
