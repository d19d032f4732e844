"""Which worker asks which checks: all checks of a judged node, or of one of its rows, go together.

Checks of one node share what was asked once, so one worker asks them all. Where more workers are
wanted than nodes are asked (`--dist loadscope`), a worker asks the suites of one row of a node,
those of what is within a pod together: what rows share is little, and is asked by each anew.

xdist's `loadgroup` would do for the nodes, but it renames items to tell its controller of their
group, and pytest 9.2 no longer lets it (xdist 3.8 then spreads them as `load` does); the axis is
read from the item's id instead. This may go when xdist's loadgroup works with the pytest of
requirements.lock again.
"""

import re
from typing import Final

from xdist.scheduler import LoadScopeScheduling

_AXIS: Final = re.compile(r"\[(?P<node>[^\[\]]+)\]$")
_SUITE: Final = re.compile(r"test_(?P<row>[a-z0-9]+)[a-z0-9_]*\.py::")
_WITHIN_POD: Final = frozenset({"compartment", "endpoint", "dns"})
"""Rows whose checks are quick, and mostly of the probe pod alone."""


class NodeScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Hands out the checks of a judged node together; whatever has no axis goes alone."""

    def _split_scope(self, nodeid: str) -> str:
        return judged_node_of(nodeid)


class RowScheduling(LoadScopeScheduling):  # type: ignore[misc]  # the same
    """Hands out the checks of one row of a judged node together."""

    def _split_scope(self, nodeid: str) -> str:
        return f"{judged_node_of(nodeid)} {row_of(nodeid)}"


def judged_node_of(nodeid: str) -> str:
    """Return the judged node in an item's id, or the id itself where there is none."""
    found = _AXIS.search(nodeid)
    return found["node"] if found else nodeid


def row_of(nodeid: str) -> str:
    """Return what the names of a row's suites begin with: `cni` for test_cni_deeper.py.

    The rows that go together have one name.
    """
    found = _SUITE.search(nodeid)
    row = found["row"] if found else ""
    return "within-pod" if row in _WITHIN_POD else row
