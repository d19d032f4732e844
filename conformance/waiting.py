"""The only module that waits: everything else watches, or asks here."""

import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

import tenacity  # noqa: TID251  # this is the module that waits

from conformance.errors import NotReadyError

T = TypeVar("T")

_PAUSE = 0.1
_LONGEST_PAUSE = 1.0


_GIVEN_UP: ContextVar[tuple[threading.Event, ...]] = ContextVar("given up", default=())


class GivenUpError(Exception):
    """What this thread asks for is wanted no more; nobody is left to hear of it."""


def also_given_up_by(event: threading.Event) -> None:
    """Let this thread's waiting end once the event is set, as by those it was told of before."""
    _GIVEN_UP.set((*_GIVEN_UP.get(), event))


def look_whether_given_up() -> None:
    """Raise GivenUpError where one of the events is set that end this thread's waiting."""
    if any(event.is_set() for event in _GIVEN_UP.get()):
        raise GivenUpError


@dataclass(slots=True)
class Clock:
    """Time as waiting sees it; tests bring one of their own."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep  # noqa: TID251  # this is the module that waits


@dataclass(slots=True)
class _Watched:
    """What was seen while waiting: the last observation and the best run of good ones."""

    needed: int
    run: int = 0
    best: int = 0
    last: str = "nothing"
    errors: list[str] = field(default_factory=list)

    def saw(self, *, good: bool, shown: str) -> None:
        self.run = self.run + 1 if good else 0
        self.best = max(self.best, self.run)
        self.last = shown


def eventually(  # noqa: PLR0913  # each is a word of the sentence that the call reads as
    observe: Callable[[], T],
    until: Callable[[T], bool],
    *,
    what: str,
    timeout: float,
    in_a_row: int = 1,
    hopeless: Callable[[T], str | None] = lambda _: None,
    next_step: str = "read the evidence of this check, and the events of the objects it names",
    clock: Clock | None = None,
) -> T:
    """Observe until the condition holds `in_a_row` times, and return the last observation.

    `timeout` is in seconds and does not interrupt an observation: each needs a limit of its own.
    `hopeless` says why a state cannot come true any more, or returns None; then waiting ends.

    Raises:
        NotReadyError: time ran out or there is no hope; says what, how long and the last state.
    """
    clock = clock or Clock()
    seen = _Watched(needed=in_a_row)
    started = clock.now()

    def attempt() -> T:
        look_whether_given_up()
        observed = observe()
        seen.saw(good=until(observed), shown=str(observed))
        reason = None if seen.run else hopeless(observed)
        if reason is not None:
            raise NotReadyError(f"{what} - {reason}", next_step=next_step)
        return observed

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda _: seen.run < seen.needed),
        stop=lambda _: clock.now() - started >= timeout,
        wait=tenacity.wait_exponential(multiplier=_PAUSE, max=_LONGEST_PAUSE, exp_base=1.5),
        sleep=clock.sleep,
    )
    try:
        return retrying(attempt)
    except tenacity.RetryError as ended:
        elapsed = clock.now() - started
        raise NotReadyError(
            f"{what} - not so after {elapsed:.1f} s - Expected: {in_a_row} in a row "
            f"Actual: {seen.best} at best, last seen: {seen.last}",
            next_step=next_step,
        ) from ended


def consistently(
    observe: Callable[[], T],
    holds: Callable[[T], bool],
    *,
    times: int,
    pause: float = _PAUSE,
    clock: Clock | None = None,
) -> tuple[bool, T]:
    """Observe up to `times` times; return whether all held, and the last observation."""
    clock = clock or Clock()
    observed = observe()
    for _ in range(times - 1):
        if not holds(observed):
            break
        clock.sleep(pause)
        observed = observe()
    return holds(observed), observed


class Ticker:
    """Calls something regularly in the background until it is stopped.

    What the callee raises is handed to `on_error`, and the ticking goes on.
    """

    def __init__(
        self,
        tick: Callable[[], None],
        *,
        every: float,
        name: str,
        on_error: Callable[[Exception], None],
    ) -> None:
        self._tick = tick
        self._every = every
        self._on_error = on_error
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to tick; the first tick comes after one interval."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and wait for a tick that is under way."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(self._every)

    def _run(self) -> None:
        while not self._stopped.wait(self._every):
            try:
                self._tick()
            except Exception as error:  # noqa: BLE001  # handed on, not dropped
                self._on_error(error)
