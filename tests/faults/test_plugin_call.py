"""A wrapped CNI plugin: what is left out, answered again, and done after an ADD."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lab.faults.plugin_call import wrapper
from lab.machine import Machine
from tests.faults.paper_machine import paper_machine
from tests.stand_ins import stand_in

START = Path(wrapper.__file__).with_name("__main__.py")
NETWORK = {"cniVersion": "1.0.0", "name": "bridge", "type": "bridge"}

# Answers every ADD with another address, and notes every call with the first range that it is told.
PLUGIN = """
import json
command = os.environ["CNI_COMMAND"]
noted = f"{os.path.dirname(sys.argv[0])}/real-calls"
with open(noted, "a") as calls:
    print(command, os.environ["CNI_CONTAINERID"], sys.stdin.read(), file=calls)
if command == "ADD":
    last = sum(line.startswith("ADD") for line in open(noted))
    eth0 = {"name": "eth0", "mac": f"02:00:00:00:00:0{last}", "sandbox": "n"}
    ips = [{"address": f"10.244.1.{last}/24"}]
    print(json.dumps({"cniVersion": "1.0.0", "ips": ips, "interfaces": [eth0]}))
"""


# Enters no namespace: that takes a privilege.
NSENTER = """
command = sys.argv[sys.argv.index("--") + 1:]
os.execvp(command[0], command)
"""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A plugin with a wrapper, as the node's runtime runs it."""

    folder: Path
    settings: dict[str, object] = field(default_factory=dict)

    def set(self, **settings: object) -> None:
        self.settings.update(settings)
        (self.folder / "settings.json").write_text(json.dumps(self.settings))

    def call(
        self,
        command: str,
        container: str = "c1",
        *,
        pod: str = "a-pod",
        namespace: str = "x",
        **network: object,
    ) -> subprocess.CompletedProcess[str]:
        cni = {
            "CNI_COMMAND": command,
            "CNI_CONTAINERID": container,
            "CNI_NETNS": "/proc/self/ns/net",
            "CNI_IFNAME": "eth0",
            "CNI_ARGS": f"IgnoreUnknown=1;K8S_POD_NAME={pod};K8S_POD_NAMESPACE={namespace}",
        }
        return subprocess.run(
            [sys.executable, "-IS", START, self.folder / "settings.json"],
            input=json.dumps(NETWORK | network),
            env={"PATH": f"{self.folder}:{os.environ['PATH']}", **cni},
            capture_output=True,
            text=True,
            check=False,
        )

    def address(self, container: str, *, pod: str = "a-pod", namespace: str = "x") -> str:
        done = self.call("ADD", container, pod=pod, namespace=namespace)
        assert done.returncode == 0, done.stdout
        return str(json.loads(done.stdout)["ips"][0]["address"])

    @property
    def real_calls(self) -> list[str]:
        path = self.folder / "real-calls"
        lines = path.read_text().splitlines() if path.exists() else []
        return [" ".join(line.split()[:2]) for line in lines]

    @property
    def notes(self) -> list[str]:
        return (self.folder / wrapper.CALLS).read_text().splitlines()


@pytest.fixture
def wrapped(tmp_path: Path) -> Wrapped:
    plugin = tmp_path / "plugin"
    for program, text in ((plugin, PLUGIN), (tmp_path / "nsenter", NSENTER)):
        stand_in(program, text)
    found = Wrapped(tmp_path)
    found.set(
        plugin=str(plugin),
        network="bridge",
        not_executed=[],
        apart=0,
        ipam="",
        repeated=0,
        subnet="",
        pods=[],
        inside=[],
        outside=[],
        farewell=[],
        server=[],
        folder=str(tmp_path),
        machine=str(tmp_path),
    )
    return found


def test_it_says_what_the_plugin_says(wrapped: Wrapped) -> None:
    assert [wrapped.address("c1"), wrapped.address("c2")] == ["10.244.1.1/24", "10.244.1.2/24"]
    assert wrapped.call("DEL").returncode == 0
    assert wrapped.real_calls == ["ADD c1", "ADD c2", "DEL c1"]


def test_a_command_that_is_left_out_succeeds_and_is_owed(wrapped: Wrapped) -> None:
    wrapped.set(not_executed=["DEL"])

    assert wrapped.call("DEL").returncode == 0

    assert wrapped.real_calls == []
    assert wrapped.notes == ["DEL c1 a-pod not executed"]
    (owed,) = (wrapped.folder / wrapper.OWED).iterdir()
    call = json.loads(owed.read_text())
    assert json.loads(call["input"]) == NETWORK
    assert call["environment"]["CNI_CONTAINERID"] == "c1"


def test_what_comes_too_soon_after_an_executed_one_is_left_out_for_good(wrapped: Wrapped) -> None:
    wrapped.set(not_executed=["DEL"], apart=60)

    for container in ("c1", "c2"):
        assert wrapped.call("DEL", container).returncode == 0
    wrapped.set(apart=0.001)
    for container in ("c2", "c3"):
        assert wrapped.call("DEL", container).returncode == 0

    assert wrapped.real_calls == ["DEL c1", "DEL c3"]
    assert wrapped.notes == ["DEL c2 a-pod not executed"] * 2


