"""The lab for as long as a job asks it: brought up if it is not, and left as it was found."""

from collections.abc import Callable

from lab import cluster
from lab.layout import Layout
from lab.topology import Topology

Say = Callable[[str], None]


def bring_up(layout: Layout, *, say: Say) -> bool:
    """Bring the whole lab up, and say whether it was up before.

    Raises:
        LabError: it does not come up.
    """
    was_up = cluster.standing_lab(layout) is not None
    cluster.up(Topology(), report=say)
    return was_up


def leave(*, was_up: bool, say: Say) -> None:
    """Take the lab down, unless it was up before.

    Raises:
        LabError: it does not go.
    """
    if was_up:
        say("the lab was up before and stays up: `netparity lab down` ends it")
        return
    cluster.down()
    say("the lab is down again; its programs stay in the cache")
