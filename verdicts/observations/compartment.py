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

    `own` has each server as it answers itself, the positive control; in `crossed` another
    container asks.
    """

    pod: str
    protocol: Protocol
    own: tuple[Ask, ...]
    crossed: tuple[Ask, ...]


class PortsOnPodIp(Frozen):
    """Every container's port on the pod's addresses, asked by a peer pod.

    `own` has each server as it answers itself on loopback, the positive control.
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

    `own` is the holder as it answers itself on loopback: without it nothing holds the port.
    """

    pod: str
    container: str
    holder: str
    own: Attempts
    taken: BindAttempt
    free: BindAttempt
