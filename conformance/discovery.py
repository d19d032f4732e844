"""From what the API and the facts file say to an inventory; pure, so every cluster is a table row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from conformance.facts import DeclaredNodes, DeclaredProxy
from conformance.objects import ApiNode, Condition
from conformance.platforms import LINUX, build_of, platform_of
from verdicts.inventory import (
    BY_FACTS,
    BY_LABEL,
    BY_OPTION,
    EMULATES_LABEL,
    CniFacts,
    JudgedNode,
    Known,
    Node,
    ServiceProxy,
)
from verdicts.vocabulary import Mode

_BUILD_LABEL = "node.kubernetes.io/windows-build"
_OS_LABELS = ("kubernetes.io/os", "beta.kubernetes.io/os")
_CONTROL_PLANE_LABELS = (
    "node-role.kubernetes.io/control-plane",
    "node-role.kubernetes.io/master",
)
_VIRTUAL_LABELS = {"type": "virtual-kubelet", "eks.amazonaws.com/compute-type": "fargate"}


@dataclass(frozen=True, slots=True)
class NodeSources:
    """What is known of one node, by source: declared, named by hand, or found."""

    api: ApiNode
    declared: DeclaredNodes | None = None
    named: str | None = None
    """The platform that `--platform` names for it."""
    found_proxy: ServiceProxy = field(default_factory=ServiceProxy)


def classify(sources: NodeSources) -> Node:
    """Return the node as the inventory holds it.

    A node of another OS or build than the platform it is judged as is emulated, whoever says so:
    `--platform` first, then the facts file, then the node's label.
    """
    api = sources.api
    info = api.status.node_info
    labels = api.metadata.labels
    system = info.operating_system or next(
        (labels[name] for name in _OS_LABELS if name in labels), ""
    )
    build = (
        build_of(label=labels.get(_BUILD_LABEL, ""), kernel_version=info.kernel_version)
        if system == "windows"
        else None
    )
    real = platform_of(operating_system=system, build=build)
    platform, by = _stands_for(sources, real)
    ready = _condition(api, "Ready")
    return Node(
        name=api.metadata.name,
        platform=platform,
        operating_system=system,
        build=build,
        kubelet_version=info.kubelet_version,
        kernel_version=info.kernel_version,
        os_image=info.os_image,
        container_runtime=info.container_runtime_version,
        architecture=info.architecture,
        internal_ips=tuple(a.address for a in api.status.addresses if a.type == "InternalIP"),
        pod_cidrs=api.spec.pod_cidrs or ((api.spec.pod_cidr,) if api.spec.pod_cidr else ()),
        ready=ready.status == "True",
        schedulable=not api.spec.unschedulable,
        reason="" if ready.status == "True" else f"{ready.reason} {ready.message}".strip(),
        emulated_by=by,
        proxy=_proxy(sources),
        cni=_cni(sources.declared),
    )


def _stands_for(sources: NodeSources, real: str) -> tuple[str, tuple[str, ...]]:
    declared = sources.declared.emulates if sources.declared else None
    label = sources.api.metadata.labels.get(EMULATES_LABEL)
    by: tuple[str, ...]
    if sources.named is not None:
        platform, by = sources.named, (BY_OPTION,)
    elif declared is not None:
        platform, by = declared.platform, declared.by or (BY_FACTS,)
    elif label is not None:
        platform, by = label, (BY_LABEL,)
    else:
        return real, ()
    return (platform, by) if platform != real else (real, ())


def _proxy(sources: NodeSources) -> ServiceProxy:
    """Take each fact from the strongest source that has it: what is declared, else what was found.

    A declared effective mode brings its whole proxy along, with nothing found filled in: what the
    cluster's configuration asks for may be another program's business then.
    """
    found, declared = sources.found_proxy, sources.declared
    if declared is None:
        return found
    said: dict[str, object] = {"dsr": declared.dsr, "overlay": declared.overlay}
    if declared.masquerade_all is not None:
        said |= {"masquerade_all": declared.masquerade_all, "masquerade_by": Known.DECLARED}
    proxy = declared.proxy or DeclaredProxy()
    if proxy.asked is not Mode.UNKNOWN:
        said |= {"asked": proxy.asked, "asked_by": Known.DECLARED}
    said |= {
        "program": proxy.program or None,
        "version": proxy.version or None,
        "data_plane": proxy.data_plane or None,
    }
    if proxy.effective is not Mode.UNKNOWN:
        found = ServiceProxy(
            effective=proxy.effective,
            known_by=Known.DECLARED,
            masquerade_all=found.masquerade_all,
            masquerade_by=found.masquerade_by,
            cluster_cidrs=found.cluster_cidrs,
            dsr=found.dsr,
        )
    return found.model_copy(update={k: v for k, v in said.items() if v is not None})


def _cni(declared: DeclaredNodes | None) -> CniFacts:
    if declared is None or declared.cni is None:
        return CniFacts()
    return CniFacts(
        plugin=declared.cni.plugin or "",
        host_address_space=declared.cni.host_address_space,
        pool=declared.cni.pool,
        known_by=Known.DECLARED,
    )


def _condition(api: ApiNode, kind: str) -> Condition:
    found = (c for c in api.status.conditions if c.type == kind)
    return next(found, Condition(type=kind, reason="no Ready condition"))


def is_virtual(api: ApiNode) -> bool:
    """Say whether a node is none that pods share (virtual kubelet, Fargate)."""
    labels = api.metadata.labels
    return any(labels.get(key) == value for key, value in _VIRTUAL_LABELS.items())


def runs_control_plane(api: ApiNode) -> bool:
    """Say whether a node is a control plane node, which is sampled last."""
    return any(label in api.metadata.labels for label in _CONTROL_PLANE_LABELS)


def sample(
    nodes: Iterable[Node], *, per_platform: int = 1, last: Iterable[str] = ()
) -> tuple[JudgedNode, ...]:
    """Choose the judged nodes: so many of each platform in each effective proxy mode.

    Ready and schedulable nodes are preferred, then those not named in `last`, then by name, so
    that the choice is the same in every run. The control platform comes first.
    """
    late = frozenset(last)

    def group(node: Node) -> tuple[bool, str, Mode]:
        return (node.platform != LINUX, node.platform, node.proxy.effective)

    def preference(node: Node) -> tuple[bool, bool, bool, str]:
        return (not node.ready, not node.schedulable, node.name in late, node.name)

    ordered = sorted(nodes, key=lambda node: (group(node), preference(node)))
    return tuple(
        JudgedNode(id=f"{platform}-{mode}-{ordinal}", platform=platform, mode=mode, node=node)
        for (_, platform, mode), members in groupby(ordered, key=group)
        for ordinal, node in enumerate(list(members)[:per_platform])
    )


def first_declared(
    name: str, declared: Sequence[DeclaredNodes], chosen: Mapping[str, frozenset[str]]
) -> DeclaredNodes | None:
    """Return the first entry of the facts file whose selector chooses the node.

    `chosen` maps a selector to the names of the nodes that the API found for it.
    """
    return next((entry for entry in declared if name in chosen[entry.selector]), None)
