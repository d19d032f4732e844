"""Ask each resolver that a container has for one Service, and for what the Service does not have."""

from functools import partial
from typing import Final

from conformance.containers import Container
from conformance.handles import NodeUnderTest, Service
from conformance.probes.dns import DNS_PORT, ask_server, look_up, tries_past_its_proxy
from conformance.userlands.nslookup import query_command, read_query
from verdicts.observations.dns import Answer, Query
from verdicts.observations.resolvers import (
    AskedForNothing,
    MissingRecords,
    Resolution,
    Resolutions,
)

_C_LIBRARY: Final = "C library"
_GO: Final = "Go"
_SAID: Final = frozenset({Answer.NODATA, Answer.NOERROR})


def resolutions(node: NodeUnderTest) -> Resolutions:
    """Return what every resolver of the probe pod's containers makes of a Service of their own.

    Container by container, for one pod's names are asked one by one.

    Raises:
        HarnessError: a container could not be asked, or its answer cannot be read.
    """
    pod, service = node.probe_pod, node.services.lb
    return Resolutions(
        pod=pod.name,
        platform=node.judged.platform,
        service=service.name,
        address=service.cluster_ip,
        found=tuple(
            each
            for container in pod.containers
            for each in _of_container(node, container, service)
        ),
    )


def _of_container(
    node: NodeUnderTest, container: Container, service: Service
) -> tuple[Resolution, ...]:
    tries = tries_past_its_proxy(node)
    asked = partial(Resolution, container=container.name)
    told, lookups = look_up(container, (service.name,), tries=tries)
    own = lookups[service.name]
    full = f"{service.fqdn}."
    servers = [
        (server, ask_server(container, server, DNS_PORT, name=full, tries=tries).last)
        for server in dict.fromkeys(told.nameservers)
    ]
    return (
        asked(
            resolver=_C_LIBRARY,
            name=service.name,
            addresses=own.addresses,
            detail=own.tries[-1].detail,
        ),
        _by_go(asked, container, service),
        *(
            asked(
                resolver=f"name server {server}",
                name=full,
                addresses=query.addresses,
                detail=query.detail or query.answer,
            )
            for server, query in servers
        ),
    )


def _by_go(asked: "partial[Resolution]", container: Container, service: Service) -> Resolution:
    """Let agnhost, a Go program, go to the Service by its name."""
    visit = container.dial(service.name, service.port)
    directly = None if visit.answered else container.dial(service.cluster_ip, service.port)
    return asked(resolver=_GO, name=service.name, visit=visit, directly=directly)


def missing_records(node: NodeUnderTest) -> MissingRecords:
    """Let every container ask its name server for an IPv6 address of a Service that has none.

    Our Services ask for IPv4 alone, whatever else the cluster has.

    Raises:
        HarnessError: a container could not be asked, or its answer cannot be read.
    """
    name, tries = f"{node.services.alone.fqdn}.", tries_past_its_proxy(node)
    return MissingRecords(
        pod=node.probe_pod.name,
        name=name,
        asked=tuple(
            _until_said(container, name, tries=tries) for container in node.probe_pod.containers
        ),
    )


def _until_said(container: Container, name: str, *, tries: int) -> AskedForNothing:
    told, _ = look_up(container, (), tries=1)
    server, *_ = told.nameservers
    queries: list[Query] = []
    for _ in range(tries):
        command = query_command(name, server, DNS_PORT, kind="aaaa")
        queries.append(read_query(container.shell(command).output))
        if queries[-1].answer in _SAID:
            break
    return AskedForNothing(container=container.name, server=server, queries=tuple(queries))
