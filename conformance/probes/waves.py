"""Make pods in waves on the judged node, end them, and read what its address book has left."""

import time
from functools import partial
from typing import TYPE_CHECKING, Final

from conformance.batches import Beside, at_once
from conformance.containers import Container
from conformance.following import Pods, followed
from conformance.handles import NodeUnderTest
from conformance.objects import ApiPod, read
from conformance.plan import LABEL
from conformance.probes import own_pods
from conformance.probes.address_book import NO_BOOK, entries_of
from conformance.probes.load_balancing import converge, first_answer
from conformance.probes.own_pods import HTTP_PORT, Wanted
from conformance.probes.paths import placed
from conformance.probes.wire import evidence_on
from verdicts.observations.cni import PlacedPod
from verdicts.observations.waves import Wave, WavePod, Waves

if TYPE_CHECKING:
    from concurrent.futures import Future

WAVES: Final = 5
SIZE: Final = 12
"""Pods of a wave: sixty on a node in all, and no more at once than a small range has left."""
WAVE_LABEL: Final = f"{LABEL}/wave"
_GRACE: Final = 1


def waves(node: NodeUnderTest) -> Waves:
    """Make and end the waves, the last without grace, and return what was seen of each.

    Raises:
        HarnessError: the API refused a pod, or the client could not be asked.
    """
    living = tuple(placed(pod) for pod in (node.probe_pod, *node.fleet.pods()))
    made: list[Wave] = []
    # An ended wave is visited while the next one starts: that takes the client as long.
    with Beside(1) as beside:
        later: list[Future[Wave]] = []
        for number in range(1, WAVES + 1):
            made.append(_wave(node, number, forced=number == WAVES))
            if number < WAVES:
                later.append(beside.ask(partial(_revisited, node, made[-1])))
        ended = [each.result() for each in later]
    seen = _with_book(
        node,
        Waves(
            node=node.judged.node.name,
            living=tuple({pod.pod: pod for pod in living}.values()),
            waves=(*ended, made[-1]),
            entries=None,
        ),
    )
    # Who is ended without grace is gone for the API before it is: the last wave had until now.
    return seen.model_copy(update={"waves": (*ended, _revisited(node, made[-1]))})


def _wave(node: NodeUnderTest, number: int, *, forced: bool) -> Wave:
    label = f"{node.id}-{number}"
    wanted = [
        Wanted(name=f"wave-{label}-{each}", labels={WAVE_LABEL: label}, is_probed=False)
        for each in range(SIZE)
    ]
    follow = partial(
        followed,
        node.cluster,
        f"/api/v1/namespaces/{node.fleet.namespace}/pods",
        selector=f"{WAVE_LABEL}={label}",
    )
    began = time.monotonic()
    with own_pods.made(node, wanted):
        # Those that do not come up in time are seen as what they are, without an address.
        found = follow(until=_all_up, bound=node.patience.pod_ready[node.probe_pod.userland])
        up = time.monotonic() - began
        client = node.probe_pod.first
        pods = at_once(partial(_visited, node, client, pod) for pod in found.values())
        began = time.monotonic()
        own_pods.end(node, own_pods.paths(node, wanted), grace=0 if forced else _GRACE)
        left = tuple(follow(until=lambda pods: not pods, bound=node.patience.pod_gone))
        gone = time.monotonic() - began
    named = {pod.pod: pod for pod in pods}
    unborn = WavePod(pod="", identity="", addresses=())
    return Wave(
        number=number,
        forced=forced,
        pods=tuple(
            named.get(each.name, unborn.model_copy(update={"pod": each.name})) for each in wanted
        ),
        up=round(up, 1),
        gone=round(gone, 1),
        left=left,
    )


def _all_up(pods: Pods) -> bool:
    return len(pods) == SIZE and all(own_pods.is_running(pod) for pod in pods.values())


def _visited(node: NodeUnderTest, client: Container, pod: ApiPod) -> WavePod:
    """Ask a pod of the wave at its address who it is."""
    name = pod.metadata.name
    addresses = tuple(each.ip for each in pod.status.pod_ips)
    seen = WavePod(pod=name, identity="", addresses=addresses)
    if not own_pods.is_running(pod):
        return seen.model_copy(update={"addresses": ()})
    server = own_pods.handle(node, pod)
    visit, _ = first_answer(
        partial(client.dial, server.service_ip, HTTP_PORT),
        what=f"{name} answers",
        bound=_FOUND,
    )
    # A pod is called by its name; only of one that is not, the transport must tell who it is.
    is_itself = set(visit.answers) <= {name}
    identity = name if is_itself else server.first.ask("hostname").body.strip()
    return seen.model_copy(update={"visit": visit, "identity": identity})


def _revisited(node: NodeUnderTest, wave: Wave) -> Wave:
    """Ask for a wave's pods at their addresses once more, when they are gone.

    Whoever gets one of the addresses next is found at once then: by now the client has noticed
    that nobody answers there, and would ask for its owner anew.
    """
    client = node.probe_pod.first

    def again(pod: WavePod) -> WavePod:
        if pod.visit is None:
            return pod
        visit, _ = converge(
            partial(client.dial, pod.visit.address, HTTP_PORT),
            lambda attempts: pod.identity not in attempts.answers,
            what=f"{pod.pod} answers no more",
            bound=node.patience.pod_gone,
        )
        return pod.model_copy(update={"afterwards": visit})

    return wave.model_copy(update={"pods": tuple(at_once(partial(again, p) for p in wave.pods))})


_FOUND: Final = 30.0
"""Convenience: seconds from a container running to its answering at its address.

Where another pod had that address a moment ago, neighbours know it by that pod's MAC: Linux asks
for a stale neighbour after five seconds, and for anybody after three more.
https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html (neigh: delay_first_probe_time)
"""


def _with_book(node: NodeUnderTest, seen: Waves) -> Waves:
    pod, reason = evidence_on(node, seen.node)
    if pod is None:
        return seen.model_copy(update={"reason": reason})
    addresses = {a for wave in seen.waves for each in wave.pods for a in each.addresses}
    own = node.probe_pod
    entries, waited = converge(
        partial(entries_of, pod, sorted({*addresses, *own.ips})),
        lambda found: not {e.address for e in found or ()} & (addresses - set(own.ips)),
        what="all addresses of the waves are given back",
        bound=node.patience.pod_gone,
    )
    if entries is None:
        return seen.model_copy(update={"reason": NO_BOOK})
    return seen.model_copy(
        update={
            "entries": entries,
            "heirs": _heirs(node, {entry.address for entry in entries}),
            "seconds": waited.seconds,
        }
    )


def _heirs(node: NodeUnderTest, addresses: set[str]) -> tuple[PlacedPod, ...]:
    """Return the pods of all namespaces that have one of these addresses by now."""
    found = [read(ApiPod, each) for each in node.cluster.list("/api/v1/pods")]
    return tuple(
        PlacedPod(
            pod=pod.metadata.name,
            node=pod.spec.node_name,
            addresses=tuple(each.ip for each in pod.status.pod_ips),
        )
        for pod in found
        if {each.ip for each in pod.status.pod_ips} & addresses and not pod.has_ended
    )
