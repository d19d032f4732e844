"""Ask each resolver that a container has for one Service, and for what the Service does not have."""

from functools import partial
from typing import Final

from conformance.batches import at_once
from conformance.containers import Container
from conformance.handles import NodeUnderTest, Service
from conformance.probes.dns import (
    DNS_PORT,
    ask_server,
    look_up,
    questions_at_once,
    tries_past_its_proxy,
)
from conformance.userlands.nslookup import query_command, read_query
from verdicts.observations.dns import LookupTry
from verdicts.observations.resolvers import (
    AskedForNothing,
    MissingRecords,
    Resolution,
    Resolutions,
)

_C_LIBRARY: Final = "C library"
_GO: Final = "Go"
_TRIES: Final = 2
"""UDP promises no delivery: a question of which nothing came is asked once more."""


def resolutions(node: NodeUnderTest) -> Resolutions:
    """Return what every resolver of the probe pod's containers makes of a Service of their own.

    Raises:
        HarnessError: a container could not be asked, or its answer cannot be read.
    """
    pod, service = node.probe_pod, node.services.lb
    found = at_once(
        (partial(_of_container, node, container, service) for container in pod.containers),
        width=questions_at_once(node),
    )
    return Resolutions(
        pod=pod.name,
        platform=node.judged.platform,
        service=service.name,
        address=service.cluster_ip,
        found=tuple(each for of_container in found for each in of_container),
    )


def _of_container(
    node: NodeUnderTest, container: Container, service: Service
) -> tuple[Resolution, ...]:
    asked = partial(Resolution, container=container.name)
    nameservers, lookups = _by_c_library(node, container, service.name)
    full = f"{service.fqdn}."
    return (
        asked(resolver=_C_LIBRARY, name=service.name, tries=lookups),
        _by_go(asked, container, service),
        *(
            asked(
                resolver=f"name server {server}",
                name=full,
                tries=_by_server(node, container, server, full),
            )
            for server in dict.fromkeys(nameservers)
        ),
    )


def _by_c_library(
    node: NodeUnderTest, container: Container, name: str
) -> tuple[tuple[str, ...], tuple[LookupTry, ...]]:
    """Look a name up as programs in C do, and once more where nothing came."""
    tries = tries_past_its_proxy(node)
    told, lookups = look_up(container, (name,), tries=tries)
    found = lookups[name].tries
    if not lookups[name].addresses:
        _, again = look_up(container, (name,), tries=tries)
        found += again[name].tries
    return told.nameservers, found


def _by_go(asked: "partial[Resolution]", container: Container, service: Service) -> Resolution:
    """Let agnhost, a Go program, go to the Service by its full name, and then by its short one.

    Go's resolver asks for each name twice, for five seconds each, and agnhost waits for it: where
    nothing comes, a short name takes as often as long as there are suffixes, and is not asked for.
    """
    name = f"{service.fqdn}."
    visit = container.dial(name, service.port)
    if visit.answered:
        name = service.name
        visit = container.dial(name, service.port)
    directly = None if visit.answered else container.dial(service.cluster_ip, service.port)
    return asked(resolver=_GO, name=name, visit=visit, directly=directly)


def _by_server(
    node: NodeUnderTest, container: Container, server: str, name: str
) -> tuple[LookupTry, ...]:
    asked = ask_server(container, server, DNS_PORT, name=name, tries=_tries(node))
    return tuple(
        LookupTry(addresses=query.addresses, detail=query.detail or query.answer)
        for query in asked.queries
    )


def _tries(node: NodeUnderTest) -> int:
    return max(_TRIES, tries_past_its_proxy(node))


def missing_records(node: NodeUnderTest) -> MissingRecords:
    """Let every container ask its name server for an IPv6 address of a Service that has none.

    Our Services ask for IPv4 alone, whatever else the cluster has.

    Raises:
        HarnessError: a container could not be asked, or its answer cannot be read.
    """
    name = f"{node.services.alone.fqdn}."
    servers = {
        container: look_up(container, (), tries=1)[0].nameservers
        for container in node.probe_pod.containers
    }
    served = [(container, known[0]) for container, known in servers.items() if known]
    return MissingRecords(
        pod=node.probe_pod.name,
        name=name,
        asked=tuple(
            at_once(
                (partial(_until_said, node, *each, name) for each in served),
                width=questions_at_once(node),
            )
        ),
        unserved=tuple(container.name for container, known in servers.items() if not known),
    )


def _until_said(
    node: NodeUnderTest, container: Container, server: str, name: str
) -> AskedForNothing:
    asked = AskedForNothing(container=container.name, server=server, queries=())
    for _ in range(_tries(node)):
        said = container.shell(query_command(name, server, DNS_PORT, kind="aaaa"))
        asked = asked.model_copy(update={"queries": (*asked.queries, read_query(said.output))})
        if asked.succeeded[-1]:
            return asked
    control = ask_server(container, server, DNS_PORT, name=name, tries=_tries(node)).last
    return asked.model_copy(update={"control": control})
