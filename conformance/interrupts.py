"""Holding back what ends a run while it cleans up."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from conformance import timeouts
from conformance.ownership import Tell


@contextmanager
def signals_wait(tell: Tell) -> Iterator[None]:
    """Hold back Ctrl-C and SIGTERM for the seconds that a fleet's removal takes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def wait(_number: int, _frame: FrameType | None) -> None:
        tell(f"the fleet is being removed; this takes at most {timeouts.FLEET_REMOVED:g} s")

    before = {number: signal.signal(number, wait) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
