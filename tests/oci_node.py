"""A node with the OCI wrapper, whose runc and CNI plugins only take notes."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.oci_wrapper import installation

Json = Mapping[str, object]


SANDBOX = "5" * 64


TRANSPARENT, NAT = "10-transparent.conflist", "20-nat.conflist"


# Each program notes how it was called, in one file, so that the order is seen: its name and
# arguments, CNI's variables and its standard input, one line each.
FAKE = """
import json
here, name = os.path.split(sys.argv[0])
cni = {key: os.environ.get(f"CNI_{key}", "") for key in
       ("COMMAND", "IFNAME", "CONTAINERID", "NETNS", "PATH", "ARGS")}
given = sys.stdin.readline().strip() if cni["COMMAND"] else ""
words = [word for word in sys.argv if word in {"create", "delete", "start"}]
command = words[-1] if words else cni["COMMAND"]
with open(f"{here}/calls", "a") as calls:
    print(name, *sys.argv[1:], file=calls)
    print(cni["COMMAND"], cni["IFNAME"], cni["CONTAINERID"], cni["NETNS"], file=calls)
    print(cni["PATH"], cni["ARGS"], file=calls)
    print(given, file=calls)
failure = f"{here}/{name}-fails-{command}"
if os.path.exists(failure):
    print(open(failure).read(), end="")
    sys.exit(7)
if command == "ADD":
    print(json.dumps({"cniVersion": "1.0.0", "ips": [{"address": f"of {name}"}]}))
"""


@dataclass(frozen=True, slots=True)
class ProgramCall:
    """One call of runc, ip or a CNI plugin."""

    program: str
    arguments: str
    command: str
    interface: str
    container: str
    namespace: str
    path: str
    pod: str
    given: Json


@dataclass(frozen=True, slots=True)
class Node:
    """A node's folder: its wrapper, its CNI configuration, and what was called."""

    root: Path

    @property
    def command(self) -> list[str]:
        """The words that the launcher puts before containerd's."""
        told = json.loads((self.root / "oci-launcher.json").read_text())
        return [str(word) for word in told["wrapper"]]

    @property
    def calls(self) -> list[ProgramCall]:
        path = self.root / "bin" / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        calls = []
        for called, cni, told, given in zip(*([iter(lines)] * 4), strict=True):
            program, _, arguments = called.partition(" ")
            command, interface, container, namespace = cni.split(" ")
            folders, _, pod_arguments = told.partition(" ")
            calls.append(
                ProgramCall(
                    *(program, arguments, command, interface, container, namespace),
                    *(folders, pod_arguments, json.loads(given or "{}")),
                )
            )
        return calls

    @property
    def cni_calls(self) -> list[str]:
        return [f"{c.command} {c.program} {c.interface}" for c in self.calls if c.command]

    @property
    def runc_calls(self) -> list[str]:
        return [call.arguments for call in self.calls if call.program == "runc"]

    @property
    def netns_calls(self) -> list[str]:
        return [call.arguments for call in self.calls if call.program == "ip"]

    @property
    def records(self) -> list[str]:
        return sorted(path.name for path in (self.root / "state").iterdir())

    def fails(self, program: str, command: str, said: str = "") -> None:
        (self.root / "bin" / f"{program}-fails-{command}").write_text(said)

    def recovers(self) -> None:
        for path in (self.root / "bin").glob("*-fails-*"):
            path.unlink()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.command, *arguments],
            env={"PATH": f"{self.root / 'bin'}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )

    def create(
        self,
        container: str,
        *,
        name: str = "",
        sandbox: str = SANDBOX,
        host_network: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        bundle = self.root / "bundles" / container
        bundle.mkdir(parents=True)
        resolv_conf = self.root / "resolv.conf"
        resolv_conf.write_text(
            "search x.svc.cluster.local svc.cluster.local\nnameserver 10.96.0.10\n"
            "options ndots:5\n"
        )
        network = {"type": "network", "path": "/proc/4711/ns/net"}
        spec = {
            "annotations": {
                "io.kubernetes.cri.container-type": "container" if name else "sandbox",
                "io.kubernetes.cri.sandbox-id": sandbox,
                "io.kubernetes.cri.sandbox-name": "web",
                "io.kubernetes.cri.sandbox-namespace": "x",
                "io.kubernetes.cri.sandbox-uid": "uid-1",
                **({"io.kubernetes.cri.container-name": name} if name else {}),
            },
            "mounts": [
                {"destination": "/etc/hosts", "source": "/hosts"},
                {"destination": "/etc/resolv.conf", "source": str(resolv_conf)},
            ],
            "linux": {
                "namespaces": [{"type": "pid"}, *([] if host_network else [network])],
                "sysctl": {} if name else {"net.ipv4.ip_unprivileged_port_start": "0"},
            },
        }
        (bundle / "config.json").write_text(json.dumps(spec))
        options = ("--root", "/run/runc", "--log", str(self.root / "log.json"))
        return self.run(
            *(*options, "--log-format", "json", "create"),
            *("--bundle", str(bundle), "--pid-file", str(bundle / "init.pid"), container),
        )

    def delete(self, container: str, *options: str) -> subprocess.CompletedProcess[str]:
        return self.run("--root", "/run/runc", "delete", *options, container)

    def spec(self, container: str) -> dict[str, object]:
        read: dict[str, object] = json.loads(
            (self.root / "bundles" / container / "config.json").read_text()
        )
        return read

    def linux(self, container: str) -> dict[str, object]:
        linux = self.spec(container)["linux"]
        assert isinstance(linux, dict)
        return linux

    def network_namespace(self, container: str) -> str:
        namespaces = self.linux(container)["namespaces"]
        assert isinstance(namespaces, list)
        (path,) = (found["path"] for found in namespaces if found["type"] == "network")
        return str(path)

    def switch(self, *, own_compartment: bool = True, plain_resolv_conf: bool = True) -> None:
        installation.install(
            self.root,
            launcher=Path("/bin/false"),
            runc=self.root / "bin" / "runc",
            state=self.root / "state",
            log=self.root / "wrapper.log",
            cni_configuration=self.root / "net.d",
            cni_plugins=[self.root / "empty", self.root / "bin"],
            own_compartment=own_compartment,
            plain_resolv_conf=plain_resolv_conf,
        )


def write_network(root: Path, file: str, name: str, plugins: list[Json]) -> None:
    network = {"cniVersion": "1.0.0", "name": name, "plugins": plugins}
    (root / "net.d" / file).write_text(json.dumps(network))


def pod(node: Node, *containers: str) -> None:
    """Create a sandbox and containers, each with its name for an id."""
    assert node.create(SANDBOX).returncode == 0
    for container in containers:
        done = node.create(container, name=container)
        assert done.returncode == 0, done.stderr


ADDED = ["ADD loopback lo", "ADD bridge eth0", "ADD portmap eth0", "ADD ptp eth1"]


DELETED = ["DEL ptp eth1", "DEL portmap eth0", "DEL bridge eth0", "DEL loopback lo"]
