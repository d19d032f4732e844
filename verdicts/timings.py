"""From observed changes to the table of how soon traffic followed them; it decides no cell."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from verdicts.evidence import Evidence
from verdicts.inventory import Inventory
from verdicts.observations.convergence import Changes, Recreated, Succession
from verdicts.observations.load_balancing import Convergence
from verdicts.vocabulary import Frozen


class Timing(Frozen):
    """How many seconds traffic took to follow one change on one node.

    `bound` is the contract's: beyond it the change counts as not followed, and its check fails.
    `soon` is a convenience: beyond it the change was followed late, which is told and no more.
    """

    check: str
    node: str
    platform: str
    change: str
    seconds: float
    soon: float
    bound: float
    is_followed: bool

    @property
    def is_late(self) -> bool:
        """It was followed, and not soon."""
        return self.is_followed and self.seconds > self.soon


_Timed = Iterator[tuple[str, Convergence, float]]


def timings(inventory: Inventory, evidence: Iterable[Evidence]) -> tuple[Timing, ...]:
    """Return the timings of a run's evidence, by change; empty where none was taken."""
    platforms = {judged.id: judged.node.platform for judged in inventory.judged}
    found = [
        Timing(
            check=record.check,
            node=record.node,
            platform=platforms[record.node],
            change=change,
            seconds=convergence.seconds,
            soon=soon,
            bound=convergence.bound,
            is_followed=convergence.reached,
        )
        for record in evidence
        if record.claim in _READERS and record.observation and record.node in platforms
        for change, convergence, soon in _READERS[record.claim](record.observation)
    ]
    return tuple(sorted(found, key=lambda each: (each.check, each.node)))


def _changes(observation: Mapping[str, object]) -> _Timed:
    for each in Changes.model_validate(observation).changes:
        # What must not be followed has no time of its own.
        if each.convergence.bound:
            yield f"endpoint {each.change}", each.convergence, each.soon


def _succession(observation: Mapping[str, object]) -> _Timed:
    seen = Succession.model_validate(observation)
    yield "next UDP backend, from the same source ports", seen.convergence, seen.soon


def _recreated(observation: Mapping[str, object]) -> _Timed:
    seen = Recreated.model_validate(observation)
    yield "Service made again, by its name", seen.convergence, seen.soon


_READERS: Final[Mapping[str, Callable[[Mapping[str, object]], _Timed]]] = {
    "changes_are_followed": _changes,
    "a_new_udp_backend_is_found": _succession,
    "a_name_leads_to_the_new_service": _recreated,
}
"""How the observation of each claim on change is read, by the claim's name."""
