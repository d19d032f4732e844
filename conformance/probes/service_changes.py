"""Deleting one of two Services over the same pods, and taking a Service's last endpoint away."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from conformance import timeouts
from conformance.batches import at_once
from conformance.handles import NodeUnderTest
from conformance.kinds import path_of
from conformance.objects import ApiService, read
from conformance.probes.endpoints import alike, ready_addresses
from conformance.probes.load_balancing import converge, identified, sample
from verdicts.observations.load_balancing import (
    Convergence,
    EmptyService,
    LastEndpoint,
    SharedBackends,
)
from verdicts.vocabulary import Reply

_Question: TypeAlias = Callable[[], Reply | Convergence]

_TRIES: Final = 30
"""New connections in a judged sample: of two random backends each is met but for 1 in 10^9."""
_BEFORE: Final = 3
_EXCHANGES: Final = 4
_OPENED_WITHIN: Final = 0.5
"""Seconds for one handshake while a change is awaited: the next poll asks again."""
_NO_SERVICE_PORT: Final = 443
"""A port that the emptied Service does not have."""


@dataclass(frozen=True, slots=True)
class _Changes:
    shared: SharedBackends
    last: LastEndpoint


def shared_backends(node: NodeUnderTest) -> SharedBackends:
    """Delete one of two Services over the same pods, and ask the other who answers.

    Raises:
        HarnessError: the client or the API could not be asked, or an object not be made.
    """
    return _changes(node).shared


def last_endpoint(node: NodeUnderTest) -> LastEndpoint:
    """Take the only endpoint of a Service away, which lives on, and ask who answers then.

    Raises:
        HarnessError: the client or the API could not be asked, or a label not be set.
    """
    return _changes(node).last


def _changes(node: NodeUnderTest) -> _Changes:
    return node.once("service-changes", partial(_both, node))


def _both(node: NodeUnderTest) -> _Changes:
    """Take the endpoint away first: whoever loses backends with a deleted Service loses it too."""
    client, stays, live = node.probe_pod.first, node.services.scale, node.services.lb
    service, goes = node.services.source, f"beside-{node.id}"
    (backend,) = service.backends
    manifest = alike(stays, goes, run_id=node.fleet.run_id)
    with ExitStack() as doomed, ExitStack() as taken:
        # Made first, so that it is programmed by the time that it is asked.
        address = read(ApiService, node.cluster.apply(manifest)).spec.cluster_ip
        doomed.callback(node.cluster.delete, path_of(manifest))
        (known,) = identified(client, (backend,))
        _await(node, service.cluster_ip, service.port, answered=True)
        served = client.dial(service.cluster_ip, service.port, tries=_BEFORE)
        service.dismiss(backend)
        taken.callback(service.enlist, backend)
        emptied_after = _await(node, service.cluster_ip, service.port, answered=False)
        live_reply = client.connect(live.cluster_ip, live.port)
        doomed_before = _await(node, address, stays.port, answered=True)
        before = client.dial(stays.cluster_ip, stays.port, tries=_BEFORE)
        doomed.close()
        shake = partial(client.connect, service.cluster_ip, timeout=timeouts.HANDSHAKE)
        questions: list[_Question] = [
            partial(shake, service.port),
            partial(shake, _NO_SERVICE_PORT),
            partial(_await, node, address, stays.port, answered=False),
        ]
        handshake, elsewhere, silence = at_once(questions)
        assert isinstance(silence, Convergence)
        assert isinstance(handshake, Reply)
        assert isinstance(elsewhere, Reply)
        exchanges = None
        if handshake is Reply.ANSWERED:
            exchanges = client.dial(service.cluster_ip, service.port, tries=_EXCHANGES)
        ready_after = ready_addresses(node.cluster, service)
    return _Changes(
        shared=SharedBackends(
            stays=stays.name,
            goes=goes,
            before=before,
            doomed_before=Reply.ANSWERED if doomed_before.reached else Reply.OTHER,
            silence=silence,
            sample=sample(node, stays, client=client, tries=_TRIES),
        ),
        last=LastEndpoint(
            backend=known,
            before=served,
            ready_after=ready_after,
            emptied=EmptyService(
                service=service.name,
                data_plane=node.judged.node.proxy.data_plane,
                client=str(client),
                readiness=(emptied_after,),
                handshakes=(handshake,),
                exchanges=exchanges,
                elsewhere=(elsewhere,),
                live=(live_reply,),
            ),
        ),
    )


def _await(node: NodeUnderTest, address: str, port: int, *, answered: bool) -> Convergence:
    """Wait until handshakes with a Service complete, or no more; each poll is a short one."""
    patience = node.patience
    _, waited = converge(
        partial(node.probe_pod.first.connect, address, port, timeout=_OPENED_WITHIN),
        lambda reply: (reply is Reply.ANSWERED) is answered,
        what=f"{'a' if answered else 'no more'} handshake with {address}:{port}",
        bound=patience.service_programmed if answered else patience.endpoints_follow,
    )
    return waited
