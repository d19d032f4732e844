"""Waiting is quiet when it works, and tells what it saw when it does not."""

import itertools
import threading
from collections.abc import Callable

import pytest

from conformance.errors import NotReadyError
from conformance.waiting import Clock, Ticker, consistently, eventually


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.sleeps: list[float] = []

    def clock(self) -> Clock:
        return Clock(now=lambda: self.seconds, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.seconds += seconds


def answers(*values: int) -> Callable[[], int]:
    source = itertools.chain(values, itertools.repeat(values[-1]))
    return lambda: next(source)


def test_an_answer_that_is_right_at_once_is_not_slept_over() -> None:
    time = FakeTime()

    seen = eventually(answers(3), lambda n: n == 3, what="three", timeout=5, clock=time.clock())

    assert seen == 3
    assert time.sleeps == []


def test_good_answers_in_a_row_start_again_after_a_bad_one() -> None:
    asked: list[int] = []
    source = answers(1, 1, 0, 1, 1, 1)

    def observe() -> int:
        asked.append(source())
        return asked[-1]

    eventually(observe, bool, what="ones", timeout=60, in_a_row=3, clock=FakeTime().clock())

    assert asked == [1, 1, 0, 1, 1, 1]


def test_running_out_of_time_tells_the_best_run_and_the_last_state() -> None:
    with pytest.raises(NotReadyError) as told:
        eventually(
            answers(1, 1, 0),
            bool,
            what="endpoints of lb",
            timeout=2,
            in_a_row=3,
            next_step="read the proxy's log",
            clock=FakeTime().clock(),
        )

    assert "endpoints of lb - not so after 2" in str(told.value)
    assert "Expected: 3 in a row Actual: 2 at best, last seen: 0" in str(told.value)
    assert told.value.next_step == "read the proxy's log"


def test_a_hopeless_state_ends_the_wait_at_once() -> None:
    time = FakeTime()

    with pytest.raises(NotReadyError, match="pod x - its image does not exist"):
        eventually(
            answers(0),
            bool,
            what="pod x",
            timeout=600,
            hopeless=lambda _: "its image does not exist",
            clock=time.clock(),
        )

    assert time.sleeps == []


def test_an_error_of_the_observation_is_not_waited_away() -> None:
    def observe() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        eventually(observe, bool, what="x", timeout=60, clock=FakeTime().clock())


@pytest.mark.parametrize(("values", "held", "last"), [((1, 1, 1), True, 1), ((1, 0, 1), False, 0)])
def test_what_holds_consistently_holds_every_time(
    values: tuple[int, ...], *, held: bool, last: int
) -> None:
    assert consistently(answers(*values), bool, times=3, clock=FakeTime().clock()) == (held, last)


def test_a_ticker_goes_on_after_an_error_and_hands_it_on() -> None:
    errors: list[Exception] = []
    ticks = threading.Semaphore(0)

    def tick() -> None:
        ticks.release()
        raise ZeroDivisionError

    ticker = Ticker(tick, every=0.001, name="test", on_error=errors.append)
    ticker.start()
    assert ticks.acquire(timeout=10)
    assert ticks.acquire(timeout=10)
    ticker.stop()

    assert {type(error) for error in errors} == {ZeroDivisionError}
