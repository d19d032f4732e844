"""What a suite and its probes hold: the judged node, and what the fleet placed for it.

Probes take containers, pods, services and the judged node from here; how they are reached, and
when they became ready, is not theirs to know. Independent questions can be asked at once:

    from conformance.batches import at_once
    answers = at_once(partial(a.dial, b.ip, 8080) for a, b in pairs)
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from conformance.cluster import Cluster
from conformance.containers import (
    Container,
    ContainerPorts,
    HttpAnswer,
    Pod,
    ShellAnswer,
    Transport,
    Userland,
)
from conformance.exchanges import Recorder
from conformance.objects import ApiPod
from conformance.timeouts import Patience
from verdicts.evidence import Exchange
from verdicts.inventory import Inventory, JudgedNode

__all__ = [
    "Container",
    "ContainerPorts",
    "Fleet",
    "HttpAnswer",
    "NodeUnderTest",
    "Pod",
    "Service",
    "Services",
    "ShellAnswer",
    "Transport",
    "Userland",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Service:
    """A Service of the fleet; its backends are ready when the handle is given out."""

    name: str
    namespace: str
    cluster_ip: str
    port: int
    udp_port: int | None
    node_port: int | None
    backends: tuple[Pod, ...]
    fqdn: str
    selector: tuple[str, str] | None
    cluster: Cluster = field(compare=False, repr=False)

    def __str__(self) -> str:
        return self.name

    def enlist(self, pod: Pod) -> None:
        """Label a pod so that the Service selects it."""
        key, value = self._selector()
        self.cluster.label(pod.path, {key: value})

    def dismiss(self, pod: Pod) -> None:
        """Take the label off a pod, so that the Service no longer selects it."""
        key, _ = self._selector()
        self.cluster.label(pod.path, {key: None})

    def _selector(self) -> tuple[str, str]:
        if self.selector is None:
            raise ValueError(f"{self.name} selects nothing, by design")
        return self.selector


class Fleet(Protocol):
    """Everything that the run placed in the cluster; but for `running`, pods are given out ready.

    Every method raises NotReadyError where a pod did not become ready.
    """

    @property
    def run_id(self) -> str:
        """The run's id, part of both namespaces' names."""

    @property
    def namespace(self) -> str:
        """The namespace of probes, peers and services (Pod Security restricted)."""

    @property
    def privileged_namespace(self) -> str:
        """The namespace of the evidence pods."""

    def pod(self, name: str) -> Pod:
        """Return the pod of this name."""

    def running(self, name: str) -> Pod:
        """Return the pod of this name once it runs and has an address, though it never be ready.

        It is given out unready only after its kubelet had the time to find it ready.
        """

    def pods(self, *, platform: str | None = None, node: str | None = None) -> tuple[Pod, ...]:
        """Return the pods that serve: probes, peers and quiet ones, of a platform or node.

        Doomed and evidence pods are not among them. `node` is a judged node's id.
        """

    def evidence(self, node: str) -> Pod:
        """Return the evidence pod on the node of this name: host network, reached by exec only.

        Its one container sees the node's /etc/cni/net.d at /host/cni.

        Raises:
            NoEvidence: there is none on this node, and the cluster says why.
            NotReadyError: it did not become ready.
        """

    def can_capture(self, node: str) -> bool:
        """Say whether the evidence pod on the node of this name has tcpdump."""

    def service(self, name: str, *, namespace: str | None = None) -> Service:
        """Return the Service of this name, its backends ready."""

    def departed(self, seen: str) -> tuple[str, ...]:
        """Return what became of the pods that an observation names, a sentence for each that went."""

    def miss(self, before: ApiPod, now: ApiPod | None) -> None:
        """Note what became of a pod that a check made for itself, and is about to end."""


@dataclass(frozen=True, slots=True)
class Services:
    """The services that were made for one judged node; each is looked up when asked for."""

    fleet: Fleet
    node: str

    @property
    def lb(self) -> Service:
        """TCP 80 to 8080 and UDP 81 to 8081 over three backends, none of them the probe pod."""
        return self.fleet.service(f"lb-{self.node}")

    @property
    def rr(self) -> Service:
        """The same backends as `lb`, for one round robin observation only."""
        return self.fleet.service(f"rr-{self.node}")

    @property
    def scale(self) -> Service:
        """A Service whose backends are changed by `enlist` and `dismiss`; it starts with two."""
        return self.fleet.service(f"scale-{self.node}")

    @property
    def hairpin(self) -> Service:
        """A Service whose one backend is the probe pod itself."""
        return self.fleet.service(f"hairpin-{self.node}")

    @property
    def nodeport(self) -> Service:
        """A NodePort Service whose one backend is a peer on the judged node."""
        return self.fleet.service(f"nodeport-{self.node}")

    @property
    def awayport(self) -> Service:
        """A NodePort Service whose one backend is a peer on another node, where there is one."""
        return self.fleet.service(f"awayport-{self.node}")

    @property
    def source(self) -> Service:
        """A Service whose one backend is a peer on another node (the same, if there is one only)."""
        return self.fleet.service(f"source-{self.node}")

    @property
    def empty(self) -> Service:
        """A Service whose selector matches nothing, and never did; TCP 80."""
        return self.fleet.service("empty")

    @property
    def kubernetes(self) -> Service:
        """A Service called `kubernetes` in the run's namespace."""
        return self.fleet.service("kubernetes")

    @property
    def twin(self) -> Service:
        """A Service called `twin` in the run's namespace."""
        return self.fleet.service("twin")

    @property
    def twin_elsewhere(self) -> Service:
        """A Service called `twin` in the run's other namespace."""
        return self.fleet.service("twin", namespace=self.fleet.privileged_namespace)

    @property
    def alone(self) -> Service:
        """A Service that exists in the run's namespace only."""
        return self.fleet.service("alone")


