"""What was asked and answered while a check ran, kept for its evidence."""

import threading
from collections.abc import Sequence
from typing import Final

from verdicts.evidence import Exchange

_LONGEST_TEXT: Final = 4000
_MOST: Final = 400


class Recorder:
    """Collects exchanges from every thread of a probe; a mark tells where a check began."""

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []
        self._lock = threading.Lock()

    def record(self, exchange: Exchange) -> None:
        """Keep an exchange, its texts cut to a sane length."""
        kept = exchange.model_copy(
            update={"request": _cut(exchange.request), "answer": _cut(exchange.answer)}
        )
        with self._lock:
            self._exchanges.append(kept)

    def mark(self) -> int:
        """Return a mark to be given to `since`."""
        with self._lock:
            return len(self._exchanges)

    def since(self, mark: int) -> tuple[Exchange, ...]:
        """Return the exchanges recorded after the mark, the last ones where there are too many."""
        with self._lock:
            return tuple(self._exchanges[mark:][-_MOST:])

    def left_out(self, mark: int) -> int:
        """Return how many of those are too many, and not among what `since` returns."""
        with self._lock:
            return max(0, len(self._exchanges) - mark - _MOST)

    def repeat(self, exchanges: Sequence[Exchange]) -> None:
        """Record again what an observation that is asked only once rests on."""
        with self._lock:
            self._exchanges.extend(exchanges)


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_TEXT:
        return text
    return f"{text[:_LONGEST_TEXT]}... ({len(text)} characters)"
