"""Change what is behind a Service in every way that endpoints change, and time what follows."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from conformance import timeouts
from conformance.batches import at_once
from conformance.containers import Userland
from conformance.errors import HarnessError
from conformance.handles import Container, NodeUnderTest, Pod
from conformance.kinds import path_of
from conformance.plan import LABEL
from conformance.probes import own_pods
from conformance.probes.load_balancing import converge, first_answer, identified
from conformance.probes.own_pods import HTTP_PORT, SOURCE_PORTS, Wanted
from conformance.probes.own_services import made_anew
from conformance.probes.service_forms import UDP, asked_in_every_form, service_manifest
from conformance.probes.stage import SOON, Stage, left_alone
from verdicts.observations.attempts import Attempts
from verdicts.observations.convergence import (
    Changes,
    SamePorts,
    ServiceForms,
    Succession,
)
from verdicts.observations.load_balancing import Convergence
from verdicts.vocabulary import Protocol

_UDP_TRIES: Final = 8
_ROUNDS: Final = 3
_GRACE: Final = 2
_EPHEMERAL: Final = 16384


@dataclass(frozen=True, slots=True)
class _Seen:
    """All that one scenario brought to light."""

    changes: Changes
    forms: ServiceForms
    same_ports: SamePorts | None
    succession: Succession


def changes(node: NodeUnderTest) -> Changes:
    """Return how traffic followed pods that became ready, fell unready, joined, left and ended.

    Raises:
        HarnessError: a pod did not start, or could not be asked or told.
    """
    return _scenario(node).changes


def forms(node: NodeUnderTest) -> ServiceForms:
    """Return who answers at named and several ports, and at a Service with affinity.

    Raises:
        HarnessError: a pod did not start, or could not be asked or told.
    """
    return _scenario(node).forms


def same_ports(node: NodeUnderTest) -> SamePorts:
    """Return how datagrams fared that a client with few source ports sent to a Service again.

    Raises:
        HarnessError: a pod did not start, or could not be asked or told.
    """
    seen = _scenario(node).same_ports
    return seen or SamePorts(service="", ports=_EPHEMERAL, before=None, sent=())


def succession(node: NodeUnderTest) -> Succession:
    """Return whether a UDP client with few source ports found the backend after the one that went.

    Raises:
        HarnessError: a pod did not start, or could not be asked or told.
    """
    return _scenario(node).succession


def _scenario(node: NodeUnderTest) -> _Seen:
    return node.once("convergence", partial(_play, node))


def _play(node: NodeUnderTest) -> _Seen:
    """Play the whole scenario on Services and pods of its own, which are gone afterwards."""
    service, every = f"follow-{node.id}", f"{LABEL}/moves-{node.id}"
    key = f"{LABEL}/backs-{service}"
    few = node.probe_pod.userland is Userland.LINUX
    movers = [
        Wanted(name=f"{name}-{node.id}", labels={key: "true", every: "true"}, has_switch=True)
        for name in ("mover-a", "mover-b")
    ]
    asker = Wanted(name=f"asker-{node.id}", labels={}, few_ports=True)
    pods = [*movers, *([asker] if few else [])]
    services = [
        service_manifest(node, service, key),
        service_manifest(node, f"forms-{node.id}", every, named_targets=True),
        service_manifest(node, f"sticky-{node.id}", every, affinity=True),
    ]
    with own_pods.made(node, pods):
        try:
            addresses = at_once(partial(made_anew, node, each) for each in services)
            a, b = at_once(partial(own_pods.running, node, each) for each in movers)
            client = own_pods.running(node, asker, ready=True) if few else node.probe_pod
            return _with(node, a, b, client, addresses, service=service, key=key)
        finally:
            at_once(partial(node.cluster.delete, path_of(each)) for each in services)


def _with(  # noqa: PLR0913  # the cast of one scenario
    node: NodeUnderTest,
    a: Pod,
    b: Pod,
    asker: Pod,
    addresses: list[str],
    *,
    service: str,
    key: str,
) -> _Seen:
    client = node.probe_pod.first
    # They are not ready yet, and so nobody has waited for their servers to listen.
    at_once(
        partial(
            first_answer,
            partial(client.dial, pod.service_ip, HTTP_PORT),
            what=f"{pod} answers at its own address",
            bound=timeouts.TRANSPORT_SELF_TEST,
        )
        for pod in (a, b)
    )
    known = identified(client, (a, b))
    if not all(each.identity for each in known):
        raise HarnessError(
            f"{a} or {b} does not answer at its own address",
            next_step="see cni-pods-reach-each-other: Services cannot be judged without",
        )
    identities = {each.identity: each.pod for each in known}
    stage = Stage(
        node=node,
        client=client,
        service=service,
        key=key,
        address=addresses[0],
        identities=identities,
    )
    stage.after("first ready", a, act=partial(own_pods.switch, a, ready=True))
    # Only now is there an answer that the unready one could be missed in.
    stage.told.append(left_alone(stage, a))
    stage.after("ready", a, b, act=partial(own_pods.switch, b, ready=True))
    forms_seen = asked_in_every_form(node, client, addresses, tuple(identities))
    few = node.probe_pod.userland is Userland.LINUX
    same_seen = _send_from_same_ports(stage, asker.first) if few else None
    stage.after("unready", a, act=partial(own_pods.switch, b, ready=False))
    stage.after("ready again", a, b, act=partial(own_pods.switch, b, ready=True))
    stage.after("removed", a, act=partial(stage.dismiss, b))
    succession_seen = _succeed(stage, asker.first, a, b)
    return _Seen(
        changes=Changes(
            service=service,
            data_plane=node.judged.node.proxy.data_plane,
            platform=node.judged.platform,
            changes=tuple(stage.told),
        ),
        forms=forms_seen,
        same_ports=same_seen,
        succession=succession_seen,
    )


_LOST: Final = 2 * timeouts.DIAL_TRY
"""A datagram that was sent before the proxy followed is lost, and waited for all the same."""


def _send_from_same_ports(stage: Stage, client: Container) -> SamePorts:
    """Send three times as many datagrams as there are source ports, as many at once as there are."""
    low, high = SOURCE_PORTS
    ports = high - low + 1
    dial = partial(client.dial, stage.address, UDP, protocol=Protocol.UDP)
    before, _ = first_answer(
        dial,
        what=f"first answer of {stage.address}:{UDP} over udp",
        bound=stage.node.patience.service_programmed,
    )
    sent = [each for _ in range(_ROUNDS) for each in at_once([dial] * ports)]
    return SamePorts(service=stage.service, ports=ports, before=before, sent=tuple(sent))


def _succeed(stage: Stage, client: Container, a: Pod, b: Pod) -> Succession:
    """Let the first pod, which UDP was sent to, end, and the second take its place."""
    node = stage.node
    dial = partial(client.dial, stage.address, UDP, protocol=Protocol.UDP)
    before, _ = first_answer(
        partial(dial, tries=_UDP_TRIES),
        what=f"first answer of {stage.address}:{UDP} over udp",
        bound=node.patience.service_programmed,
    )
    names = {name: identity for identity, name in stage.identities.items()}
    stage.enlist(b)
    own_pods.end(node, [a.path], grace=_GRACE)

    def send_on() -> tuple[Attempts, Convergence]:
        return converge(
            partial(dial, tries=_UDP_TRIES),
            lambda attempts: set(attempts.answers) == {names[b.name]} and not attempts.failures,
            what=f"{b} alone answers over udp",
            bound=node.patience.endpoints_follow + _LOST,
        )

    def take_stock() -> None:
        stage.after("terminating", b, act=lambda: None)

    # Both at once: a client that goes on sending keeps fresh what the kernel remembers.
    both = [send_on, take_stock]
    sent, _ = at_once(both)
    low, high = SOURCE_PORTS
    few = node.probe_pod.userland is Userland.LINUX
    if sent is None:
        raise HarnessError("nothing was sent over udp", next_step="report this: it cannot be")
    after, convergence = sent
    return Succession(
        service=stage.service,
        data_plane=node.judged.node.proxy.data_plane,
        platform=node.judged.platform,
        ports=high - low + 1 if few else _EPHEMERAL,
        first=names[a.name],
        second=names[b.name],
        before=before,
        after=after,
        convergence=convergence,
        soon=SOON,
    )
