"""What a CNI plugin gives pods: addresses, reachability, and an end when they are deleted."""

from verdicts.observations.attempts import Attempts
from verdicts.observations.interfaces import PodInterfaces
from verdicts.observations.wire import NodeConfiguration, Wire
from verdicts.vocabulary import Frozen, Reply


class PlacedPod(Frozen):
    """A running pod, its node's name and its addresses, the first one first."""

    pod: str
    node: str
    addresses: tuple[str, ...]


class PlatformAddresses(Frozen):
    """The pods of one platform, and the interfaces of a pod on the judged node."""

    platform: str
    node: str
    pods: tuple[PlacedPod, ...]
    interfaces: PodInterfaces


class Visit(Frozen):
    """One pod asked another, at its pod IP, who it is."""

    client: str
    backend: str
    attempts: Attempts


class Reachability(Frozen):
    """Visits between every ordered pair of `pods` that has an end on the judged node.

    `own` are visits of pods to themselves on loopback, made only where one was answered with a
    name that none of the pods has. `other_nodes` are the cluster's other ready nodes, whether or not pods of ours run there.
    """

    node: str
    pods: tuple[PlacedPod, ...]
    other_nodes: tuple[str, ...]
    visits: tuple[Visit, ...]
    own: tuple[Visit, ...] = ()

    @property
    def unknown_answers(self) -> tuple[Visit, ...]:
        """The visits that were answered with a name that none of the pods has."""
        names = {pod.pod for pod in self.pods}
        return tuple(each for each in self.visits if set(each.attempts.answers) - names)


class DeadAddress(Frozen):
    """A pod's address, asked for its identity while the pod lived and after it was gone."""

    pod: str
    address: str
    client: str
    before: tuple[Attempts, ...]
    after: tuple[Attempts, ...]


class ReadinessProbe(Frozen):
    """A pod whose kubelet probes it over HTTP, and what came of it.

    `host` is the address that the probe names, empty for the pod's own. Of a pod that is not
    ready, `peer` is what another pod on the node gets from the same port (an answer is the pod's
    own identity), and `status` what the pod's server says at the probe's path to somebody who
    reaches it; None where nobody did.
    """

    pod: str
    address: str
    port: int
    host: str
    ready: bool
    path: str = ""
    peer: Reply | None = None
    status: int | None = None


class NodeToPod(Frozen):
    """The kubelet's readiness probes of pods on its node."""

    node: str
    probes: tuple[ReadinessProbe, ...]


class Handshake(Frozen):
    """A bare TCP handshake from a container."""

    client: str
    address: str
    port: int
    reply: Reply


class PodToNode(Frozen):
    """Handshakes from a pod to its own node."""

    pod: str
    node: str
    handshakes: tuple[Handshake, ...]


class Origins(Frozen):
    """Pod addresses of a node beside the ranges that they may come from.

    `host_networks` are the networks of the node's InternalIPs as read on the node, None where
    they could not be read (`reason`); `declared_host_space` is what a facts file says.
    """

    node: str
    pods: tuple[PlacedPod, ...]
    pod_cidrs: tuple[str, ...]
    host_networks: tuple[str, ...] | None
    reason: str = ""
    declared_host_space: bool | None = None


class Plugin(Frozen):
    """What a node's configuration directory holds, beside what the pods' endpoints betray."""

    platform: str
    configuration: NodeConfiguration
    wire: Wire
    interfaces: PodInterfaces


class BookEntry(Frozen):
    """An address that a network's address book has as given away."""

    network: str
    address: str


class AddressBook(Frozen):
    """What the node's address book says of a living pod's addresses and of a deleted pod's.

    `entries` are those of these addresses alone, None where no book could be read (`reason`).
    `heirs` are living pods that have an address of the deleted one by now, asked only where the
    book still has it; `seconds` is how long it was waited for.
    """

    node: str
    living: PlacedPod
    gone: PlacedPod
    entries: tuple[BookEntry, ...] | None
    heirs: tuple[str, ...] = ()
    seconds: float = 0.0
    reason: str = ""

    @property
    def networks(self) -> frozenset[str]:
        """The networks whose book knows the living pod, and so is the one that counts."""
        found = self.entries or ()
        return frozenset(e.network for e in found if e.address in self.living.addresses)

    @property
    def kept(self) -> tuple[BookEntry, ...]:
        """What those books still have as given away to the deleted pod."""
        found, gone = self.entries or (), self.gone.addresses
        return tuple(e for e in found if e.network in self.networks and e.address in gone)
