"""What names become: in a container's own resolver, and on the way through a service proxy."""

from enum import StrEnum

from verdicts.observations.compartment import Restart
from verdicts.observations.retried import Retried
from verdicts.vocabulary import Frozen, Mode, Reply


class LookupTry(Frozen):
    """One call of a resolver: the IPv4 addresses that it gave, or in its own words why none."""

    addresses: tuple[str, ...] = ()
    detail: str = ""


class Lookup(Retried):
    """One name asked of a container's own resolver, once or a few times over.

    More than one try is made only through a proxy that loses requests of its own accord; all of
    them are kept.
    """

    name: str
    tries: tuple[LookupTry, ...]

    @property
    def succeeded(self) -> tuple[bool, ...]:
        """Whether each try gave an address."""
        return tuple(bool(made.addresses) for made in self.tries)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of the last try that resolved."""
        resolved = (made.addresses for made in reversed(self.tries) if made.addresses)
        return next(resolved, ())

    def gave_just(self, address: str) -> bool:
        """Say whether any try gave this address and no other."""
        return any(set(made.addresses) == {address} for made in self.tries)


class ContainerNames(Frozen):
    """What one container makes of the names.

    `kubernetes` and `twin` are asked as such, `full` is the former's absolute full name, and
    `partial` is `twin.<other namespace>`. `search` is None where the userland does not tell.
    """

    container: str
    nameservers: tuple[str, ...]
    search: tuple[str, ...] | None
    kubernetes: Lookup
    twin: Lookup
    full: Lookup
    partial: Lookup

    @property
    def resolves_anything(self) -> bool:
        """Whether any name was answered with an address, in any try."""
        looked_up = (self.full, self.kubernetes, self.twin, self.partial)
        return any(lookup.addresses for lookup in looked_up)


class PodNames(Frozen):
    """All containers of a judged pod, and what each Service of those names has as its ClusterIP.

    `namespace` is the pod's own. A Service `kubernetes` exists there and in `default`, one named
    `twin` there and in `other_namespace`.
    """

    pod: str
    node: str
    platform: str
    namespace: str
    other_namespace: str
    cluster_domain: str
    own_kubernetes: str
    default_kubernetes: str
    own_twin: str
    other_twin: str
    containers: tuple[ContainerNames, ...]


class NamesAfterRestart(Frozen):
    """A container that was started again, and what its pod's containers make of the names since.

    `names` is None where no container was: there it says nothing of names.
    """

    restart: Restart
    names: PodNames | None = None


class Answer(StrEnum):
    """How a name server answered a single query."""

    NOERROR = "noerror"
    NODATA = "nodata"
    NXDOMAIN = "nxdomain"
    SERVFAIL = "servfail"
    REFUSED = "refused"
    SILENT = "silent"
    OTHER = "other"


class Query(Frozen):
    """One A query without EDNS0, over UDP, for an absolute name."""

    answer: Answer
    addresses: tuple[str, ...] = ()
    detail: str = ""


class AskedServer(Retried):
    """One name server, asked one name until it gave an address or the tries were used up."""

    address: str
    port: int
    queries: tuple[Query, ...]

    @property
    def succeeded(self) -> tuple[bool, ...]:
        """Whether each query gave an address."""
        return tuple(bool(query.addresses) for query in self.queries)

    @property
    def last(self) -> Query:
        """The query that counts."""
        return self.queries[-1]


class AbsoluteShortName(Frozen):
    """The absolute short name of a Service in `default`, asked through the DNS Service and past it.

    `name` ends in the root's dot; `would_be` is what a proxy that adds suffixes makes of it, and
    `default_address` what that resolves to. `nameservers` are those that the pod itself uses.
    `service` and `backend` are None where `reason` says why they could not be asked.
    """

    pod: str
    node: str
    mode: Mode
    name: str
    would_be: str
    default_address: str
    nameservers: tuple[str, ...]
    dns_service: str | None
    service: AskedServer | None = None
    backend: AskedServer | None = None
    reason: str = ""


class AskedOverTcp(Retried):
    """What one container's name server said over TCP when asked for a full name.

    `earlier` is a query before that one, which stayed silent although a handshake completes: it
    is asked once more, with the client's end held open for longer.
    Where that was not the address, `handshake` is how a bare TCP handshake with the same server
    ended, and `control` what the same container gets of it over UDP for the same name; neither is
    asked otherwise.
    """

    container: str
    server: str
    query: Query
    earlier: Query | None = None
    handshake: Reply | None = None
    control: Query | None = None

    @property
    def succeeded(self) -> tuple[bool, ...]:
        """Whether each query gave an address."""
        asked = (self.earlier, self.query)
        return tuple(bool(query.addresses) for query in asked if query is not None)


class NamesOverTcp(Frozen):
    """The full name of a Service with ClusterIP `address`, asked over TCP by every container.

    `unserved` are containers that know no name server, and so had none to ask. `is_served` is whether the DNS Service has a TCP port 53 at all: None where nobody had to ask,
    or where the containers ask another server than that Service.
    """

    pod: str
    node: str
    name: str
    address: str
    asked: tuple[AskedOverTcp, ...]
    unserved: tuple[str, ...] = ()
    is_served: bool | None = None
