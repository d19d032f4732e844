"""Which code measured: version and commit of netparity."""

import subprocess
from importlib import metadata
from pathlib import Path

from conformance import timeouts


def version() -> str:
    """Return the installed version; netparity can also run from a checkout that is not."""
    try:
        return metadata.version("netparity")
    except metadata.PackageNotFoundError:
        return "not installed"


def commit() -> str:
    """Return the commit of the checkout that this package runs from, marked where it is dirty."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12", "--match="],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=timeouts.REQUEST,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()