@dataclass(frozen=True, slots=True)
class _Asked:
    """An answer that is given again, and what it rested on."""

    answer: object
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class NodeUnderTest:
    """The judged node and what the fleet placed for it; pods are awaited on first use.

    `facts` is the whole inventory. Every property that gives out pods raises NotReadyError
    where one of them did not become ready.
    """

    judged: JudgedNode
    facts: Inventory
    fleet: Fleet
    cluster: Cluster
    recorder: Recorder
    peer_names: tuple[str, ...]
    other_node_names: tuple[str, ...]
    patience: Patience
    """How long to wait for what the cluster does in its own time."""
    _answers: dict[str, _Asked] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.id

    @property
    def id(self) -> str:
        """The judged node's id on the axis, `linux-kernel-0`."""
        return self.judged.id

    @property
    def probe_pod(self) -> Pod:
        """The pod with containers a, b, c: http 8080, 8090, 8100, udp 8081, 8091, 8101."""
        return self.fleet.pod(f"probe-{self.id}")

    @property
    def running_probe_pod(self) -> Pod:
        """The probe pod once it runs and has an address, though its kubelet never find it ready.

        A witness that asks it tells the pod's own state from what its node makes of it.
        """
        return self.fleet.running(f"probe-{self.id}")

    @property
    def running_pods(self) -> tuple[Pod, ...]:
        """The probe pod and its peers on the judged node, once they run, ready or not."""
        return (self.running_probe_pod, *(self.fleet.running(name) for name in self.peer_names))

    @property
    def quiet_pod(self) -> Pod:
        """The pod that serves http on 8070, so that 8080 refuses; its container b (8090) may be ended."""
        return self.fleet.pod(f"quiet-{self.id}")

    @property
    def doomed_pod(self) -> Pod:
        """A pod that one check may delete, and no other may use."""
        return self.fleet.pod(f"doomed-{self.id}")

    @property
    def peers_same_node(self) -> tuple[Pod, ...]:
        """Single-container pods on the judged node."""
        return tuple(self.fleet.pod(name) for name in self.peer_names)

    @property
    def peers_other_node(self) -> tuple[Pod, ...]:
        """Single-container pods on other nodes, two of each: same platform first, then Linux."""
        return tuple(self.fleet.pod(name) for name in self.other_node_names)

    @property
    def services(self) -> Services:
        """The services that were made for this node."""
        return Services(fleet=self.fleet, node=self.id)

    def once(self, key: str, ask: Callable[[], T]) -> T:
        """Ask a question that disturbs what it asks about, and give its answer to every check.

        A failure to ask is not kept: the next check asks again.
        """
        known = self._answers.get(key)
        if known is None:
            mark = self.recorder.mark()
            known = _Asked(answer=ask(), exchanges=self.recorder.since(mark))
            self._answers[key] = known
        else:
            self.recorder.repeat(known.exchanges)
        return known.answer  # type: ignore[return-value]  # stored under its key by this call
