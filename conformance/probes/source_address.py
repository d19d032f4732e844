"""Asking a backend whom it sees."""

import ipaddress
from functools import partial
from typing import Final

from conformance.errors import HarnessError
from conformance.handles import NodeUnderTest
from conformance.probes.load_balancing import identity, once_answered, programmed_within
from verdicts.observations.attempts import Attempts
from verdicts.observations.load_balancing import Backend, SourceAddress
from verdicts.observations.witnesses import OwnSource

_TRIES: Final = 6
_REQUEST: Final = "clientip"


def source_address(node: NodeUnderTest) -> SourceAddress:
    """Ask a backend for its client's address, through a Service and at its own address.

    Raises:
        HarnessError: the client could not be asked, or the backend's answer is no address.
    """
    pod, service = node.probe_pod, node.services.source
    client, (backend, *_) = pod.first, service.backends
    through = once_answered(
        partial(client.dial, service.cluster_ip, service.port, request=_REQUEST),
        tries=_TRIES,
        what=f"first answer of {service.cluster_ip}:{service.port} over tcp",
        bound=programmed_within(node),
    )
    directly = _asked_directly(node)
    proxy = node.judged.node.proxy
    return SourceAddress(
        service=service.name,
        platform=node.judged.platform,
        data_plane=proxy.data_plane,
        masquerade_all=proxy.masquerade_all,
        masquerade_by=proxy.masquerade_by,
        cluster_cidrs=proxy.cluster_cidrs,
        dsr=proxy.dsr,
        overlay=proxy.overlay,
        client=pod.name,
        client_addresses=pod.ips,
        backend=Backend(
            pod=backend.name,
            node=backend.node,
            address=backend.service_ip,
            identity=identity(client, backend),
        ),
        through_service=_addresses(through),
        unanswered=through.failures,
        directly=_addresses(directly),
        node_addresses=tuple(ip for each in node.facts.nodes for ip in each.internal_ips),
        pod_addresses=backend.ips,
        pod_ranges=node.judged.node.pod_cidrs,
    )


def own_source(node: NodeUnderTest) -> OwnSource:
    """Ask the same backend for its client's address without any Service.

    Raises:
        HarnessError: the client could not be asked, or the backend's answer is no address.
    """
    (backend, *_) = node.services.source.backends
    directly = _asked_directly(node)
    return OwnSource(
        pod=node.probe_pod.name,
        addresses=node.probe_pod.ips,
        backend=backend.name,
        backend_node=backend.node,
        seen=_addresses(directly),
        unanswered=directly.failures,
    )


def _asked_directly(node: NodeUnderTest) -> Attempts:
    """Ask the backend at its own address, once for the witness and the check that needs it."""
    (backend, *_) = node.services.source.backends
    return node.once(
        "source: directly",
        partial(
            node.probe_pod.first.dial,
            backend.service_ip,
            backend.first.http_port,
            request=_REQUEST,
            tries=_TRIES,
        ),
    )


def address_of(text: str) -> str:
    """Return the address in netexec's `address:port`, an IPv4 address mapped into IPv6 as IPv4.

    Raises:
        HarnessError: it is no such text.
    """
    host, _, port = text.strip().rpartition(":")
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError as error:
        raise HarnessError(
            f"/{_REQUEST} gave no address - Expected: address:port Actual: {text!r}",
            next_step="see that the backend's image is agnhost, and that nothing answers for it",
        ) from error
    if not port.isdigit():
        raise HarnessError(
            f"/{_REQUEST} gave no port - Expected: address:port Actual: {text!r}",
            next_step="see that the backend's image is agnhost, and that nothing answers for it",
        )
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def _addresses(attempts: Attempts) -> tuple[str, ...]:
    return tuple(address_of(answer) for answer in attempts.answers)
