"""What clients see of Services of ours: who answers, in which order, and what an empty one does."""

from verdicts.inventory import Known
from verdicts.observations.attempts import Attempts, Failure
from verdicts.vocabulary import Frozen, Reply


class Backend(Frozen):
    """A pod behind a Service, and the text by which it makes itself known when asked directly.

    `identity` is what the pod answered at its own address, asked by the very client of the
    probe; empty where it did not answer. Nothing assumes that it is the pod's name.
    """

    pod: str
    node: str
    address: str
    identity: str = ""


class Convergence(Frozen):
    """How long a Service took to be programmed where it was asked, in seconds.

    `bound` is how long it was to be waited for, `reached` whether it came; what a single look took
    longer for may have `seconds` beyond it. `looks` is how often it was asked meanwhile.
    """

    what: str
    reached: bool
    seconds: float
    bound: float
    looks: int = 1


class ServiceSample(Frozen):
    """New connections from one client to one Service, once the Service was programmed.

    Where it was not programmed within the bound, `samples` has the last poll instead of a sample.
    `ready` has the addresses that the API listed as ready, before and after.
    """

    service: str
    data_plane: str
    backends: tuple[Backend, ...]
    ready_before: tuple[str, ...]
    ready_after: tuple[str, ...]
    readiness: tuple[Convergence, ...]
    samples: tuple[Attempts, ...]

    @property
    def tries(self) -> int:
        """How many connections (or datagrams) were sent."""
        return sum(sample.tries for sample in self.samples)

    @property
    def answers(self) -> tuple[str, ...]:
        """Every answer, in order where no connection timed out."""
        return tuple(answer for sample in self.samples for answer in sample.answers)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Every try that brought no answer, in order."""
        return tuple(failure for sample in self.samples for failure in sample.failures)

    @property
    def answered(self) -> int:
        """How many tries were answered; agnhost may have forgotten by whom."""
        return sum(sample.answered for sample in self.samples)


class EmptyService(Frozen):
    """TCP to a Service that never had endpoints.

    `handshakes` are bare TCP connects; `exchanges` are HTTP requests over new connections, asked
    only where a handshake completed. `elsewhere` are handshakes at a port of the same address
    that no Service has: where they complete, something on the way answers every SYN. `live` are
    handshakes with a Service that has backends, the positive control on the same client.
    """

    service: str
    data_plane: str
    client: str
    readiness: tuple[Convergence, ...]
    handshakes: tuple[Reply, ...]
    exchanges: Attempts | None
    elsewhere: tuple[Reply, ...]
    live: tuple[Reply, ...]


class RefusingBackend(Frozen):
    """New connections to a Service with one live backend and one where nothing listens.

    `live_directly` and `refusing_directly` ask the two at their own addresses, at the very port
    of the Service's backends. `through_service` are the judged connections. `other_port` asks a
    second port of the same Service, where only the refusing backend listens: its answer shows
    that the service proxy knows that backend at all.
    """

    service: str
    data_plane: str
    live: Backend
    refusing: Backend
    live_directly: Attempts
    refusing_directly: tuple[Reply, ...]
    readiness: tuple[Convergence, ...]
    through_service: tuple[Attempts, ...]
    other_port: tuple[Attempts, ...]


class ScalingStep(Frozen):
    """One change of a Service's backends, and the last sample taken after it.

    `wanted` and `seen` are names of pods; an answer that is no backend's stands in `seen` as
    it came.
    """

    change: str
    wanted: tuple[str, ...]
    seen: tuple[str, ...]
    unanswered: tuple[Failure, ...]
    tries: int
    convergence: Convergence


class Scaling(Frozen):
    """A Service whose backends are changed, step by step, while a client asks it."""

    service: str
    data_plane: str
    backends: tuple[Backend, ...]
    steps: tuple[ScalingStep, ...]


class NodePortSample(Frozen):
    """New connections from a pod on another node to the judged node's address at a NodePort.

    `sample` is None where the cluster has no other node with a pod of ours. `node_port` is the
    Service's, `port` its own port; its backend is on the judged node. `away` is the same of a
    Service whose backend is on another node, at `away_port`. `kubelet` are handshakes with the same address at the
    kubelet's port, asked only where the NodePort did not answer: where they fail too, it is the
    way to the node that is closed. `from_node` are handshakes of the judged node itself with that
    other backend, asked only where `away` brought nothing and the node's kernel, not a proxy that
    is judged elsewhere, connects to it; empty where the node cannot be asked.
    """

    service: str
    data_plane: str
    address: str
    node_port: int
    port: int
    client: str
    client_node: str
    sample: ServiceSample | None
    away: ServiceSample | None = None
    away_port: int = 0
    kubelet: tuple[Reply, ...] = ()
    from_node: tuple[Reply, ...] = ()


class SourceAddress(Frozen):
    """The address that a backend sees as its client's, through a Service and asked directly.

    All addresses are without ports. `pod_ranges` are the judged node's own, where the API shows
    them: a bridge or tunnel device of the node may have an address in there that is no pod's.
    `masquerade_by` is how `masquerade_all` is known; `cluster_cidrs` are the ranges that
    kube-proxy takes for the cluster's own pods, where it is told any.
    """

    service: str
    platform: str
    data_plane: str
    masquerade_all: bool | None
    masquerade_by: Known = Known.UNKNOWN
    cluster_cidrs: tuple[str, ...] = ()
    dsr: bool | None
    overlay: bool | None
    client: str
    client_addresses: tuple[str, ...]
    backend: Backend
    through_service: tuple[str, ...]
    unanswered: tuple[Failure, ...]
    directly: tuple[str, ...]
    node_addresses: tuple[str, ...]
    pod_addresses: tuple[str, ...]
    pod_ranges: tuple[str, ...]


class SharedBackends(Frozen):
    """Two Services of the same backends, of which one was deleted, and who answers at the other.

    `before` are connections to the one that stays, `doomed_before` handshakes with the other, both
    while both were there. `silence` is how long the other went on completing handshakes after its
    deletion. `sample` is of the one that stays, once the other was silent.
    """

    stays: str
    goes: str
    before: Attempts
    doomed_before: Reply
    silence: Convergence
    sample: ServiceSample


class LastEndpoint(Frozen):
    """A Service that has lost its last endpoint, which lives on, and who answers at it.

    `before` are connections while it had it. `ready_after` are the addresses that the API lists as
    ready afterwards. `emptied` is as any Service without endpoints is asked, its `readiness` how
    long handshakes went on completing; `exchanges` are those of a fresh connection each.
    """

    backend: Backend
    before: Attempts
    ready_after: tuple[str, ...]
    emptied: EmptyService
