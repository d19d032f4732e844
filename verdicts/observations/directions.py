"""Flows from clients to servers: which platform reaches which, how, and what came back."""

from enum import StrEnum

from verdicts.observations.attempts import Attempts
from verdicts.vocabulary import Frozen, Placement, Protocol, Reply


class ClientKind(StrEnum):
    """Where a flow starts."""

    POD = "pod"
    NODE = "node"
    """The node's own network."""


class Target(StrEnum):
    """By what a server is asked for."""

    POD_IP = "pod-ip"
    CLUSTER_IP = "cluster-ip"
    NODE_PORT = "node-port"
    SERVICE_NAME = "service-name"


class FlowEnd(Frozen):
    """A client or server of a flow: a pod and its node, or (`pod` empty) the node itself.

    `identity` is what the pod calls itself when asked through the transport.
    """

    node: str
    platform: str
    pod: str = ""
    identity: str = ""


class Flow(Frozen):
    """One direction: a client asks a server by one address, over one protocol.

    `attempts` are new connections or datagrams; of a node only the `handshake` is known. Neither
    is there where the flow was not asked, and `not_asked` says why. `kubelet` is a handshake at
    the kubelet's port on the same address, asked only where a NodePort stayed silent.
    """

    kind: ClientKind
    client: FlowEnd
    server: FlowEnd
    target: Target
    protocol: Protocol
    address: str = ""
    port: int = 0
    attempts: Attempts | None = None
    handshake: Reply | None = None
    kubelet: Reply | None = None
    not_asked: str = ""

    def __str__(self) -> str:
        start = self.client.pod or self.client.node
        where = f" ({self.address}:{self.port})" if self.address else ""
        return f"{start} to {self.server.pod} by {self.target} over {self.protocol}{where}"

    @property
    def placement(self) -> Placement:
        """Whether both ends are on one node."""
        same = self.client.node == self.server.node
        return Placement.SAME_NODE if same else Placement.OTHER_NODE

    @property
    def key(self) -> tuple[str, ...]:
        """What tells this flow from every other, whoever recorded it."""
        return (
            self.kind,
            self.client.pod or self.client.node,
            self.server.pod,
            self.target,
            self.protocol,
        )

    @property
    def strangers(self) -> tuple[str, ...]:
        """Answers of somebody other than the server."""
        if self.attempts is None:
            return ()
        return tuple(sorted(set(self.attempts.answers) - {self.server.identity}))

    @property
    def reply(self) -> Reply | None:
        """How the flow ended; None where it was not asked.

        It counts as answered if every connection was, or (UDP promises no delivery, RFC 768) any
        datagram; else the kind of refusal that came most often.
        """
        if self.attempts is None:
            return self.handshake
        failures = [failure.reply for failure in self.attempts.failures]
        enough = self.attempts.answered and self.protocol is Protocol.UDP
        if not failures or enough:
            return Reply.ANSWERED
        return max(failures, key=failures.count)

    @property
    def is_answered(self) -> bool:
        """The server, and nobody else, answered."""
        return self.reply is Reply.ANSWERED and not self.strangers


class Directions(Frozen):
    """The flows that a judged node has a part in; `node` is its name, `platform` its column.

    Beside the flows that a claim is about stand those to the same server by a shorter way, asked
    by the same client: the controls.
    """

    node: str
    platform: str
    flows: tuple[Flow, ...]
