"""Takes each witness once per judged node, before the first check that needs it."""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final

from conformance.batches import at_once
from conformance.errors import HarnessError, NotReadyError
from conformance.handles import Container, NodeUnderTest
from conformance.journal import Journal, Line
from conformance.objects import ApiPod, read
from conformance.probes.source_address import own_source
from conformance.transports import SelfTested
from conformance.waiting import eventually
from verdicts.checks import Witness
from verdicts.claims import witnesses as claims
from verdicts.evidence import Evidence, Role
from verdicts.findings import Finding
from verdicts.observations.attempts import Attempts
from verdicts.observations.witnesses import Clock, Identified, Reached
from verdicts.vocabulary import Frozen, Protocol

_UDP_TRIES: Final = 3
_NOW: Final = re.compile(r"NOW: (?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\S* (?P<zone>[+-]\d{4})")
_CLAIMS: Final[dict[Witness, Callable[..., Finding]]] = {
    Witness.TRANSPORT: claims.the_container_answers_as_itself,
    Witness.OWN_SOURCE: claims.a_backend_sees_the_pods_own_address,
}


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Witnesses of one process; those that another worker took are not taken again."""

    journal: Journal
    transport: SelfTested

    def take(self, node: NodeUnderTest, needed: Iterable[Witness]) -> tuple[Line, ...]:
        """Take the witnesses that the node does not have yet, and return their journal lines."""
        taken = (
            self._take(node, witness)
            for witness in Witness
            if witness in needed and self.journal.find(f"{witness}@{node.id}") is None
        )
        return tuple(line for line in taken if line is not None)

    def _take(self, node: NodeUnderTest, witness: Witness) -> Line | None:
        started, mark = datetime.now(UTC), node.recorder.mark()
        observation: Frozen | None = None
        ask = self._question(witness)
        claim = _CLAIMS.get(witness, claims.every_address_answers)
        try:
            observation = ask(node)
            finding = claim(observation)
        except HarnessError as error:
            finding = Finding.inconclusive(error.code, str(error))
        return self.journal.write_first(
            Evidence(
                role=Role.WITNESS,
                check=witness,
                node=node.id,
                claim=claim.__name__,
                started=started,
                ended=datetime.now(UTC),
                observation=observation.dump() if observation else None,
                finding=finding,
                exchanges=node.recorder.since(mark),
                left_out=node.recorder.left_out(mark),
            )
        )

    def _question(self, witness: Witness) -> Callable[[NodeUnderTest], Frozen]:
        return {
            Witness.TRANSPORT: self._identity,
            Witness.OWN_ADDRESS: _own_address,
            Witness.POD_TO_POD_TCP: _pods_by_tcp,
            Witness.POD_TO_POD_UDP: _pods_by_udp,
            Witness.CLUSTER_IP_UDP: _cluster_ip_by_udp,
            Witness.OWN_SOURCE: own_source,
        }[witness]

    def _identity(self, node: NodeUnderTest) -> Identified:
        container = node.running_probe_pod.first
        way = self.transport.chosen(container)
        return Identified(
            container=str(container),
            transport=way.name,
            expected=container.pod.name,
            actual=container.ask("hostname").body.strip(),
            node=container.pod.node,
            actual_node=read(ApiPod, node.cluster.get(container.pod.path)).spec.node_name,
            clock=_clock(container),
        )


def _clock(container: Container) -> Clock | None:
    """Ask for what netexec says at its root, `NOW: 2026-11-23 09:40:01.5 +0000 UTC m=+1.2`."""
    before = datetime.now(UTC)
    said = _NOW.search(container.ask("").body)
    if said is None:
        return None
    told = datetime.strptime(f"{said['time']} {said['zone']}", "%Y-%m-%d %H:%M:%S %z")
    # It tells more than whole seconds, which are cut off here.
    return Clock(before=before.replace(microsecond=0), told=told, after=datetime.now(UTC))


def _own_address(node: NodeUnderTest) -> Reached:
    pod = node.running_probe_pod
    return Reached(attempts=(pod.first.dial(pod.ip, pod.first.http_port),))


def _pods_by_tcp(node: NodeUnderTest) -> Reached:
    first = node.probe_pod.first
    pods = node.services.lb.backends
    return Reached(
        attempts=tuple(at_once(partial(first.dial, pod.ip, pod.first.http_port) for pod in pods))
    )


def _pods_by_udp(node: NodeUnderTest) -> Reached:
    first = node.probe_pod.first
    ask = partial(first.dial, protocol=Protocol.UDP, tries=_UDP_TRIES)
    return Reached(
        attempts=tuple(
            at_once(
                partial(ask, pod.ip, pod.first.udp_port)
                for pod in node.services.lb.backends
                if pod.first.udp_port is not None
            )
        )
    )


def _cluster_ip_by_udp(node: NodeUnderTest) -> Reached:
    """Await the first answer: a service proxy works behind the API's back, in its own time."""
    first, service = node.probe_pod.first, node.services.lb
    seen: list[Attempts] = []
    assert service.udp_port is not None
    port = service.udp_port

    def ask() -> Attempts:
        seen.append(first.dial(service.cluster_ip, port, protocol=Protocol.UDP))
        return seen[-1]

    with suppress(NotReadyError):  # then what was seen last is judged
        eventually(
            ask,
            lambda attempts: attempts.answered > 0,
            what=f"first answer of {service} over UDP",
            timeout=node.patience.service_programmed,
        )
    return Reached(attempts=tuple(seen[-1:]))
