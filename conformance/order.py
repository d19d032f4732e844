"""In which order the checks of the judged nodes are asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.catalogue import Declared
from verdicts.vocabulary import Feature

_ROWS: Final = list(Feature)


@dataclass(frozen=True, slots=True)
class Question:
    """What a check asks of one judged node; `node` is None where there is no node to ask."""

    declared: Declared
    node: str | None


def ranks(questions: Sequence[Question]) -> list[int]:
    """Return each question's rank; a node's questions are asked in the order of these.

    Rows that need one pod go before rows that need all of them: these start meanwhile. Checks
    that are heavy come first on every other node and last on the rest, so that while some keep
    their machines busy others wait for their clusters; nodes may share a machine.
    """
    early = _early(question.node for question in questions)
    return [_rank(question, is_early=question.node in early) for question in questions]


def _early(nodes: Iterable[str | None]) -> frozenset[str]:
    """Return every other node from the last one on; of a single one none."""
    known = [node for node in dict.fromkeys(nodes) if node is not None]
    return frozenset(known[::-2]) if len(known) > 1 else frozenset()


def _rank(question: Question, *, is_early: bool) -> int:
    if question.declared.is_heavy:
        return -1 if is_early else len(_ROWS)
    return _ROWS.index(question.declared.check.feature)
