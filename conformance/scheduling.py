"""Which worker asks which checks: all checks of a judged node go to one worker.

They share what was asked once. xdist's `loadgroup` would do, but it renames items to tell its
controller of their group, and pytest 9.2 no longer lets it (xdist 3.8 then spreads them as `load`
does); the axis is read from the item's id instead. This may go when xdist's loadgroup works with
the pytest of requirements.lock again.
"""

from xdist.scheduler import LoadScopeScheduling

from conformance.parts import judged_node_of


class NodeScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Hands out the checks of a judged node together; whatever has no axis goes alone."""

    def _split_scope(self, nodeid: str) -> str:
        return judged_node_of(nodeid)
