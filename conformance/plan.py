"""What a run places in the cluster: its pods and services, and the labels that they bear."""

from enum import StrEnum
from typing import Final

from verdicts.vocabulary import Frozen

LABEL: Final = "netparity.local"
RUN_LABEL: Final = f"{LABEL}/run"
ROLE_LABEL: Final = f"{LABEL}/role"
NODE_LABEL: Final = f"{LABEL}/judged-node"


class Role(StrEnum):
    """What a pod of the fleet is there for."""

    PROBE = "probe"
    PEER = "peer"
    QUIET = "quiet"
    DOOMED = "doomed"
    EVIDENCE = "evidence"


SERVING: Final = frozenset({Role.PROBE, Role.PEER, Role.QUIET})


class PlannedContainer(Frozen):
    """A container and the ports that its netexec serves; None where it serves none."""

    name: str
    http_port: int | None
    udp_port: int | None = None


class PlannedPod(Frozen):
    """A pod, pinned to its node."""

    name: str
    namespace: str
    role: Role
    node: str
    """The node's name."""
    judged: str
    """The judged node's id; empty for lent peers and evidence pods."""
    platform: str
    userland: str
    image: str
    containers: tuple[PlannedContainer, ...]
    captures: bool = False
    reads_books: bool = False
    """It is shown what the node's CNI plugins keep of the addresses that they gave."""
    backs: tuple[str, ...] = ()
    """Services that select this pod."""

    @property
    def path(self) -> str:
        """The API path of the object."""
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.name}"


class PlannedService(Frozen):
    """A Service; without a selector it stays without endpoints."""

    name: str
    namespace: str
    port: int = 80
    target: int = 8080
    udp: tuple[int, int] | None = None
    node_port: bool = False
    selects: bool = True
    backends: tuple[str, ...] = ()

    @property
    def selector(self) -> tuple[str, str] | None:
        """The label that chooses the backends."""
        return (f"{LABEL}/backs-{self.name}", "true") if self.selects else None


class FleetPlan(Frozen):
    """Everything that a run places in the cluster."""

    run_id: str
    namespace: str
    privileged_namespace: str
    pods: tuple[PlannedPod, ...]
    services: tuple[PlannedService, ...]
    left_out: tuple[str, ...] = ()
    """Judged nodes that nothing is placed on, each with the reason."""

    def pod(self, name: str) -> PlannedPod:
        """Return the planned pod of this name, or raise KeyError."""
        for pod in self.pods:
            if pod.name == name:
                return pod
        raise KeyError(name)

    def peers(self, judged: str) -> tuple[str, ...]:
        """Return the names of the peers on a judged node."""
        return tuple(p.name for p in self.pods if p.role is Role.PEER and p.judged == judged)

    @property
    def namespaces(self) -> tuple[str, str]:
        """Both namespaces of the run."""
        return (self.namespace, self.privileged_namespace)
