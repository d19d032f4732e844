"""Which code measured, and by which way: version and commit of netparity, and its transports."""

import subprocess
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from conformance import timeouts
from verdicts.checks import Witness
from verdicts.claims.witnesses import SANE_SKEW
from verdicts.evidence import Evidence


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


def transports(evidence: Sequence[Evidence]) -> Iterator[str]:
    """Name the transport by which each judged node's pods were asked."""
    for record in evidence:
        transport = record.finding.facts.get("transport")
        if record.check == Witness.TRANSPORT and transport:
            yield f"{record.node} was asked by {transport}"


def clocks(evidence: Sequence[Evidence]) -> Iterator[str]:
    """Name the judged nodes whose clock is not the one here; nothing is decided by it."""
    for record in evidence:
        match record.finding.facts.get("skew"):
            case float(skew) if record.check == Witness.TRANSPORT and abs(skew) > SANE_SKEW:
                side = "ahead of" if skew > 0 else "behind"
                yield f"the clock of {record.node} is {abs(skew):.0f} s {side} the one here"
