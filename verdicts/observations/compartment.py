"""What containers of one pod see of each other: loopback, ports, and the clash of two binds."""

from enum import StrEnum

from verdicts.observations.attempts import Attempts
from verdicts.vocabulary import Frozen, Protocol


class Ask(Frozen):
    """`client` (a container, or a peer pod) asked for container `server`'s port."""

    client: str
    server: str
    attempts: Attempts


class Loopback(Frozen):
    """Every ordered pair of a pod's containers over one loopback address.

    `own` has each server as it answers itself, the positive control: on loopback, or at the pod's
    address where it is loopback that brings no answer. In `crossed` another container asks.
    """

    pod: str
    protocol: Protocol
    own: tuple[Ask, ...]
    crossed: tuple[Ask, ...]


class PortsOnPodIp(Frozen):
    """Every container's port on the pod's addresses, asked by a peer pod.

    `own` has each server as it answers itself, the positive control, as on loopback.
    """

    pod: str
    peer: str
    own: tuple[Ask, ...]
    peered: tuple[Ask, ...]


class Bind(StrEnum):
    """How binding the wildcard address of a port ended."""

    BOUND = "bound"
    IN_USE = "in-use"
    OTHER = "other"


class BindAttempt(Frozen):
    """One bind, closed again at once; `detail` is the program's own last word."""

    port: int
    bind: Bind
    detail: str


class PortConflict(Frozen):
    """A container binds what its neighbour `holder` listens on (`taken`), and a free port.

    `own` is the holder as it answers itself: without it nothing holds the port.
    """

    container: str
    holder: str
    own: Attempts
    taken: BindAttempt
    free: BindAttempt


class PortConflicts(Frozen):
    """Every container of a pod, as it binds what a neighbour listens on."""

    pod: str
    conflicts: tuple[PortConflict, ...]


class ContainerLife(Frozen):
    """A container as the API tells of it; its `identity` is another after each start."""

    identity: str
    restarts: int
    is_running: bool
    waits_for: str = ""


class Restart(Frozen):
    """A container that was ended and came back, asked by its sibling on loopback.

    `own` is its port as it answers itself and `before` as it answers the sibling, while it runs for
    the first time. Where that failed nothing was ended, and `elsewhere` has the containers of the
    node's probe pod asked in the same way. Else `ending` is the request that ended it, which brings
    no answer, and `lives` what the API told before and after; once it told of another start, `after`
    is the last try until it answered or the bound had passed. Only where that failed, `control` is
    the sibling's own port then, and `answers_itself` whether the container does, however it is
    asked: one that is apart is asked by exec. `seconds` is how long both took.
    """

    pod: str
    container: str
    sibling: str
    own: Attempts
    before: Attempts
    elsewhere: Loopback | None = None
    lives: tuple[ContainerLife, ...] = ()
    ending: Attempts | None = None
    after: Attempts | None = None
    control: Attempts | None = None
    answers_itself: bool | None = None
    seconds: float = 0.0

    @property
    def was_restarted(self) -> bool:
        """Whether the API told of another start than the one that was ended, and that it runs."""
        if len(self.lives) < 2:
            return False
        first, last = self.lives[0], self.lives[-1]
        is_another = last.identity != first.identity and last.restarts > first.restarts
        return is_another and last.is_running
