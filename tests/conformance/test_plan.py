"""The fleet's plan: enough pods, the right backends, and manifests that a restricted namespace takes."""

import json
from collections import Counter

import pytest

from conformance import manifests
from conformance.asking import read_inventory
from conformance.plan import SERVING, FleetPlan, Role
from conformance.planning import plan_fleet
from conformance.sites import other_node_peers
from tests.conformance.fake_cluster import pinned_to
from verdicts.inventory import Inventory, JudgedNode, Node
from verdicts.vocabulary import Mode

SAMPLE = read_inventory(None)

WINDOWS = "windows-1709-kernel-0"


def plan(inventory: Inventory = SAMPLE, *, capture: str | None = None) -> FleetPlan:
    return plan_fleet(inventory, run_id="r1", agnhost="agnhost:1", capture=capture)


def linux(*names: str, judged: int) -> Inventory:
    """A cluster of Linux nodes in one mode, of which the first so many are judged."""
    template = SAMPLE.nodes[0]
    nodes = tuple(template.model_copy(update={"name": name}) for name in names)
    return SAMPLE.model_copy(
        update={
            "nodes": nodes,
            "judged": tuple(
                JudgedNode(
                    id=f"linux-kernel-{number}", platform="linux", mode=Mode.KERNEL, node=node
                )
                for number, node in enumerate(nodes[:judged])
            ),
        }
    )


def test_each_platform_has_twelve_serving_pods() -> None:
    serving = Counter(pod.platform for pod in plan().pods if pod.role in SERVING)

    assert min(serving.values()) >= 12


def test_pod_names_are_unique_and_those_of_the_run_are_in_its_namespaces() -> None:
    planned = plan()

    assert max(Counter(pod.name for pod in planned.pods).values()) == 1
    assert {pod.namespace for pod in planned.pods} == {"netparity-r1", "netparity-r1-privileged"}


@pytest.mark.parametrize(
    "inventory",
    [SAMPLE, linux("a", judged=1), linux("a", "b", "c", judged=1), linux("a", "b", judged=2)],
    ids=["lab", "one-node", "one-of-three", "two-of-two"],
)
class TestServices:
    def test_backends_are_distinct_and_exist(self, inventory: Inventory) -> None:
        planned = plan(inventory)
        pods = {pod.name for pod in planned.pods}

        for service in planned.services:
            assert len(set(service.backends)) == len(service.backends), service.name
            assert set(service.backends) <= pods, service.name

    def test_no_client_is_its_own_backend_but_in_hairpin(self, inventory: Inventory) -> None:
        for service in plan(inventory).services:
            probes = [name for name in service.backends if name.startswith("probe-")]
            assert bool(probes) == service.name.startswith("hairpin-")

    def test_the_balanced_ones_have_three_backends_one_of_them_near(
        self, inventory: Inventory
    ) -> None:
        planned = plan(inventory)
        for judged in inventory.judged:
            service = next(s for s in planned.services if s.name == f"lb-{judged.id}")
            on = [planned.pod(name).node for name in service.backends]
            assert len(on) == 3
            assert judged.node.name in on
            if len(inventory.nodes) > 1:
                assert set(on) != {judged.node.name}


def test_backends_elsewhere_are_of_the_same_platform_then_linux() -> None:
    planned = plan()
    service = next(s for s in planned.services if s.name == "lb-windows-1709-kernel-0")

    assert [planned.pod(name).judged for name in service.backends] == [
        "windows-1709-kernel-0",
        "windows-1709-user-0",
        "linux-kernel-0",
    ]


def test_a_platform_judged_on_one_node_borrows_peers_of_another() -> None:
    inventory = linux("a", "b", "c", judged=1)

    names = other_node_peers(inventory.judged[0], inventory)

    assert [plan(inventory).pod(name).node for name in names] == ["b", "b"]
    assert plan(inventory).pod("peer-linux-lender-0").judged == ""


