"""Where it is read whether a service proxy masquerades."""

from collections.abc import Callable

import pytest

from tests.conformance import known_clusters as known
from tests.conformance.fake_cluster import FakeCluster
from tests.conformance.surveys import proxies
from verdicts.inventory import Known


@pytest.mark.parametrize(
    ("cluster", "name", "masquerades", "known_by", "ranges"),
    [
        (known.eks, "ip-10-0-1-5", False, Known.CONFIGURATION, ()),
        (known.eks, "ip-10-0-2-7", None, Known.UNKNOWN, ()),
        (known.aks, "aks-nodepool1-0", False, Known.ARGUMENTS, ("10.244.0.0/16",)),
        (known.gke, "gke-pool-1-abcd", False, Known.ARGUMENTS, ()),
        (known.rke2, "a", True, Known.ARGUMENTS, ("10.42.0.0/16",)),
        (known.kubeadm_calico, "a", False, Known.CONFIGURATION, ("10.244.0.0/16",)),
        (known.kubeadm_calico, "w", None, Known.UNKNOWN, ()),
        (lambda: known.aks(cilium=True), "aks-nodepool1-0", None, Known.UNKNOWN, ()),
        (
            lambda: known.k3s(agent=["--kube-proxy-arg", "masquerade-all=true"]),
            "agent",
            True,
            Known.ARGUMENTS,
            (),
        ),
    ],
)
def test_masquerading_is_read_where_the_mode_is_read(
    cluster: Callable[[], FakeCluster],
    name: str,
    masquerades: bool | None,  # noqa: FBT001  # a row
    known_by: Known,
    ranges: tuple[str, ...],
) -> None:
    proxy = proxies(cluster())[name]

    assert (proxy.masquerade_all, proxy.masquerade_by) == (masquerades, known_by)
    assert proxy.cluster_cidrs == ranges


def test_masquerading_is_read_of_a_node_whose_mode_is_declared() -> None:
    facts = {
        "nodes": [
            {
                "selector": "kubernetes.io/os=linux",
                "proxy": {"asked": "kernel", "effective": "kernel", "dataPlane": "ipvs"},
            }
        ]
    }

    proxy = proxies(known.rke2(), facts)["a"]

    assert (proxy.known_by, proxy.masquerade_by) == (Known.DECLARED, Known.ARGUMENTS)
    assert proxy.masquerade_all


def test_a_declared_masquerading_outweighs_the_one_that_was_read() -> None:
    facts = {"nodes": [{"selector": "kubernetes.io/os=linux", "masqueradeAll": False}]}

    proxy = proxies(known.rke2(), facts)["a"]

    assert (proxy.masquerade_all, proxy.masquerade_by) == (False, Known.DECLARED)
    assert proxy.known_by is Known.ARGUMENTS


def test_nodes_that_declare_mode_and_masquerading_are_not_asked() -> None:
    cluster = known.rke2()
    declared = {"proxy": {"effective": "kernel"}, "masqueradeAll": False}
    facts = {
        "nodes": [{"selector": f"kubernetes.io/os={s}", **declared} for s in ("linux", "windows")]
    }

    proxies(cluster, facts)

    assert not any("10249" in path or path.endswith("/pods") for _, path in cluster.calls)
