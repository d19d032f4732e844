"""A lab that is up, and pods on each of its nodes, for tests that need root and a machine."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab import cluster
from lab.api import Api, is_ready, name_of
from lab.boot import LabRecord
from lab.cgroups import Cgroups
from lab.layout import Layout
from lab.machine import Machine
from lab.node_description import Node
from lab.paths import state_dir
from lab.topology import Topology
from lab.waiting import eventually
from tests.lab.pod_space import PodSpace

PORTS = {"a": 8080, "b": 8090, "c": 8100}
_SERVED = 80


@dataclass(frozen=True, slots=True)
class StandingLab:
    """A lab that is up."""

    record: LabRecord
    layout: Layout

    @property
    def topology(self) -> Topology:
        return self.record.topology

    @property
    def api(self) -> Api:
        return Api.of(self.layout, self.topology)

    def node(self, name: str) -> Node:
        return self.topology.node(name)

    def machine(self, name: str) -> Machine:
        node = self.node(name)
        return Machine(name, node.namespace, self.layout.node(name))


@contextmanager
def standing(topology: Topology) -> Iterator[StandingLab]:
    """Give a lab of that topology, and take it down if it was not up before."""
    layout = Layout(state_dir())
    found = cluster.standing_lab(layout)
    record = cluster.up(topology, report=lambda _: None)
    try:
        yield StandingLab(record, layout)
    finally:
        if found is None:
            cluster.down()


@pytest.fixture(scope="module")
def lab() -> Iterator[StandingLab]:
    """The whole lab as `netparity lab up` makes it, brought up if it is not."""
    with standing(Topology()) as found:
        yield found


@dataclass(frozen=True, slots=True)
class Pods:
    """A pod of three containers on every node, and Services over them."""

    lab: StandingLab
    namespace: str
    ips: dict[str, str]
    services: dict[str, str]
    spaces: dict[tuple[str, str], PodSpace]

    def space(self, node: str, container: str = "a") -> PodSpace:
        """Return the network namespace of a node's pod as one of its containers has it."""
        return self.spaces[node, container]

    def file(self, node: str, path: str, container: str = "a") -> str:
        """Read a file as one of a pod's containers has it."""
        return Path(self.space(node, container).path.parents[1], "root", path).read_text()


@pytest.fixture(scope="module")
def pods(lab: StandingLab) -> Iterator[Pods]:
    """Pods and Services on the whole lab."""
    with pods_on(lab) as found:
        yield found


@contextmanager
def pods_on(lab: StandingLab) -> Iterator[Pods]:
    """Give pods and Services in a namespace of their own, gone afterwards."""
    api, namespace = lab.api, f"emulations-{secrets.token_hex(3)}"
    api.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
    within = f"/api/v1/namespaces/{namespace}"
    try:
        account = f"{within}/serviceaccounts"
        eventually(
            lambda: api.get(account)["items"], what="default account", timeout=30, next_step="-"
        )
        for node in lab.topology.nodes:
            api.create(f"{within}/pods", _pod(node.name))
        services = {
            name: _service(api, within, name, selector)
            for name, selector in (
                ("all", {"of": "emulations"}),
                ("empty", {"of": "nobody"}),
                ("kubernetes", {"of": "emulations"}),
                *((f"on-{node.name}", {"on": node.name}) for node in lab.topology.nodes),
            )
        }
        ips = eventually(
            lambda: _ready_ips(api, within),
            until=lambda ready: len(ready) == len(lab.topology.nodes),
            what="a pod on every node is Ready",
            timeout=60,
            next_step="look at the pods' events",
        )
        _await_backends(api, within, "all", len(lab.topology.nodes))
        yield Pods(lab, namespace, ips, services, _spaces(lab, api.get(f"{within}/pods")))
    finally:
        api.delete(f"/api/v1/namespaces/{namespace}")


def _spaces(lab: StandingLab, listed: Any) -> dict[tuple[str, str], PodSpace]:  # noqa: ANN401 - the API's list
    root = Cgroups.mounted().hierarchies[0].root
    found = {}
    for pod in listed["items"]:
        node = pod["metadata"]["name"]
        for status in pod["status"]["containerStatuses"]:
            identity = status["containerID"].rpartition("/")[2]
            (tasks,) = root.glob(f"{lab.node(node).cgroup}/**/{identity}/cgroup.procs")
            pid = tasks.read_text().split()[0]
            found[node, status["name"]] = PodSpace(Path("/proc", pid, "ns/net"))
    return found


def _pod(node: str) -> dict[str, Any]:
    image = _image()
    containers = [
        {
            "name": name,
            "image": image,
            "imagePullPolicy": "Never",
            "args": ["netexec", f"--http-port={port}", f"--udp-port={port}"],
        }
        for name, port in PORTS.items()
    ]
    containers[0]["readinessProbe"] = {"httpGet": {"port": PORTS["a"]}, "periodSeconds": 1}
    return {
        "metadata": {"name": node, "labels": {"of": "emulations", "on": node}},
        "spec": {
            "nodeSelector": {"kubernetes.io/hostname": node},
            "terminationGracePeriodSeconds": 0,
            "enableServiceLinks": False,
            "containers": containers,
        },
    }


def _image() -> str:
    import yaml  # noqa: PLC0415 - the facts file says which image the nodes have

    facts = yaml.safe_load(Layout(state_dir()).facts.read_text())
    return str(facts["images"]["agnhost"])


def _service(api: Api, within: str, name: str, selector: dict[str, str]) -> str:
    ports = [{"name": "http", "port": _SERVED, "targetPort": PORTS["a"]}]
    api.create(
        f"{within}/services",
        {"metadata": {"name": name}, "spec": {"selector": selector, "ports": ports}},
    )
    spec: Any = api.get(f"{within}/services/{name}")["spec"]
    return str(spec["clusterIP"])


def _ready_ips(api: Api, within: str) -> dict[str, str]:
    return {
        name_of(pod): pod["status"]["podIP"]
        for pod in _items(api.get(f"{within}/pods"))
        if is_ready(pod)
    }


def _items(listed: Any) -> list[Any]:  # noqa: ANN401 - whatever the API lists
    return list(listed["items"])


def _await_backends(api: Api, within: str, service: str, count: int) -> None:
    """Wait for the controller's part; proxies follow within their sync period."""
    eventually(
        lambda: [
            address
            for subset in api.get(f"{within}/endpoints/{service}").get("subsets") or []
            for address in subset["addresses"]
        ],
        until=lambda addresses: len(addresses) == count,
        what=f"{service} has {count} backends",
        timeout=30,
        next_step="look at the controller manager's log",
    )
