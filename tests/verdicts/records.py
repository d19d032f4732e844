"""Hand-made inventories, checks and records for tests of the fold."""

from datetime import UTC, datetime

from verdicts.checks import Check, Witness
from verdicts.evidence import Evidence, Role
from verdicts.findings import Finding
from verdicts.inventory import Inventory, JudgedNode, Known, Node, ServiceProxy
from verdicts.vocabulary import Feature, Mode, Weight

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def judged(
    platform: str,
    mode: Mode = Mode.KERNEL,
    *,
    ordinal: int = 0,
    emulated_by: tuple[str, ...] = (),
    asked: Mode | None = None,
    kubelet: str = "v1.37.2",
) -> JudgedNode:
    name = f"{platform}-{mode}-{ordinal}"
    return JudgedNode(
        id=name,
        platform=platform,
        mode=mode,
        node=Node(
            name=f"node-{name}",
            platform=platform,
            operating_system="linux",
            kubelet_version=kubelet,
            kernel_version="6.1.0",
            os_image="",
            container_runtime="containerd://2.4.2",
            architecture="amd64",
            internal_ips=("172.30.0.11",),
            ready=True,
            emulated_by=emulated_by,
            proxy=ServiceProxy(
                asked=asked or mode,
                effective=mode,
                known_by=Known.DECLARED,
                program="kube-proxy",
                version="1.37.2",
                data_plane="nftables",
            ),
        ),
    )


def inventory(*nodes: JudgedNode) -> Inventory:
    return Inventory(
        server="https://172.30.0.1:6443",
        kubernetes_version="v1.37.2",
        cluster_uid="uid",
        cluster_domain="cluster.local",
        dns_service_ip="10.96.0.10",
        nodes=tuple(node.node for node in nodes),
        judged=nodes,
    )


def check(
    name: str = "a-check",
    feature: Feature = Feature.CNI_PLUGIN,
    weight: Weight = Weight.REQUIRED,
    *,
    needs: frozenset[Witness] = frozenset({Witness.TRANSPORT}),
    rests_on: frozenset[str] = frozenset(),
    within_pod: bool = False,
) -> Check:
    return Check(
        id=name,
        title="A claim holds.",
        feature=feature,
        weight=weight,
        claim="a_claim",
        needs=needs,
        rests_on=rests_on,
        within_pod=within_pod,
        source="https://kubernetes.io/",
    )


def record(name: str, node: JudgedNode, finding: Finding, role: Role = Role.CHECK) -> Evidence:
    return Evidence(
        role=role,
        check=name,
        node=node.id,
        claim="a_claim",
        started=NOON,
        ended=NOON,
        observation=None,
        finding=finding,
    )


def witness(which: Witness, node: JudgedNode, finding: Finding | None = None) -> Evidence:
    return record(which, node, finding or Finding.passed("answered"), Role.WITNESS)
