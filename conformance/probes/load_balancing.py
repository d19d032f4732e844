"""Asking Services: who answers, once the service proxy had the time to program them."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar

from conformance import timeouts
from conformance.batches import at_once
from conformance.errors import HarnessError, NotReadyError
from conformance.handles import Container, NodeUnderTest, Pod, Service
from conformance.probes.endpoints import ready_addresses
from conformance.waiting import eventually
from verdicts.observations.attempts import Attempts
from verdicts.observations.load_balancing import Backend, Convergence, ServiceSample
from verdicts.vocabulary import Protocol

T = TypeVar("T")

_SAMPLE: Final = 60
"""New connections in a judged sample: three random backends are all met but for 1 in 10^10."""
_POLL: Final = 20
_OWN_SAMPLE: Final = 10


def backends(node: NodeUnderTest, *, protocol: Protocol) -> ServiceSample:
    """Reach a Service of three backends through its ClusterIP, from the judged pod.

    Raises:
        HarnessError: the client, or the API, could not be asked.
    """
    return sample(node, node.services.lb, client=node.probe_pod.first, protocol=protocol)


def rotation(node: NodeUnderTest) -> ServiceSample:
    """Reach a Service that nobody else asks, so that the order of its backends is undisturbed.

    Raises:
        HarnessError: the client, or the API, could not be asked.
    """
    return sample(node, node.services.rr, client=node.probe_pod.first)


def hairpin(node: NodeUnderTest) -> ServiceSample:
    """Reach a Service from its only backend.

    Raises:
        HarnessError: the client, or the API, could not be asked.
    """
    client = node.probe_pod.first
    return sample(node, node.services.hairpin, client=client, tries=_OWN_SAMPLE)


def sample(  # noqa: PLR0913  # whom to ask, from where, how and how often
    node: NodeUnderTest,
    service: Service,
    *,
    client: Container,
    protocol: Protocol = Protocol.TCP,
    address: str | None = None,
    port: int | None = None,
    tries: int = _SAMPLE,
) -> ServiceSample:
    """Await a Service's first answer and then each backend's, and take a fresh sample.

    Both waits have the one bound of programming a Service; they end early, and are recorded.
    Where the bound passes, the last poll stands in the sample's place, and is judged.
    `address` and `port` default to the Service's ClusterIP and port.

    Raises:
        HarnessError: the client, or the API, could not be asked.
    """
    host = address or service.cluster_ip
    number = port or (service.port if protocol is Protocol.TCP else udp_port(service))
    known = identified(client, service.backends, protocol=protocol)
    wanted = {backend.identity for backend in known if backend.identity}
    dial = partial(client.dial, host, number, protocol=protocol)
    ready_before = ready_addresses(node.cluster, service)
    bound = programmed_within(node)
    last, first = first_answer(
        dial, what=f"first answer of {host}:{number} over {protocol}", bound=bound
    )
    waits = [first]
    if first.reached:
        last, whole = converge(
            partial(dial, tries=_POLL),
            lambda attempts: wanted <= set(attempts.answers),
            what=f"an answer of every backend of {host}:{number} over {protocol}",
            bound=left_of(bound, first),
        )
        waits.append(whole)
        # Where connections fail, a poll is sample enough, and each more may take seconds.
        if whole.reached or not last.failures:
            last = dial(tries=tries)
    if address is None and not first.reached:
        _in_vain(node).append(service.name)
    return ServiceSample(
        service=service.name,
        data_plane=node.judged.node.proxy.data_plane,
        backends=known,
        ready_before=ready_before,
        ready_after=ready_addresses(node.cluster, service),
        readiness=tuple(waits),
        samples=(last,),
    )


def programmed_within(node: NodeUnderTest) -> float:
    """Return the seconds that a Service of the fleet is given to be programmed on a node.

    All were made together: where nobody answered at one's ClusterIP for the whole time, the others
    had it too, and a quarter more is enough to see that they are not.
    """
    whole = node.patience.service_programmed
    return whole / 4 if _in_vain(node) else whole


def _in_vain(node: NodeUnderTest) -> list[str]:
    """Return the Services that were not programmed in time, for the next to be added."""
    return node.once("services-waited-for-in-vain", list[str])


def identified(
    client: Container, pods: Sequence[Pod], *, protocol: Protocol = Protocol.TCP
) -> tuple[Backend, ...]:
    """Ask each pod at its own address who it is."""
    answers = at_once(partial(identity, client, pod, protocol=protocol) for pod in pods)
    return tuple(
        Backend(pod=pod.name, node=pod.node, address=pod.service_ip, identity=answer)
        for pod, answer in zip(pods, answers, strict=True)
    )


def identity(
    client: Container, pod: Pod, *, protocol: Protocol = Protocol.TCP, port: int | None = None
) -> str:
    """Return what a pod answers at its own address when asked for its hostname; empty if nothing."""
    server = pod.first
    number = port or (server.http_port if protocol is Protocol.TCP else server.udp_port)
    if number is None:
        raise HarnessError(
            f"{pod} serves no {protocol}", next_step="see the fleet's plan for this pod"
        )
    asked = client.dial(pod.service_ip, number, protocol=protocol, tries=2)
    return asked.answers[0] if asked.answers else ""


def udp_port(service: Service) -> int:
    """Return the Service's UDP port.

    Raises:
        HarnessError: it has none.
    """
    if service.udp_port is None:
        raise HarnessError(
            f"{service} has no UDP port", next_step="see the fleet's plan for this Service"
        )
    return service.udp_port


def first_answer(
    dial: Callable[[], Attempts], *, what: str, bound: float
) -> tuple[Attempts, Convergence]:
    """Dial until somebody answers or the bound (seconds) has passed; return the last and how long."""
    return converge(dial, lambda attempts: attempts.answered > 0, what=what, bound=bound)


def once_answered(
    dial: Callable[..., Attempts], *, tries: int, what: str, bound: float
) -> Attempts:
    """Await the first answer, and dial `tries` times afresh; without one return the last attempt."""
    last, first = first_answer(dial, what=what, bound=bound)
    return dial(tries=tries) if first.reached else last


def converge(
    observe: Callable[[], T],
    until: Callable[[T], bool],
    *,
    what: str,
    bound: float,
) -> tuple[T, Convergence]:
    """Observe until it is so or the bound (seconds) has passed; return the last and how long.

    A bound that has passed is an observation like any other; failing to observe is not. Where the
    first look took all of it, its question may have come too early, and there is a second look; a
    bound of no more than one try is meant for one.
    """
    observed: list[T] = []
    started = time.monotonic()

    def watch() -> T:
        observed.append(observe())
        return observed[-1]

    try:
        eventually(watch, until, what=what, timeout=max(bound, 0.0))
    except NotReadyError:
        if not observed:
            raise
        if len(observed) == 1 and bound > timeouts.DIAL_TRY:
            with suppress(NotReadyError):
                eventually(watch, until, what=what, timeout=0.0)
    last = observed[-1]
    return last, Convergence(
        what=what,
        reached=until(last),
        seconds=round(time.monotonic() - started, 3),
        bound=bound,
        looks=len(observed),
    )


def left_of(bound: float, waited: Convergence) -> float:
    """Return the seconds of a bound that a first wait has left, and for a try and more at least.

    What was answered late may still lead to a backend that is not programmed yet.
    """
    return max(bound - waited.seconds, 1.5 * timeouts.DIAL_TRY)


def in_batches(
    dial: Callable[[int], Attempts],
    enough: Callable[[Sequence[Attempts]], bool],
    *,
    sizes: Sequence[int],
) -> tuple[Attempts, ...]:
    """Dial as many tries at a time as `sizes` says, until what came is enough."""
    made: list[Attempts] = []
    for size in sizes:
        made.append(dial(size))
        if enough(made):
            break
    return tuple(made)
