"""A Service over pods that come and go, and who answers at it after each change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from conformance.handles import Container, NodeUnderTest, Pod
from conformance.probes.load_balancing import converge
from conformance.probes.service_forms import PORT
from verdicts.observations.attempts import Attempts
from verdicts.observations.convergence import (
    Change,
)

SOON: Final = 10.0
"""Convenience: seconds within which a change is followed where nothing is slow; not a bound."""

_POLL: Final = 20
_SAMPLE: Final = 40
"""New connections in a judged sample: of two backends either is missed by one in 10^12."""
_UNREADY: Final = 20


@dataclass(slots=True)
class Stage:
    """A Service over two pods with switches, and the client that asks it."""

    node: NodeUnderTest
    client: Container
    service: str
    key: str
    address: str
    identities: Mapping[str, str]
    told: list[Change] = field(default_factory=list)

    def after(self, change: str, *wanted: Pod, act: Callable[[], None]) -> None:
        """Make a change, and poll until exactly the wanted pods answer; then take a sample."""
        names = sorted(pod.name for pod in wanted)
        polls: list[Attempts] = []

        def poll() -> Attempts:
            polls.append(self.client.dial(self.address, PORT, tries=_POLL))
            return polls[-1]

        act()
        last, convergence = converge(
            poll,
            lambda attempts: not attempts.failures and self.who(attempts) == names,
            what=change,
            bound=self.node.patience.endpoints_follow,
        )
        sample = last
        if convergence.reached:
            sample = self.client.dial(self.address, PORT, tries=_SAMPLE)
        self.told.append(
            Change(
                change=change,
                wanted=tuple(names),
                seen=tuple(self.who(sample)),
                tries=sum(each.tries for each in polls)
                + (sample.tries if convergence.reached else 0),
                lost=sum(len(each.failures) for each in polls),
                unanswered=sample.failures,
                convergence=convergence,
                soon=SOON,
            )
        )

    def who(self, attempts: Attempts) -> list[str]:
        """Return the names of the pods that answered; an answer of somebody else as it came."""
        return sorted({self.identities.get(answer, answer) for answer in attempts.answers})

    def enlist(self, pod: Pod) -> None:
        """Let the Service select the pod."""
        self.node.cluster.label(pod.path, {self.key: "true"})

    def dismiss(self, pod: Pod) -> None:
        """Let the Service select the pod no longer."""
        self.node.cluster.label(pod.path, {self.key: None})


def left_alone(stage: Stage, ready: Pod) -> Change:
    """Ask often while the other pod runs and is not ready: it gets nothing."""
    sample = stage.client.dial(stage.address, PORT, tries=_UNREADY)
    _, convergence = converge(lambda: None, lambda _: True, what="unready at first", bound=0.0)
    return Change(
        change="unready at first",
        wanted=(ready.name,),
        seen=tuple(stage.who(sample)),
        tries=sample.tries,
        lost=0,
        unanswered=sample.failures,
        convergence=convergence,
        soon=SOON,
    )
