"""Independent questions, asked at once."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from types import TracebackType
from typing import Final, Self, TypeVar

from conformance.waiting import also_given_up_by, look_whether_given_up

T = TypeVar("T")

CONNECTIONS: Final = 16
"""How many requests one process sends at once; the API's connection pool holds as many."""


class Beside:
    """Asks questions in threads beside what the block does, so many at once, in their order.

    The block's end waits for all of them. Whatever breaks the block off, Ctrl-C first of all, ends
    them: no further one is begun, those that wait for something look no more, and only requests
    that are under way are seen to their end.
    """

    def __init__(self, width: int) -> None:
        self._pool = ThreadPoolExecutor(max_workers=width)
        self._given_up = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._given_up.set()
        self._pool.shutdown(cancel_futures=kind is not None)

    def ask(self, question: Callable[[], T]) -> Future[T]:
        """Ask a question once a thread is free for it."""

        def begin() -> T:
            also_given_up_by(self._given_up)
            look_whether_given_up()
            return question()

        # What this thread was asked for may be given up, too.
        return self._pool.submit(copy_context().run, begin)


def at_once(
    questions: Iterable[Callable[[], T]], *, width: int = CONNECTIONS, all_or_none: bool = False
) -> list[T]:
    """Ask independent questions in parallel threads; answers come in the questions' order.

    All are asked to their end, unless they are interrupted; then the first failure, if any, is
    raised. Where `all_or_none` of the answers are wanted, a failure ends those that wait for
    something, no further question is begun, and the first of the failures so far is raised.
    """
    asked = list(questions)
    if len(asked) <= 1:
        return [ask() for ask in asked]
    with Beside(min(width, len(asked))) as beside:
        futures = [beside.ask(ask) for ask in asked]
        if all_or_none:
            wait(futures, return_when=FIRST_EXCEPTION)
            for future in filter(Future.done, futures):
                future.result()
        wait(futures)
    return [future.result() for future in futures]
