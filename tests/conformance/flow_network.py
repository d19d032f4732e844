"""A cluster in memory whose pods reach each other, but for the ways that a test closes."""

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from conformance.asking import Asking, read_inventory
from conformance.cluster import Answer, Executed
from conformance.deployment import deploy
from conformance.handles import NodeUnderTest
from conformance.journal import write_value
from conformance.objects import JsonObject
from conformance.planning import plan_fleet
from conformance.run import FLEET_FILE, INVENTORY_FILE
from conformance.timeouts import LAB
from tests.conformance.fake_cluster import FakeCluster, Objects

INVENTORY = read_inventory(None)
NODE_PORT = 30000
Closed = Callable[[str, str, str], bool]
"""Says of a client pod, an address and a protocol whether nothing comes back."""


class FlowNetwork(FakeCluster):
    """Every pod answers at its address; a Service leads to the pods that it selects, in turn.

    A pod with a switch backs nothing until it is told to be ready. What a Service selects is
    followed at once, unless `follows` is off: then it has what it had at its first question.
    """

    def __init__(self) -> None:
        super().__init__()
        self.serve = self._netexec
        self.executed = self._handshake
        self.closed: Closed = lambda _client, _address, _protocol: False
        self.follows = True
        self.heeds_readiness = True
        self.switched_on: set[str] = set()
        self._turns = itertools.count()
        self._kept: dict[str, list[str]] = {}
        self._sticky: dict[tuple[str, str], str] = {}

    def create(self, manifest: JsonObject) -> JsonObject:
        """Create as ever, and give each port of a NodePort Service a number."""
        made = super().create(manifest)
        spec = made.get("spec")
        if manifest["kind"] == "Service" and isinstance(spec, dict):
            ports = spec["ports"]
            assert isinstance(ports, list)
            for number, port in enumerate(ports):
                assert isinstance(port, dict)
                if spec.get("type") == "NodePort":
                    serial = int(str(spec["clusterIP"]).rpartition(".")[2])
                    port["nodePort"] = NODE_PORT + 10 * serial + number
        return made

    def delete(self, path: str, *, grace: int | None = None) -> None:
        """Delete at once, whatever the grace."""
        assert grace in {None, 0, 1, 2}
        super().delete(path)

    def _netexec(self, pod: str, _port: int, request: str) -> Answer:
        parts = urlsplit(request)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path.endswith("shell"):
            command = query["cmd"]
            if "touch" in command:
                self.switched_on.add(pod)
            elif "rm -f" in command:
                self.switched_on.discard(pod)
            return Answer(200, json.dumps({"output": ""}))
        if parts.path != "dial":
            return Answer(200, pod)
        tries = int(query["tries"])
        protocol = "udp" if query["protocol"] == "udp" else "tcp"
        answers = [self._server(query["host"], int(query["port"]), pod) for _ in range(tries)]
        found = [answer for answer in answers if answer is not None]
        if len(found) < tries or self.closed(pod, query["host"], protocol):
            return Answer(200, json.dumps({"errors": ["dial tcp: i/o timeout"] * tries}))
        return Answer(200, json.dumps({"responses": found}))

    def _handshake(self, pod: str, _container: str, command: object) -> Executed:
        text = " ".join(command) if isinstance(command, (list, tuple)) else str(command)
        host, _, port = text.rsplit(maxsplit=1)[-1].strip("'\"").rpartition(":")
        if self._server(host, int(port), pod) and not self.closed(pod, host, "tcp"):
            return Executed(exit_code=0, output="")
        return Executed(exit_code=1, output="TIMEOUT")

    def _server(self, host: str, port: int, client: str) -> str | None:
        for pod in self._all("Pod"):
            if pod["status"]["podIP"] == host:  # type: ignore[index,call-overload]  # as stored
                return str(pod["metadata"]["name"])  # type: ignore[index,call-overload]  # as stored
        for service in self._all("Service"):
            name = str(service["metadata"]["name"])  # type: ignore[index,call-overload]  # as stored
            spec = service["spec"]
            assert isinstance(spec, dict)
            ports = [port.get("nodePort") for port in spec["ports"]]  # type: ignore[union-attr]  # as stored
            if f"{host}.".startswith(f"{name}.") or spec["clusterIP"] == host or port in ports:
                return self._backend(name, spec, client)
        return None

    def _backend(self, service: str, spec: JsonObject, client: str) -> str | None:
        selector = spec.get("selector")
        label = next(iter(selector)) if isinstance(selector, dict) else ""
        now = [
            str(pod["metadata"]["name"])  # type: ignore[index,call-overload]  # as stored
            for pod in self._all("Pod")
            if label in pod["metadata"]["labels"] and self._is_ready(pod)  # type: ignore[index,operator,call-overload]  # as stored
        ]
        backends = now if self.follows else self._kept.setdefault(service, now)
        if not backends:
            return None
        chosen = backends[next(self._turns) % len(backends)]
        if spec.get("sessionAffinity") == "ClientIP":
            chosen = self._sticky.setdefault((service, client), chosen)
        return chosen

    def _is_ready(self, pod: JsonObject) -> bool:
        (container, *_) = pod["spec"]["containers"]  # type: ignore[index,call-overload]  # as stored
        has_switch = "exec" in (container.get("readinessProbe") or {})
        name = pod["metadata"]["name"]  # type: ignore[index,call-overload]  # as stored
        return not has_switch or not self.heeds_readiness or name in self.switched_on

    def _all(self, kind: str) -> Iterator[JsonObject]:
        found: Objects = [o for o in list(self.objects.values()) if o.get("kind") == kind]
        return iter(found)


def judged(network: FlowNetwork, directory: Path, node: str) -> NodeUnderTest:
    """Return a judged node of the sample's five, its fleet placed in the network."""
    plan = plan_fleet(INVENTORY, run_id="r1", agnhost="agnhost:1", capture="capture:1")
    write_value(directory / FLEET_FILE, deploy(network, plan, fingerprint="f", kept=False))
    write_value(directory / INVENTORY_FILE, INVENTORY)
    return Asking.of(directory, network, patience=LAB).node(node)
