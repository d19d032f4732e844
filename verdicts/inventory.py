"""What discovery found in the cluster, as facts: nodes, the platforms they form, and their proxies."""

from collections.abc import Collection
from enum import StrEnum
from typing import Final, Literal, Self

from verdicts.vocabulary import Frozen, Mode

EMULATES_LABEL: Final = "netparity.local/emulates"
"""Label of a node that stands for a platform."""

BY_OPTION: Final = "--platform"
BY_FACTS: Final = "facts file"
BY_LABEL: Final = f"label {EMULATES_LABEL}"
_WORDS: Final = frozenset({BY_OPTION, BY_FACTS, BY_LABEL})


class Known(StrEnum):
    """How a fact about a service proxy came to be known, strongest first."""

    DECLARED = "declared"
    PROXY_MODE_ENDPOINT = "proxyMode endpoint"
    CONFIGZ = "kube-proxy configz"
    CONFIGURATION = "kube-proxy configuration"
    ARGUMENTS = "kube-proxy arguments"
    RELEASE = "kube-proxy release"
    DAEMON_SET = "DaemonSet"
    BEHAVIOUR = "behaviour"
    UNKNOWN = "unknown"


class ServiceProxy(Frozen):
    """The service proxy of one node; asked-for and effective mode are two facts.

    `known_by` is how the effective mode came to be known; whatever nobody could ask is unknown.
    `cluster_cidrs` are the ranges that kube-proxy takes for the cluster's own pods, where it is
    told any: traffic to ClusterIPs from elsewhere it masquerades.
    """

    asked: Mode = Mode.UNKNOWN
    asked_by: Known = Known.UNKNOWN
    effective: Mode = Mode.UNKNOWN
    known_by: Known = Known.UNKNOWN
    program: str = ""
    version: str = ""
    data_plane: str = ""
    masquerade_all: bool | None = None
    masquerade_by: Known = Known.UNKNOWN
    cluster_cidrs: tuple[str, ...] = ()
    dsr: bool | None = None
    overlay: bool | None = None

    @property
    def fell_back(self) -> bool:
        """Kernel mode was asked for and user mode runs."""
        return self.asked is Mode.KERNEL and self.effective is Mode.USER


class CniFacts(Frozen):
    """What is declared, or was read, about the CNI of a node."""

    plugin: str = ""
    host_address_space: bool | None = None
    pool: str = ""
    known_by: Known = Known.UNKNOWN


class Node(Frozen):
    """A node as the API and the facts file show it; `operating_system` is what really runs."""

    name: str
    platform: str
    operating_system: str
    build: int | None = None
    kubelet_version: str
    kernel_version: str
    os_image: str
    container_runtime: str
    architecture: str
    internal_ips: tuple[str, ...]
    pod_cidrs: tuple[str, ...] = ()
    ready: bool
    schedulable: bool = True
    reason: str = ""
    emulated_by: tuple[str, ...] = ()
    proxy: ServiceProxy = ServiceProxy()
    cni: CniFacts = CniFacts()

    @property
    def is_emulated(self) -> bool:
        """The node stands for a platform that it does not run."""
        return bool(self.emulated_by)

    @property
    def by_word_alone(self) -> bool:
        """The node stands for a platform, and nothing is named that makes it behave so."""
        return self.is_emulated and _WORDS.issuperset(self.emulated_by)


class JudgedNode(Frozen):
    """A sampled node under its id on the axis: `<platform>-<mode>-<ordinal>`."""

    id: str
    platform: str
    mode: Mode
    node: Node


class Policy(Frozen):
    """An object of the cluster's owner that says what the run's pods may do.

    `isolates` is whether it is known to keep pods of the run from talking to each other where
    nothing allows it.
    """

    kind: str
    name: str
    effect: str
    isolates: bool

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.effect}"


class Inventory(Frozen):
    """All that a run knows of its cluster without asking a pod."""

    version: Literal[1] = 1
    server: str
    kubernetes_version: str
    cluster_uid: str
    cluster_domain: str
    dns_service_ip: str | None
    service_cidrs: tuple[str, ...] = ()
    nodes: tuple[Node, ...]
    judged: tuple[JudgedNode, ...]
    policies: tuple[Policy, ...] = ()
    warnings: tuple[str, ...] = ()

    def narrowed(self, names: Collection[str]) -> Self:
        """Return what is known, with only the nodes of these names judged; none names all."""
        judged = tuple(each for each in self.judged if not names or each.node.name in names)
        return self.model_copy(update={"judged": judged})

    def judged_node(self, node_id: str) -> JudgedNode:
        """Return the judged node of this id, or raise KeyError."""
        for judged in self.judged:
            if judged.id == node_id:
                return judged
        raise KeyError(node_id)

    @property
    def stood_for_by_word_alone(self) -> frozenset[str]:
        """The platforms that no judged node stands for but by somebody's word alone.

        A node that runs the platform beside such a one still counts: its regression is one.
        """
        vouched = {each.platform for each in self.judged if not each.node.by_word_alone}
        return frozenset(each.platform for each in self.judged) - vouched

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platforms that were met, each once, in the order of the nodes."""
        return tuple(dict.fromkeys(node.platform for node in self.nodes))
