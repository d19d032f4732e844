"""Questions asked at once are all asked, unless somebody interrupts: then nothing more is begun."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, wait
from functools import partial
from typing import NoReturn

import pytest

from conformance import batches
from conformance.batches import Beside, at_once
from conformance.waiting import eventually


def test_answers_come_in_the_questions_order_and_every_one_is_asked() -> None:
    asked: list[int] = []

    def ask(number: int) -> int:
        asked.append(number)
        return number

    assert at_once([partial(ask, number) for number in range(40)], width=3) == list(range(40))
    assert sorted(asked) == list(range(40))


def test_a_failure_comes_after_all_were_asked() -> None:
    asked: list[str] = []

    def fail() -> NoReturn:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        at_once([fail, lambda: asked.append("second")], width=1)

    assert asked == ["second"]


def test_where_all_are_wanted_a_failure_ends_the_others() -> None:
    def fail() -> NoReturn:
        raise ValueError("no")

    def never() -> None:
        eventually(lambda: None, bool, what="it never comes", timeout=60)

    began = time.monotonic()
    with pytest.raises(ValueError, match="no"):
        at_once([never, fail, *[never] * 40], width=2, all_or_none=True)

    assert time.monotonic() - began < 30


@pytest.mark.parametrize("is_nested", [False, True])
def test_what_is_interrupted_waits_no_longer_and_begins_nothing_more(
    is_nested: bool,  # noqa: FBT001  # a case of the table
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits, asked = threading.Event(), list[str]()

    def never() -> None:
        eventually(waits.set, lambda _: False, what="it never comes", timeout=60)

    first = (lambda: at_once([never, never])) if is_nested else never
    main = threading.current_thread()

    def interrupted(futures: Sequence[Future[object]]) -> object:
        if threading.current_thread() is not main:
            return wait(futures)
        assert waits.wait(5)
        raise KeyboardInterrupt

    monkeypatch.setattr(batches, "wait", interrupted)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        at_once([first, lambda: asked.append("second")], width=1)

    assert time.monotonic() - began < 5
    assert asked == []


def test_what_is_asked_beside_a_block_is_answered_by_its_end() -> None:
    with Beside(1) as beside:
        answer = beside.ask(lambda: "answered")

    assert answer.done()
    assert answer.result() == "answered"
