"""Waiting for the lab's parts; the only module of the lab that sleeps."""

import time
from collections.abc import Callable
from typing import TypeVar

from lab.errors import LabError

T = TypeVar("T")

_PAUSE = 0.05


def eventually(
    observe: Callable[[], T],
    *,
    until: Callable[[T], bool] = bool,
    what: str,
    timeout: float,
    next_step: str,
) -> T:
    """Ask again and again until the answer is as wanted, and return that answer.

    `timeout` is in seconds and bounds the waiting, not one observation; observe must end by
    itself. An OSError of observe counts as "not yet" and is told if time runs out.

    Raises:
        LabError: time ran out; says what was waited for and what was seen last.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            seen = observe()
        except OSError as error:
            last = repr(error)
        else:
            if until(seen):
                return seen
            last = repr(seen)
        if time.monotonic() >= deadline:
            raise LabError(
                f"{what} - Expected: within {timeout:.0f} s Actual: {last}", next_step=next_step
            )
        time.sleep(_PAUSE)  # noqa: TID251 - here and nowhere else
