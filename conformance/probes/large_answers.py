"""Asking for a name of more addresses than fit the datagrams of old."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from conformance.batches import at_once
from conformance.containers import Container, Userland
from conformance.handles import NodeUnderTest
from conformance.kinds import path_of
from conformance.manifests import service_of
from conformance.probes.dns import DNS_PORT, over_tcp_for, pod_names, questions_at_once
from conformance.probes.load_balancing import converge
from conformance.userlands.dns_datagrams import ROOM, addresses_in, question
from verdicts.observations.large_answers import AskedForMany, LargeAnswers
from verdicts.vocabulary import Protocol

if TYPE_CHECKING:
    from pydantic import JsonValue

    from conformance.objects import JsonObject

_MANY: Final = 60
"""Addresses: an answer with them has about a thousand bytes."""
_MORE_TRIES: Final = 2
_PORT: Final = 80


def large_answers(node: NodeUnderTest) -> LargeAnswers:
    """Make a headless Service of many addresses, and let every container ask its server for them.

    Raises:
        HarnessError: a container could not be asked, or the Service not be made.
    """
    pod, names = node.probe_pod, pod_names(node)
    name = f"many-{node.id}.{node.fleet.namespace}.svc.{node.facts.cluster_domain}."
    small = names.containers[0].full.name
    served = [
        (container, own.nameservers[0])
        for container, own in zip(pod.containers, names.containers, strict=True)
        if own.nameservers
    ]
    with _published(node):
        known, convergence = converge(
            lambda: [_count(*each, name, room=None) for each in served[:1]],
            all,
            what=f"{name} has an address",
            bound=node.patience.service_programmed,
        )
        asked = at_once(
            (partial(_asked, *each, name, one_address=small) for each in served if all(known)),
            width=questions_at_once(node),
        )
    return LargeAnswers(
        pod=pod.name,
        name=name,
        wanted=_MANY,
        known=convergence,
        asked=tuple(asked)
        or tuple(
            AskedForMany(container=container.name, server=server, small=0, large=(None,))
            for container, server in served
        ),
        unserved=tuple(own.container for own in names.containers if not own.nameservers),
    )


def _asked(container: Container, server: str, name: str, *, one_address: str) -> AskedForMany:
    small = _count(container, server, name, room=None)
    large = [_count(container, server, name, room=ROOM)]
    while large[-1] is None and len(large) <= _MORE_TRIES:
        large.append(_count(container, server, name, room=ROOM))
    seen = AskedForMany(container=container.name, server=server, small=small, large=tuple(large))
    if seen.count is None:
        control = _count(container, server, one_address, room=ROOM)
        return seen.model_copy(update={"control": control})
    if seen.count != _MANY and container.pod.userland is Userland.LINUX:
        addresses = over_tcp_for(container, server, name).addresses
        return seen.model_copy(update={"over_tcp": len(addresses) or None})
    return seen


def _count(container: Container, server: str, name: str, *, room: int | None) -> int | None:
    """Return how many addresses came; None where nothing did."""
    made = container.dial(
        server, DNS_PORT, request=question(name, room=room), protocol=Protocol.UDP
    )
    return addresses_in(made.answers[0]) if made.answers else None


@contextmanager
def _published(node: NodeUnderTest) -> Iterator[None]:
    """Make a headless Service and its Endpoints by hand, and delete both in the end.

    The control plane mirrors Endpoints into slices, and deletes them with their Service.
    """
    port: JsonObject = {"name": "http", "protocol": "TCP", "port": _PORT}
    service = service_of(
        f"many-{node.id}",
        node.fleet.namespace,
        {"clusterIP": "None", "ports": [port]},
        run_id=node.fleet.run_id,
    )
    # Of the range for documentation, and so of nobody: https://www.rfc-editor.org/rfc/rfc5737
    addresses: list[JsonValue] = [{"ip": f"192.0.2.{last}"} for last in range(1, _MANY + 1)]
    endpoints: JsonObject = {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": service["metadata"],
        "subsets": [{"addresses": addresses, "ports": [port]}],
    }
    try:
        node.cluster.create(service)
        node.cluster.create(endpoints)
        yield
    finally:
        node.cluster.delete(path_of(endpoints))
        node.cluster.delete(path_of(service))
