"""Asking a Service that never had endpoints."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from conformance import timeouts
from conformance.batches import at_once
from conformance.handles import NodeUnderTest
from conformance.probes.load_balancing import converge, programmed_within
from verdicts.observations.load_balancing import Convergence, EmptyService
from verdicts.vocabulary import Reply

_HANDSHAKES: Final = 5
_EXCHANGES: Final = 5
_NO_SERVICE_PORT: Final = 443
"""A port of the empty Service's address that it does not have."""


def awaited(node: NodeUnderTest) -> EmptyService:
    """Await a first handshake with the empty Service, then ask it what follows.

    A proxy that owns the Service's socket needs its time to open it. Where none completes within
    the bound, what came instead is what is judged.

    Raises:
        HarnessError: the client could not be asked.
    """
    client, service = node.probe_pod.first, node.services.empty
    _, readiness = converge(
        partial(client.connect, service.cluster_ip, service.port),
        lambda reply: reply is Reply.ANSWERED,
        what=f"first handshake with {service.cluster_ip}:{service.port}",
        bound=programmed_within(node),
    )
    return _asked(node, (readiness,))


def beside_a_live_one(node: NodeUnderTest) -> EmptyService:
    """Await a handshake with a Service that has backends, then ask the empty one.

    Both were made at the same time; the live one tells when the proxy got so far.

    Raises:
        HarnessError: the client could not be asked.
    """
    client, live = node.probe_pod.first, node.services.lb
    before, readiness = converge(
        partial(client.connect, live.cluster_ip, live.port),
        lambda reply: reply is Reply.ANSWERED,
        what=f"first handshake with {live.cluster_ip}:{live.port}",
        bound=programmed_within(node),
    )
    return _asked(node, (readiness,), live_before=(before,))


def _asked(
    node: NodeUnderTest,
    readiness: Sequence[Convergence],
    *,
    live_before: tuple[Reply, ...] = (),
) -> EmptyService:
    client, service, live = node.probe_pod.first, node.services.empty, node.services.lb
    replies = at_once(
        [
            partial(client.connect, address, port, timeout=timeouts.HANDSHAKE)
            for address, port in (
                *[(service.cluster_ip, service.port)] * _HANDSHAKES,
                (service.cluster_ip, _NO_SERVICE_PORT),
                (live.cluster_ip, live.port),
            )
        ]
    )
    handshakes = tuple(replies[:_HANDSHAKES])
    exchanges = None
    if Reply.ANSWERED in handshakes:
        exchanges = client.dial(service.cluster_ip, service.port, tries=_EXCHANGES)
    return EmptyService(
        service=service.name,
        data_plane=node.judged.node.proxy.data_plane,
        client=str(client),
        readiness=tuple(readiness),
        handshakes=handshakes,
        exchanges=exchanges,
        elsewhere=(replies[_HANDSHAKES],),
        live=(*live_before, replies[_HANDSHAKES + 1]),
    )
