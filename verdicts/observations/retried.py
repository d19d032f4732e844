"""Questions that are asked again because the first try may be lost on the way, and by which it was."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping

from pydantic import BaseModel

from verdicts.vocabulary import Frozen


class Retried(Frozen):
    """A question of which all tries are kept, and one that succeeded is enough.

    Only where a known mechanism loses requests of its own accord is anything asked so; whoever
    waits for a change (`Convergence`) does not ask again, but until it has come.
    """

    @property
    @abstractmethod
    def succeeded(self) -> tuple[bool, ...]:
        """Whether each try brought what was asked for, in order."""


def attempts_of(observation: object) -> int:
    """Return by which try the last of an observation's questions succeeded, 1 for the first.

    A question of which every try failed was not answered by a later one.
    """
    tries = (
        1 + each.succeeded.index(True) if True in each.succeeded else 1
        for each in _retried(observation)
    )
    return max(tries, default=1)


def _retried(value: object) -> Iterable[Retried]:
    if isinstance(value, Retried):
        yield value
    if isinstance(value, BaseModel):
        parts: Iterable[object] = (getattr(value, name) for name in type(value).model_fields)
    elif isinstance(value, Mapping):
        parts = value.values()
    elif isinstance(value, tuple | list):
        parts = value
    else:
        return
    for part in parts:
        yield from _retried(part)