def test_one_add_is_answered_as_the_first_and_later_ones_are_not(wrapped: Wrapped) -> None:
    wrapped.set(repeated=2)

    addresses = [wrapped.address(container) for container in ("c1", "c2", "c3")]

    assert addresses == ["10.244.1.1/24", "10.244.1.1/24", "10.244.1.2/24"]
    assert wrapped.real_calls == ["ADD c1", "ADD c3"]


def test_adds_are_counted_by_namespace_and_of_the_pods_that_are_named(wrapped: Wrapped) -> None:
    wrapped.set(repeated=2, pods=["peer-*"])
    calls = [("a", "x"), ("peer-0", "x"), ("peer-1", "y"), ("b", "x"), ("peer-1", "x")]

    addresses = [wrapped.address(pod, pod=pod, namespace=space) for pod, space in calls]

    assert len(set(addresses)) == 4
    assert addresses[-1] == addresses[1]


def test_commands_follow_an_add_and_name_the_endpoint(wrapped: Wrapped) -> None:
    out = wrapped.folder / "out"
    wrapped.set(outside=[["sh", "-c", f"echo <address> <octet> <interface> <mac> > {out}"]])

    wrapped.address("c1")

    assert out.read_text() == "10.244.1.1 1 eth0 02:00:00:00:00:01\n"
    assert wrapped.notes == ["ADD c1 a-pod followed"]


def test_a_command_that_fails_fails_the_add_and_is_told(wrapped: Wrapped) -> None:
    wrapped.set(outside=[["sh", "-c", "echo no such link >&2; exit 1"]])

    done = wrapped.call("ADD")

    assert done.returncode == 1
    assert "no such link" in json.loads(done.stdout)["msg"]


def test_other_networks_pass_untouched(wrapped: Wrapped) -> None:
    wrapped.set(not_executed=["DEL"], outside=[["false"]])

    assert wrapped.call("ADD", name="nat").returncode == 0
    assert wrapped.call("DEL", name="nat").returncode == 0
    assert wrapped.real_calls == ["ADD c1", "DEL c1"]


def test_only_pods_whose_names_fit_are_followed(wrapped: Wrapped) -> None:
    wrapped.set(outside=[["false"]], pods=["b-*", "*-a-pod", "another"])
    assert wrapped.call("ADD").returncode == 0

    wrapped.set(pods=["b-*", "a*d"])
    assert wrapped.call("ADD").returncode == 1


def test_a_command_with_a_hyphen_may_fail(wrapped: Wrapped) -> None:
    out = wrapped.folder / "out"
    wrapped.set(outside=[["-false"], ["sh", "-c", f"echo <pod> <ordinal> > {out}"]])

    wrapped.address("c1")

    assert out.read_text() == "a-pod pod\n"


def test_ipam_is_told_another_range_at_an_add_alone(wrapped: Wrapped) -> None:
    wrapped.set(subnet="198.51.100.0/27")
    given = {"type": "host-local", "ranges": [[{"subnet": "10.244.1.0/24"}]]}

    for command in ("ADD", "DEL"):
        assert wrapped.call(command, ipam=given).returncode == 0

    told = [
        json.loads(line.split(maxsplit=2)[2])["ipam"]
        for line in (wrapped.folder / "real-calls").read_text().splitlines()
    ]
    assert told == [given | {"ranges": [[{"subnet": "198.51.100.0/27"}]]}, given]


def test_an_endpoint_that_stays_is_taken_leave_of_and_gives_its_address_back(
    wrapped: Wrapped,
) -> None:
    ipam, out = wrapped.folder / "ipam", wrapped.folder / "out"
    stand_in(ipam, 'print(os.environ["CNI_COMMAND"], file=open(f"{sys.argv[0]}-called", "w"))')
    leave = [["sh", "-c", f"echo <pod> >> {out}"]]
    wrapped.set(not_executed=["DEL"], ipam=str(ipam), farewell=leave)

    assert wrapped.call("DEL").returncode == 0

    assert wrapped.real_calls == []
    assert (wrapped.folder / "ipam-called").read_text() == "DEL\n"
    assert out.read_text() == "a-pod\n"


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder of a short name, for the socket's sake."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def test_a_server_runs_beside_a_pod_from_its_add_to_its_del(
    wrapped: Wrapped, short_folder: Path
) -> None:
    wrapped.set(server=["serve", "<pod>"], machine=str(short_folder))

    with paper_machine(Machine("node", "ns", short_folder)) as init:
        wrapped.address("c1")
        wrapped.address("c1")
        running = dict(init.argv)
        wrapped.call("DEL")

    name = "fault-beside-c1"
    assert running == {name: ["nsenter", "--net=/proc/self/ns/net", "--", "serve", "a-pod"]}
    assert init.asked == [f"start {name}", f"stop {name}"]
