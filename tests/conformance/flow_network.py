"""A cluster in memory whose pods reach each other, but for the ways that a test closes."""

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
    """Every pod answers at its address; a Service leads to its first backend."""

    def __init__(self) -> None:
        super().__init__()
        self.serve = self._netexec
        self.executed = self._handshake
        self.closed: Closed = lambda _client, _address, _protocol: False

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

    def _netexec(self, pod: str, _port: int, request: str) -> Answer:
        parts = urlsplit(request)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path != "dial":
            return Answer(200, pod if "hostname" in parts.path else json.dumps({"output": ""}))
        tries = int(query["tries"])
        protocol = "udp" if query["protocol"] == "udp" else "tcp"
        server = self._server(query["host"], int(query["port"]))
        if server is None or self.closed(pod, query["host"], protocol):
            return Answer(200, json.dumps({"errors": ["dial tcp: i/o timeout"] * tries}))
        return Answer(200, json.dumps({"responses": [server] * tries}))

    def _handshake(self, pod: str, _container: str, command: object) -> Executed:
        text = " ".join(command) if isinstance(command, (list, tuple)) else str(command)
        host, _, port = text.rsplit(maxsplit=1)[-1].strip("'\"").rpartition(":")
        if self._server(host, int(port)) and not self.closed(pod, host, "tcp"):
            return Executed(exit_code=0, output="")
        return Executed(exit_code=1, output="TIMEOUT")

    def _server(self, host: str, port: int) -> str | None:
        for pod in self._all("Pod"):
            if pod["status"]["podIP"] == host:  # type: ignore[index,call-overload]  # as stored
                return str(pod["metadata"]["name"])  # type: ignore[index,call-overload]  # as stored
        for service in self._all("Service"):
            name = service["metadata"]["name"]  # type: ignore[index,call-overload]  # as stored
            spec = service["spec"]
            assert isinstance(spec, dict)
            ports = [port.get("nodePort") for port in spec["ports"]]  # type: ignore[union-attr]  # as stored
            if host.startswith(f"{name}.") or spec["clusterIP"] == host or port in ports:
                return self._backend(f"netparity.local/backs-{name}")
        return None

    def _backend(self, label: str) -> str | None:
        for pod in self._all("Pod"):
            if label in pod["metadata"]["labels"]:  # type: ignore[index,operator,call-overload]  # as stored
                return str(pod["metadata"]["name"])  # type: ignore[index,call-overload]  # as stored
        return None

    def _all(self, kind: str) -> Iterator[JsonObject]:
        found: Objects = [o for o in self.objects.values() if o.get("kind") == kind]
        return iter(found)


def judged(network: FlowNetwork, directory: Path, node: str) -> NodeUnderTest:
    """Return a judged node of the sample's five, its fleet placed in the network."""
    plan = plan_fleet(INVENTORY, run_id="r1", agnhost="agnhost:1", capture="capture:1")
    write_value(directory / FLEET_FILE, deploy(network, plan, fingerprint="f", kept=False))
    write_value(directory / INVENTORY_FILE, INVENTORY)
    return Asking.of(directory, network, patience=LAB).node(node)
