"""Independent questions, asked at once."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")

CONNECTIONS: Final = 16
"""How many requests one process sends at once; the API's connection pool holds as many."""


def at_once(questions: Iterable[Callable[[], T]], *, width: int = CONNECTIONS) -> list[T]:
    """Ask independent questions in parallel threads; answers come in the questions' order.

    All are asked to their end; then the first failure, if any, is raised.
    """
    asked = list(questions)
    if len(asked) <= 1:
        return [ask() for ask in asked]
    with ThreadPoolExecutor(max_workers=min(width, len(asked))) as pool:
        futures = [pool.submit(ask) for ask in asked]
    return [future.result() for future in futures]
