"""Holding connections to a Service open, and being silent on them for a while."""

from collections.abc import Callable
from functools import partial
from typing import Final

from conformance.batches import at_once
from conformance.containers import Container, Userland
from conformance.handles import NodeUnderTest
from conformance.probes.load_balancing import first_answer, programmed_within
from conformance.userlands.held_connection import LIMIT, SILENCE, held_command, read_held
from verdicts.observations.silence import HeldConnection, SilentConnections, SilentRound

_CONNECTIONS: Final = 3
_SLACK: Final = 15
"""Convenience: seconds that the transport to the shell may take besides."""


def silent_connections(node: NodeUnderTest) -> SilentConnections:
    """Ask a Service twice on each of some connections, and one of its backends in the same way.

    Raises:
        HarnessError: the client could not be asked, or its image lacks a command.
    """
    service, client = node.services.lb, node.probe_pod.first
    backend = service.backends[0]
    seen = SilentConnections(
        service=service.name, backend=backend.name, seconds=SILENCE, rounds=()
    )
    if client.pod.userland is not Userland.LINUX:
        return seen
    first_answer(
        partial(client.dial, service.cluster_ip, service.port),
        what=f"first answer of {service.cluster_ip}:{service.port}",
        bound=programmed_within(node),
    )
    through = partial(_held, client, service.cluster_ip, service.port)
    directly = partial(_held, client, backend.service_ip, backend.first.http_port)
    rounds = [_round(through, directly)]
    if 0 < len(rounds[0].lost) < _CONNECTIONS:
        rounds.append(_round(through, directly))
    return seen.model_copy(update={"rounds": tuple(rounds)})


def _round(
    through: Callable[[], HeldConnection], directly: Callable[[], HeldConnection]
) -> SilentRound:
    held = at_once([*[through] * _CONNECTIONS, *[directly] * _CONNECTIONS])
    return SilentRound(through=tuple(held[:_CONNECTIONS]), directly=tuple(held[_CONNECTIONS:]))


def _held(client: Container, address: str, port: int) -> HeldConnection:
    said = client.shell(held_command(address, port), timeout=LIMIT + _SLACK)
    return read_held(said.output)
