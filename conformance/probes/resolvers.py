"""Ask each resolver that a container has for one Service: the C library's, Go's, its servers."""

from functools import partial
from typing import Final

from conformance.containers import Container
from conformance.handles import NodeUnderTest, Service
from conformance.probes.dns import DNS_PORT, ask_server, look_up, tries_past_its_proxy
from verdicts.observations.resolvers import Resolution, Resolutions

_C_LIBRARY: Final = "C library"
_GO: Final = "Go"


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
