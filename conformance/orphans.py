"""A pytest that asks in another process's name ends when that process is gone."""

import os
import signal
from typing import Final

from conformance.waiting import Ticker

_LOOK_EVERY: Final = 0.5


def end_with_parent(parent: int) -> Ticker:
    """Interrupt this process once it is no longer the child of `parent`, a pid.

    Whoever owned the fleet is no more then; it may have gone while this process was starting, and
    so cannot be found out here.

    The parent folds and removes; killed, it can do neither, and to go on asking for it would
    only keep its fleet alive. Call it with SIGTERM handled as Ctrl-C is.
    """

    def look() -> None:
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)

    def fail(error: Exception) -> None:
        raise error

    ticker = Ticker(look, every=_LOOK_EVERY, name="netparity-parent", on_error=fail)
    ticker.start()
    return ticker
