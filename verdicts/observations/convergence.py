"""How long traffic takes to follow what changes behind a Service, and what a new one looks like."""

from verdicts.observations.attempts import Attempts, Failure
from verdicts.observations.dns import Lookup
from verdicts.observations.load_balancing import Convergence
from verdicts.vocabulary import Frozen, Protocol


class Change(Frozen):
    """One change of a Service's backends, and what clients got until it was followed.

    `wanted` and `seen` are names of pods, `seen` of the last sample. `tries` and `lost` count all
    samples of the change. `convergence` has the contract bound; beyond `soon` seconds the change
    was followed late. A change that must *not* be followed (a pod that is not ready joins) has no
    time of its own: its sample is taken once.
    """

    change: str
    wanted: tuple[str, ...]
    seen: tuple[str, ...]
    tries: int
    lost: int
    unanswered: tuple[Failure, ...]
    convergence: Convergence
    soon: float


class Changes(Frozen):
    """A Service whose backends come, go, fall unready and end, as one client saw it."""

    service: str
    data_plane: str
    platform: str
    changes: tuple[Change, ...]


class Form(Frozen):
    """A Service of some special form: who answers at one of its ports.

    `wanted` are the identities of its backends.
    """

    form: str
    port: int
    protocol: Protocol
    wanted: tuple[str, ...]
    attempts: Attempts


class ServiceForms(Frozen):
    """Named target ports, several ports, and client affinity; `build` is that of Windows."""

    service: str
    data_plane: str
    platform: str
    build: int | None
    forms: tuple[Form, ...]
    sticky: Attempts


class SamePorts(Frozen):
    """Datagrams to a Service from a client that has so few source ports that each sends again.

    `before` is one that was sent until it was answered; None, as `sent` is empty, where the client
    cannot be given few ports.
    """

    service: str
    ports: int
    before: Attempts | None
    sent: tuple[Attempts, ...]


class Succession(Frozen):
    """A UDP backend that goes and the one after it, asked from ever the same few source ports.

    `ports` are the client's. `before` was answered by the first backend; then that one was
    deleted and the other enlisted.
    """

    service: str
    data_plane: str
    platform: str
    ports: int
    first: str
    second: str
    before: Attempts
    after: Attempts
    convergence: Convergence
    soon: float


class Recreated(Frozen):
    """A Service that is deleted and made again under its name, and what that name yields.

    `addresses` are its ClusterIPs, before and after; `before` and `after` are the last look-ups
    of each.
    """

    name: str
    addresses: tuple[str, str]
    before: Lookup
    after: Lookup
    convergence: Convergence
    soon: float
