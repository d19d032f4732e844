"""What each resolver that a container's programs may use makes of one Service."""

from verdicts.observations.attempts import Attempts
from verdicts.observations.dns import Query
from verdicts.vocabulary import Frozen


class Resolution(Frozen):
    """One resolver of one container, asked for a Service by one of its names.

    `addresses` are what it yielded, `detail` its own words where that was none. A resolver that
    can only be heard by connecting has `visit` instead, by name, and `directly` by ClusterIP
    where that brought no answer.
    """

    container: str
    resolver: str
    name: str
    addresses: tuple[str, ...] = ()
    detail: str = ""
    visit: Attempts | None = None
    directly: Attempts | None = None


class Resolutions(Frozen):
    """Every resolver of every container of a judged pod; `address` is the Service's ClusterIP."""

    pod: str
    platform: str
    service: str
    address: str
    found: tuple[Resolution, ...]


class AskedForNothing(Frozen):
    """One container's name server, asked for a record that a Service does not have.

    It is asked until it says so, or the tries are used up; the last query counts.
    """

    container: str
    server: str
    queries: tuple[Query, ...]


class MissingRecords(Frozen):
    """The full name of an IPv4 Service, of which every container wants an IPv6 address."""

    pod: str
    name: str
    asked: tuple[AskedForNothing, ...]
