"""Which worker asks which checks: all checks of a judged node go to one worker.

Checks of one node share what was asked once, so one worker asks them all. xdist's `loadgroup`
would do, but it renames items to tell its controller of their group, and pytest 9.2 no longer
lets it (xdist 3.8 then spreads them as `load` does); the axis is read from the item's id instead.
This may go when xdist's loadgroup works with the pytest of requirements.lock again.
"""

import re
from typing import Final

from xdist.scheduler import LoadScopeScheduling

_AXIS: Final = re.compile(r"\[(?P<node>[^\[\]]+)\]$")


class NodeScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Hands out the checks of a judged node together; whatever has no axis goes alone."""

    def _split_scope(self, nodeid: str) -> str:
        return judged_node_of(nodeid)


def judged_node_of(nodeid: str) -> str:
    """Return the judged node in an item's id, or the id itself where there is none."""
    found = _AXIS.search(nodeid)
    return found["node"] if found else nodeid
