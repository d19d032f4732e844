"""Which faults of the lab kill which check: what only the command may put together."""

from collections.abc import Mapping, Sequence

from lab.faults.catalogue import FAULTS
from lab.faults.fault import Turns


def killers() -> Mapping[str, Sequence[str]]:
    """Return the names of the faults that a check must catch, by the check's id."""
    found: dict[str, list[str]] = {}
    for fault in FAULTS:
        if isinstance(fault.expects, Turns):
            found.setdefault(fault.expects.check, []).append(fault.name)
    return found
