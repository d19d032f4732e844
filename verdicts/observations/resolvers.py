"""What each resolver that a container's programs may use makes of one Service."""

from typing import Final

from verdicts.observations.attempts import Attempts
from verdicts.observations.dns import Answer, LookupTry, Query
from verdicts.observations.retried import Retried
from verdicts.vocabulary import Frozen

_SAID: Final = frozenset({Answer.NODATA, Answer.NOERROR})


class Resolution(Retried):
    """One resolver of one container, asked for a Service by one of its names.

    `tries` are what it yielded, try by try: UDP promises no delivery, so that it is asked again
    where nothing came. A resolver that can only be heard by connecting, and asks again by itself,
    has `visit` instead, by name, and `directly` by ClusterIP where that brought no answer.
    """

    container: str
    resolver: str
    name: str
    tries: tuple[LookupTry, ...] = ()
    visit: Attempts | None = None
    directly: Attempts | None = None

    @property
    def succeeded(self) -> tuple[bool, ...]:
        """Whether each try yielded an address."""
        return tuple(bool(made.addresses) for made in self.tries)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of the last try that yielded any."""
        found = (made.addresses for made in reversed(self.tries) if made.addresses)
        return next(found, ())


class Resolutions(Frozen):
    """Every resolver of every container of a judged pod; `address` is the Service's ClusterIP."""

    pod: str
    platform: str
    service: str
    address: str
    found: tuple[Resolution, ...]


class AskedForNothing(Retried):
    """One container's name server, asked for a record that a Service does not have.

    It is asked until it says so, or the tries are used up; the last query counts. Where it never
    does, `control` is its answer to a question for the record that the Service has.
    """

    container: str
    server: str
    queries: tuple[Query, ...]
    control: Query | None = None

    @property
    def succeeded(self) -> tuple[bool, ...]:
        """Whether each query was told that there is no such record."""
        return tuple(query.answer in _SAID for query in self.queries)


class MissingRecords(Frozen):
    """The full name of an IPv4 Service, of which every container wants an IPv6 address.

    `unserved` are containers that know no name server, and so had none to ask.
    """

    pod: str
    name: str
    asked: tuple[AskedForNothing, ...]
    unserved: tuple[str, ...] = ()
