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


class Restart(Frozen):
    """A container that was ended and came back, asked by its sibling on loopback all along.

    `before` is its port while it ran for the first time; where that failed, nothing was ended, and
    the rest is empty. `ending` is the request that ended it, which brings no answer. `after` is
    the last try once it was back, or the bound had passed; `own` the sibling's own port then.
    `restarts` counts those that the API told before and after; it was only read afterwards where
    `after` failed, as were `is_running` and `waits_for`, the API's word for what it waits for.
    """

    pod: str
    container: str
    sibling: str
    before: Attempts
    ending: Attempts | None = None
    after: Attempts | None = None
    own: Attempts | None = None
    restarts: tuple[int, ...] = ()
    is_running: bool | None = None
    waits_for: str = ""
    seconds: float = 0.0
