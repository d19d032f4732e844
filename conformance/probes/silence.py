"""Holding a connection to a Service open, and being silent on it for a while."""

from functools import partial
from typing import Final

from conformance.batches import at_once
from conformance.containers import Container, Userland
from conformance.handles import NodeUnderTest
from conformance.probes.load_balancing import first_answer, programmed_within
from conformance.userlands.held_connection import LIMIT, SILENCE, held_command, read_held
from verdicts.observations.load_balancing import SilentConnection

_SLACK: Final = 15
"""Convenience: seconds that the transport to the shell may take besides."""


def silent_connection(node: NodeUnderTest) -> SilentConnection:
    """Ask a Service twice on one connection, and beside it one of its backends in the same way.

    Raises:
        HarnessError: the client could not be asked, or its image lacks a command.
    """
    service, client = node.services.lb, node.probe_pod.first
    backend = service.backends[0]
    seen = SilentConnection(
        service=service.name, backend=backend.name, seconds=SILENCE, through=None, directly=()
    )
    if client.pod.userland is not Userland.LINUX:
        return seen
    first_answer(
        partial(client.dial, service.cluster_ip, service.port),
        what=f"first answer of {service.cluster_ip}:{service.port}",
        bound=programmed_within(node),
    )
    through, directly = at_once(
        [
            partial(_held, client, service.cluster_ip, service.port),
            partial(_held, client, backend.service_ip, backend.first.http_port),
        ]
    )
    return seen.model_copy(update={"through": through, "directly": directly})


def _held(client: Container, address: str, port: int) -> tuple[str, ...]:
    said = client.shell(held_command(address, port), timeout=LIMIT + _SLACK)
    return read_held(said.output)
