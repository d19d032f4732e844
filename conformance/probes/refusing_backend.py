"""Asking a Service of two backends, one of which refuses."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from conformance.batches import at_once
from conformance.handles import NodeUnderTest
from conformance.objects import ApiService, read
from conformance.probes.endpoints import by_hand
from conformance.probes.load_balancing import converge, identity, in_batches, left_of
from verdicts.observations.attempts import Attempts
from verdicts.observations.load_balancing import Backend, RefusingBackend
from verdicts.vocabulary import Reply

_PORT: Final = 80
_OTHER_PORT: Final = 81
_DIRECT_TRIES: Final = 3
_BATCHES: Final = (4, 12, 12, 12)
"""Tries at a time: the first batch nearly always shows what a proxy does not mask."""
_SINGLY: Final = (1,) * 20
"""One try at a time: agnhost forgets the answers of a call whose last try fails. Of two backends
either is missed by so many in one run of a million (2⁻²⁰)."""
_OPENED_WITHIN: Final = 1.0
"""Seconds for one handshake while a new Service is awaited: the next poll asks again."""


def refusing_backend(node: NodeUnderTest) -> RefusingBackend:
    """Make a Service with a live and a refusing backend, and connect through it.

    The refusing one is a pod that listens on another port only; the Service's second port leads
    there, so that its answer shows it to be known as a backend. Connecting ends with the first
    failure, for one tells as much as many, and each may take seconds where packets are dropped;
    where the Service never answered it is not begun.

    Raises:
        HarnessError: the client could not be asked, or the objects not be made.
    """
    client, quiet = node.probe_pod.first, node.quiet_pod
    # A Service of one backend on this node: no other pod of the fleet need be ready for this.
    (live,) = node.services.nodeport.backends
    served, unserved = live.first.http_port, quiet.first.http_port
    service, endpoints = by_hand(
        f"refusing-{node.id}",
        live.namespace,
        run_id=node.fleet.run_id,
        backends=(live, quiet),
        ports={_PORT: served, _OTHER_PORT: unserved},
    )
    address = read(ApiService, node.cluster.apply(service)).spec.cluster_ip
    node.cluster.apply(endpoints)
    # It is made just now: that others had their time says nothing of it.
    bound = node.patience.service_programmed
    # Handshakes first: a request that falls between two states of the proxy waits five seconds.
    _, opened = converge(
        partial(client.connect, address, _PORT, timeout=_OPENED_WITHIN),
        lambda reply: reply is Reply.ANSWERED,
        what=f"first handshake with {address}:{_PORT}",
        bound=bound,
    )
    _, answered = converge(
        partial(client.dial, address, _PORT),
        lambda attempts: attempts.answered > 0,
        what=f"first answer of {address}:{_PORT} over tcp",
        bound=left_of(bound, opened),
    )
    return RefusingBackend(
        service=f"refusing-{node.id}",
        data_plane=node.judged.node.proxy.data_plane,
        live=Backend(
            pod=live.name, node=live.node, address=live.service_ip, identity=identity(client, live)
        ),
        refusing=Backend(
            pod=quiet.name,
            node=quiet.node,
            address=quiet.service_ip,
            identity=identity(client, quiet),
        ),
        live_directly=client.dial(live.service_ip, served, tries=_DIRECT_TRIES),
        refusing_directly=tuple(
            at_once([partial(client.connect, quiet.service_ip, served)] * _DIRECT_TRIES)
        ),
        readiness=(opened, answered),
        through_service=in_batches(
            lambda tries: client.dial(address, _PORT, tries=tries),
            _both_kinds,
            sizes=_BATCHES if answered.reached else (),
        ),
        other_port=in_batches(
            lambda tries: client.dial(address, _OTHER_PORT, tries=tries),
            _answered,
            sizes=_SINGLY if answered.reached else (),
        ),
    )


def _both_kinds(made: Sequence[Attempts]) -> bool:
    return _answered(made) and any(attempts.failures for attempts in made)


def _answered(made: Sequence[Attempts]) -> bool:
    return any(attempts.answers for attempts in made)
