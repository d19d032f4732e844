"""Pods and Services in which a fault proves by itself whether it bites, without the suite."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import yaml

from lab.api import Api, name_of, objects
from lab.errors import LabError
from lab.faults.trial_pods import (
    PORTS,
    TrialPod,
    Wishes,
    all_running,
    found,
    manifest,
    restarts,
)
from lab.layout import Layout
from lab.node_description import Node
from lab.topology import Topology
from lab.waiting import eventually

SERVED = 80
"""The port of a trial's Services."""

_NONE = Wishes()
_READY_TIMEOUT = 60.0
_GONE_TIMEOUT = 60.0
_ANSWERS = 12
"""Answers in a row: three backends are all among them but once in a hundred, and are asked on."""


@dataclass(frozen=True, slots=True)
class TrialService:
    """A Service over the pods of a role."""

    name: str
    address: str
    """Its ClusterIP."""
    node_ports: Mapping[str, int]
    """By protocol, `TCP` and `UDP`; empty where it has none."""


@dataclass(slots=True)
class Trial:
    """A namespace of the cluster in which pods and Services are made as they are asked for."""

    topology: Topology
    layout: Layout
    namespace: str
    _pods: dict[tuple[str, str], TrialPod] = field(default_factory=dict)
    """By node and role."""
    _count: int = 0

    @property
    def api(self) -> Api:
        """The API server, as the lab's administrator."""
        return Api.of(self.layout, self.topology)

    @property
    def _within(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}"

    def pod(self, node: Node, *, role: str = "client") -> TrialPod:
        """Return the node's pod in that role; it is made when it is asked for first."""
        (pod,) = self.pods((node, role))
        return pod

    def pods(self, *wanted: tuple[Node, str]) -> tuple[TrialPod, ...]:
        """Return the pods of these nodes and roles; those that miss are made at the same time."""
        begun = {
            (node.name, role): (self._begin(node, role=role), node)
            for node, role in wanted
            if (node.name, role) not in self._pods
        }
        for key, (name, node) in begun.items():
            self._pods[key] = self._running(name, node)
        return tuple(self._pods[node.name, role] for node, role in wanted)

    def fresh(
        self, node: Node, *, role: str = "client", name: str = "", wishes: Wishes = _NONE
    ) -> TrialPod:
        """Make a pod of its own and wait until all of its containers run.

        It is named by its node and role, unless a fault picks pods by their names.
        """
        return self._running(self._begin(node, role=role, name=name, wishes=wishes), node)

    def path(self, pod: TrialPod) -> str:
        """Return where the API has a pod of the trial."""
        return f"{self._within}/pods/{pod.name}"

    def several(self, node: Node, *names: str) -> tuple[TrialPod, ...]:
        """Make pods of their own at the same time, by these names."""
        for name in names:
            self._begin(node, role="client", name=name)
        return tuple(self._running(name, node) for name in names)

    def _begin(self, node: Node, *, role: str, name: str = "", wishes: Wishes = _NONE) -> str:
        """Make a pod, and return its name."""
        self._count += 1
        name = name or f"{node.name}-{role}-{self._count}"
        image = yaml.safe_load(self.layout.facts.read_text())["images"]["agnhost"]
        pod_manifest = manifest(name, node, role=role, image=image, wishes=wishes)
        self.api.create(f"{self._within}/pods", pod_manifest)
        return name

    def _running(self, name: str, node: Node) -> TrialPod:
        path = f"{self._within}/pods/{name}"
        pod = eventually(
            lambda: self.api.get(path),
            until=all_running,
            what=f"{name} of the trial runs",
            timeout=_READY_TIMEOUT,
            next_step="read the pod's events, and `netparity lab logs` of its node",
        )
        return found(pod, node)

    def remove(self, *pods: TrialPod) -> None:
        """Delete pods at once and wait until their containers are gone from their nodes."""
        doomed = {pod.name for pod in pods}
        for name in doomed:
            self.api.delete(f"{self._within}/pods/{name}")
        eventually(
            lambda: {name_of(p) for p in objects(self.api.get(f"{self._within}/pods")["items"])},
            until=doomed.isdisjoint,
            what=f"{', '.join(sorted(doomed))} of the trial are gone",
            timeout=_GONE_TIMEOUT,
            next_step="read `netparity lab logs` of their nodes",
        )
        self._pods = {key: each for key, each in self._pods.items() if each.name not in doomed}

    def renew(self, node: Node) -> None:
        """Delete all pods of a node, and wait for none: those of a role are made anew."""
        for pod in objects(self.api.get(f"{self._within}/pods")["items"]):
            spec = pod["spec"]
            assert isinstance(spec, dict)
            if spec["nodeName"] == node.name:
                self.api.delete(f"{self._within}/pods/{name_of(pod)}")
        self._pods = {key: pod for key, pod in self._pods.items() if pod.node != node}

    def tidy(self) -> None:
        """Delete the pods that were made afresh, and wait for none; those of a role stay."""
        kept = {pod.name for pod in self._pods.values()}
        for pod in objects(self.api.get(f"{self._within}/pods")["items"]):
            if name_of(pod) not in kept:
                self.api.delete(f"{self._within}/pods/{name_of(pod)}")

    def relabel(self, pod: TrialPod, role: str) -> None:
        """Give a pod another role: Services over its former one lose it, and it lives on.

        For the trial it stays the pod of the role that it was made in.
        """
        change = {"metadata": {"labels": {"role": role}}}
        self.api.patch(f"{self._within}/pods/{pod.name}", change)

    def restart(self, pod: TrialPod, container: str) -> TrialPod:
        """Let a container end, wait until it runs again, and return the pod as it is then."""
        # It ends while it answers, so that the answer says nothing.
        pod.ask("get", "127.0.0.1", PORTS[container], "/exit?code=1", container=container)
        path = f"{self._within}/pods/{pod.name}"
        seen = eventually(
            lambda: self.api.get(path),
            until=lambda pod: all_running(pod) and restarts(pod, container) == 1,
            what=f"{container} of {pod.name} runs again",
            timeout=_READY_TIMEOUT,
            next_step="read the pod's events, and `netparity lab logs` of its node",
        )
        return found(seen, pod.node)

    def service(
        self, name: str, *, role: str, node_port: bool = False, named: bool = False
    ) -> TrialService:
        """Return the Service of that name; made at first, over every pod of a role, TCP and UDP.

        Its target is a number, or (`named`) the names of the ports.
        """
        ports = [
            {
                "name": protocol.lower(),
                "protocol": protocol,
                "port": SERVED,
                "targetPort": protocol.lower() if named else PORTS["first"],
            }
            for protocol in ("TCP", "UDP")
        ]
        kind = "NodePort" if node_port else "ClusterIP"
        self.api.create(
            f"{self._within}/services",
            {
                "metadata": {"name": name},
                "spec": {"type": kind, "selector": {"role": role}, "ports": ports},
            },
        )
        spec = self.api.get(f"{self._within}/services/{name}")["spec"]
        assert isinstance(spec, dict)
        given = objects(spec["ports"])
        return TrialService(
            name=name,
            address=str(spec["clusterIP"]),
            node_ports={
                str(port["protocol"]): int(str(port["nodePort"]))
                for port in given
                if "nodePort" in port
            },
        )

    def service_by_hand(self, name: str, addresses: Iterable[object]) -> TrialService:
        """Return a Service whose endpoints are these addresses, at the first container's port.

        An Endpoints object and no slices, which the user-mode proxies do not read; the controller
        that mirrors it is for the others.
        """
        port = {"name": "tcp", "protocol": "TCP"}
        self.api.create(
            f"{self._within}/services",
            {
                "metadata": {"name": name},
                "spec": {"ports": [port | {"port": SERVED, "targetPort": PORTS["first"]}]},
            },
        )
        self.api.create(f"{self._within}/endpoints", {"metadata": {"name": name}})
        self.serve_by_hand(name, addresses)
        spec = self.api.get(f"{self._within}/services/{name}")["spec"]
        assert isinstance(spec, dict)
        return TrialService(name=name, address=str(spec["clusterIP"]), node_ports={})

    def serve_by_hand(self, name: str, addresses: Iterable[object]) -> None:
        """Give a Service these endpoints and no others, at the first container's port."""
        given = [{"ip": str(address)} for address in addresses]
        ports = [{"name": "tcp", "protocol": "TCP", "port": PORTS["first"]}]
        subsets = [{"addresses": given, "ports": ports}] if given else []
        self.api.patch(f"{self._within}/endpoints/{name}", {"subsets": subsets})

    def remove_service(self, service: TrialService) -> None:
        """Delete a Service; it can be made again."""
        self.api.delete(f"{self._within}/services/{service.name}")

    def await_served(self, service: TrialService, client: TrialPod, backends: set[str]) -> None:
        """Wait until a pod of another node is answered by all of the backends, and nobody else."""
        eventually(
            lambda: set(client.names(service.address, _ANSWERS)),
            until=backends.__eq__,
            what=f"{service.name} of the trial is answered by {', '.join(sorted(backends))}",
            timeout=_READY_TIMEOUT,
            next_step=f"read `netparity lab logs {client.node.name}`",
        )


@contextmanager
def trial(topology: Topology, layout: Layout) -> Iterator[Trial]:
    """Give a trial, whose namespace goes away afterwards with all that was made in it."""
    api, namespace = Api.of(layout, topology), f"trial-{secrets.token_hex(3)}"
    api.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
    try:
        eventually(
            lambda: api.get(f"/api/v1/namespaces/{namespace}/serviceaccounts")["items"],
            what="the trial's namespace has its service account",
            timeout=_READY_TIMEOUT,
            next_step="read `netparity lab logs kube-controller-manager`",
        )
        yield Trial(topology, layout, namespace)
    finally:
        api.delete(f"/api/v1/namespaces/{namespace}")


def comes_true(observe: Callable[[], bool], *, what: str, timeout: float) -> bool:
    """Tell whether something comes true within so many seconds, asking until it does."""
    try:
        return eventually(observe, what=what, timeout=timeout, next_step="-")
    except LabError:
        return False
