"""The OCI wrapper as its launcher starts it, with a runc and CNI plugins that only take notes."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.oci_wrapper import installation
from tests.stand_ins import stand_in

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


@pytest.fixture
def node(tmp_path: Path) -> Node:
    for folder in ("bin", "empty", "net.d"):
        (tmp_path / folder).mkdir()
    for name in ("runc", "ip", "bridge", "ptp", "portmap", "loopback"):
        stand_in(tmp_path / "bin" / name, FAKE)
    write_network(tmp_path, TRANSPARENT, "transparent", [{"type": "bridge"}, {"type": "portmap"}])
    write_network(tmp_path, NAT, "nat", [{"type": "ptp", "ipMasq": True}])
    node = Node(tmp_path)
    node.switch()
    return node


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


def test_the_first_container_stays_in_its_pods_compartment(node: Node) -> None:
    pod(node, "a")

    assert node.network_namespace("a") == "/proc/4711/ns/net"
    assert node.cni_calls == []


def test_each_later_container_has_a_compartment_of_its_own(node: Node) -> None:
    pod(node, "a", "b", "c")

    assert node.network_namespace("b") == "/run/netns/compartment-b"
    assert node.network_namespace("c") == "/run/netns/compartment-c"
    assert node.netns_calls == ["netns add compartment-b", "netns add compartment-c"]
    assert node.cni_calls == ADDED + ADDED


def test_networks_are_added_in_the_order_of_their_files_before_runc_runs(node: Node) -> None:
    pod(node, "a", "b")

    programs = [call.program for call in node.calls]
    assert programs[-6:] == ["ip", "loopback", "bridge", "portmap", "ptp", "runc"]


def test_a_plugin_is_told_the_pod_and_its_predecessors_result(node: Node) -> None:
    pod(node, "a", "b")

    (portmap,) = (call for call in node.calls if call.program == "portmap")
    assert portmap.given == {
        "type": "portmap",
        "name": "transparent",
        "cniVersion": "1.0.0",
        "prevResult": {"cniVersion": "1.0.0", "ips": [{"address": "of bridge"}]},
    }
    assert portmap.container == "b"
    assert portmap.namespace == "/run/netns/compartment-b"
    assert portmap.path == f"{node.root / 'empty'}:{node.root / 'bin'}"
    assert portmap.pod == (
        "IgnoreUnknown=1;K8S_POD_NAMESPACE=x;K8S_POD_NAME=web;"
        f"K8S_POD_INFRA_CONTAINER_ID={SANDBOX};K8S_POD_UID=uid-1"
    )


def test_the_first_plugin_of_a_network_gets_no_result(node: Node) -> None:
    pod(node, "a", "b")

    (ptp,) = (call for call in node.calls if call.program == "ptp")
    assert ptp.given == {
        "type": "ptp",
        "ipMasq": True,
        "name": "nat",
        "cniVersion": "1.0.0",
    }


def test_a_compartment_has_the_sysctls_of_its_pods(node: Node) -> None:
    pod(node, "a", "b")

    assert node.linux("b")["sysctl"] == {"net.ipv4.ip_unprivileged_port_start": "0"}
    assert node.linux("a")["sysctl"] == {}


def test_the_first_container_is_still_the_first_when_it_restarts(node: Node) -> None:
    pod(node, "a", "b")
    node.delete("a")

    node.create("a-restarted", name="a")

    assert node.network_namespace("a-restarted") == "/proc/4711/ns/net"


def test_a_later_container_gets_a_new_compartment_when_it_restarts(node: Node) -> None:
    pod(node, "a", "b")
    node.delete("b")

    node.create("b-restarted", name="b")

    assert node.network_namespace("b-restarted") == "/run/netns/compartment-b-restarted"
    assert node.cni_calls == ADDED + DELETED + ADDED


def test_every_pod_has_a_first_container_of_its_own(node: Node) -> None:
    pod(node, "a")
    other = "6" * 64
    node.create(other, sandbox=other)

    node.create("other-b", name="b", sandbox=other)

    assert node.network_namespace("other-b") == "/proc/4711/ns/net"


def test_a_container_in_the_nodes_network_stays_there(node: Node) -> None:
    node.create(SANDBOX, host_network=True)
    for name in ("a", "b"):
        assert node.create(name, name=name, host_network=True).returncode == 0

    assert node.cni_calls == []
    assert node.netns_calls == []


def test_resolv_conf_keeps_its_servers_and_nothing_else(node: Node) -> None:
    pod(node, "a")

    mounts = node.spec("a")["mounts"]
    assert isinstance(mounts, list)
    sources = {mount["destination"]: mount["source"] for mount in mounts}
    assert Path(sources["/etc/resolv.conf"]).read_text() == "nameserver 10.96.0.10\n"
    assert sources["/etc/hosts"] == "/hosts"
    assert (node.root / "resolv.conf").read_text().startswith("search ")


def test_without_its_switch_all_containers_share_the_pods_compartment(node: Node) -> None:
    node.switch(own_compartment=False)

    pod(node, "a", "b")

    assert node.network_namespace("b") == "/proc/4711/ns/net"
    assert node.cni_calls == []
    assert str(node.root / "state") in json.dumps(node.spec("b")["mounts"])


def test_without_its_switch_resolv_conf_is_the_pods(node: Node) -> None:
    node.switch(plain_resolv_conf=False)

    pod(node, "a", "b")

    assert str(node.root / "resolv.conf") in json.dumps(node.spec("b")["mounts"])
    assert node.network_namespace("b") == "/run/netns/compartment-b"


def test_runc_is_called_as_the_wrapper_was(node: Node) -> None:
    node.run("--root", "/run/runc", "--log=/log", "start", "a")
    pod(node, "a")

    assert node.runc_calls[0] == "--root /run/runc --log=/log start a"
    bundle = node.root / "bundles" / "a"
    assert node.runc_calls[-1] == (
        f"--root /run/runc --log {node.root}/log.json --log-format json create "
        f"--bundle {bundle} --pid-file {bundle}/init.pid a"
    )


def test_runcs_exit_code_is_the_wrappers(node: Node) -> None:
    node.fails("runc", "start")

    assert node.run("start", "a").returncode == 7


def test_deleting_gives_everything_back_the_last_network_first(node: Node) -> None:
    pod(node, "a", "b")

    assert node.delete("b").returncode == 0

    assert node.cni_calls == ADDED + DELETED
    assert node.runc_calls[-1] == "--root /run/runc delete b"
    assert node.records == sorted([SANDBOX, "a"])


def test_on_delete_a_plugin_gets_the_result_of_its_network(node: Node) -> None:
    pod(node, "a", "b")
    write_network(node.root, NAT, "changed since", [{"type": "portmap"}])

    node.delete("b")

    ptp = [call for call in node.calls if call.program == "ptp"][-1]
    assert ptp.given == {
        "type": "ptp",
        "ipMasq": True,
        "name": "nat",
        "cniVersion": "1.0.0",
        "prevResult": {"cniVersion": "1.0.0", "ips": [{"address": "of ptp"}]},
    }


def test_deleting_a_whole_pod_leaves_no_record(node: Node) -> None:
    pod(node, "a", "b")

    for container in ("a", "b", SANDBOX):
        node.delete(container)

    assert node.records == []


def test_deleting_what_is_not_known_is_left_to_runc(node: Node) -> None:
    assert node.delete("stranger", "--force").returncode == 0

    assert node.cni_calls == []
    assert node.runc_calls == ["--root /run/runc delete --force stranger"]


def test_a_failed_network_fails_the_creation_with_the_plugins_words(node: Node) -> None:
    node.fails("ptp", "ADD", '{"code": 11, "msg": "no IP addresses left", "details": "in nat"}')
    pod(node, "a")

    refused = node.create("b", name="b")

    assert refused.returncode == 1
    said = "CNI ADD of nat/ptp as eth1 for b: no IP addresses left in nat"
    assert said in refused.stderr
    logged = json.loads((node.root / "log.json").read_text().splitlines()[-1])
    assert (logged["level"], said in logged["msg"]) == ("error", True)


def test_a_failed_network_gives_back_what_there_was(node: Node) -> None:
    node.fails("ptp", "ADD")
    pod(node, "a")

    node.create("b", name="b")

    assert node.cni_calls == ADDED + DELETED
    assert node.records == sorted([SANDBOX, "a"])
    assert not any("create" in call and call.endswith(" b") for call in node.runc_calls)


def test_a_failed_runc_gives_back_what_there_was(node: Node) -> None:
    pod(node, "a")
    node.fails("runc", "create")

    assert node.create("b", name="b").returncode == 7

    assert node.cni_calls == ADDED + DELETED
    assert node.records == sorted([SANDBOX, "a"])


def test_a_failed_deletion_can_be_repeated(node: Node) -> None:
    pod(node, "a", "b")
    node.fails("bridge", "DEL", "try later")

    refused = node.delete("b")

    assert refused.returncode == 1
    assert "CNI DEL of transparent/bridge as eth0 for b: try later" in refused.stderr
    assert "b" in node.records

    node.recovers()

    assert node.delete("b").returncode == 0
    assert "b" not in node.records


def test_a_node_without_cni_configuration_cannot_give_a_compartment(node: Node) -> None:
    pod(node, "a")
    for path in (node.root / "net.d").iterdir():
        path.unlink()

    refused = node.create("b", name="b")

    assert refused.returncode == 1
    assert f"no CNI configuration in {node.root / 'net.d'}" in refused.stderr


def test_a_missing_plugin_is_named(node: Node) -> None:
    pod(node, "a")
    (node.root / "bin" / "ptp").unlink()

    refused = node.create("b", name="b")

    assert refused.returncode == 1
    assert "no CNI plugin ptp in" in refused.stderr


def test_a_wrong_configuration_is_named(node: Node) -> None:
    (node.root / "oci-wrapper.json").write_text('{"runc": "/bin/true", "speed": 1}')

    refused = node.delete("a")

    assert refused.returncode == 1
    assert "missing or unknown: " in refused.stderr
    assert "speed" in refused.stderr


def test_what_was_emulated_is_in_the_nodes_log(node: Node) -> None:
    pod(node, "a", "b")
    node.delete("b")

    log = (node.root / "wrapper.log").read_text()
    assert "b (b) has a compartment of its own" in log
    assert "CNI ADD of nat/ptp as eth1 for b: exit code 0" in log
    assert "b has given back its compartment" in log


def test_creating_a_container_imports_no_dear_modules() -> None:
    """Their import takes longer than all else that the wrapper does by itself."""
    program = (
        f"import sys; sys.path.append({str(Path(__file__).parents[1])!r})\n"
        "from lab.oci_wrapper import command\n"
        "print(*sys.modules)"
    )

    modules = subprocess.run(
        [sys.executable, "-IS", "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()

    assert "lab.oci_wrapper.command" in modules
    assert not {"pathlib", "dataclasses", "typing"} & set(modules)