def test_one_node_of_each_platform_lends_its_peers_to_the_other() -> None:
    pair = [judged for judged in SAMPLE.judged if judged.id in {"linux-kernel-0", WINDOWS}]
    inventory = SAMPLE.model_copy(
        update={"judged": tuple(pair), "nodes": tuple(judged.node for judged in pair)}
    )

    assert [other_node_peers(judged, inventory) for judged in pair] == [
        (f"peer-{WINDOWS}-0", f"peer-{WINDOWS}-1"),
        ("peer-linux-kernel-0-0", "peer-linux-kernel-0-1"),
    ]


def test_a_platform_of_one_node_has_no_peers_elsewhere() -> None:
    inventory = linux("a", judged=1)

    assert other_node_peers(inventory.judged[0], inventory) == ()


def test_nothing_is_placed_on_a_node_that_is_not_ready() -> None:
    broken = SAMPLE.judged[0].node.model_copy(update={"ready": False, "reason": "NoKubelet"})
    judged = SAMPLE.judged[0].model_copy(update={"node": broken})
    inventory = SAMPLE.model_copy(
        update={
            "nodes": (broken, *SAMPLE.nodes[1:]),
            "judged": (judged, *SAMPLE.judged[1:]),
        }
    )

    planned = plan(inventory)

    assert not [pod for pod in planned.pods if pod.node == broken.name]
    assert planned.left_out == (f"linux-kernel-0: node {broken.name} is NotReady (NoKubelet)",)


def test_windows_nodes_get_no_evidence_pod() -> None:
    evidence = {pod.node for pod in plan().pods if pod.role is Role.EVIDENCE}

    assert evidence == {n.name for n in SAMPLE.nodes if n.operating_system == "linux"}


@pytest.mark.parametrize("node", SAMPLE.nodes, ids=lambda node: node.name)
def test_serving_pods_fit_the_restricted_standard(node: Node) -> None:
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted."""
    for planned in (p for p in plan().pods if p.node == node.name and p.role in SERVING):
        spec = manifests.pod(planned, run_id="r1")["spec"]
        assert isinstance(spec, dict)
        assert "hostNetwork" not in spec
        assert "volumes" not in spec
        security = spec["securityContext"]
        assert isinstance(security, dict)
        assert security["runAsNonRoot"] is True
        if planned.userland == "windows":
            assert security["windowsOptions"] == {"runAsUserName": "ContainerUser"}
            continue
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}
        containers = spec["containers"]
        assert isinstance(containers, list)
        for container in containers:
            assert isinstance(container, dict)
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
            }


def test_every_pod_is_pinned_bounded_and_readable_from_its_first_container_only() -> None:
    for planned in plan(capture="capture:1").pods:
        spec = manifests.pod(planned, run_id="r1")["spec"]
        assert isinstance(spec, dict)
        assert pinned_to(spec) == planned.node
        assert spec["tolerations"] == [{"operator": "Exists"}]
        assert spec["activeDeadlineSeconds"] == 3600
        assert spec["enableServiceLinks"] is False
        containers = spec["containers"]
        assert isinstance(containers, list)
        probed = [c["name"] for c in containers if isinstance(c, dict) and "readinessProbe" in c]
        assert probed == ([] if planned.role is Role.EVIDENCE else ["a"])
        assert all(isinstance(c, dict) and "limits" in str(c["resources"]) for c in containers)


def test_no_port_of_ours_is_called_dns() -> None:
    """winuserspace rewrites what goes through a Service port of that name."""
    for service in plan().services:
        assert "'dns'" not in str(manifests.service(service, run_id="r1")["spec"])


@pytest.mark.parametrize("extended", [False, True], ids=["core", "full"])
def test_only_a_full_run_needs_the_folder_of_given_addresses(*, extended: bool) -> None:
    plan = plan_fleet(SAMPLE, run_id="r1", agnhost="agnhost:1", capture=None, extended=extended)
    made = [manifests.pod(pod, run_id="r1") for pod in plan.pods if pod.role is Role.EVIDENCE]

    assert made
    assert all(("/var/lib/cni" in json.dumps(pod)) is extended for pod in made)
