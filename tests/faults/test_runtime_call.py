"""A wrapped OCI runtime: the containers that a fault picks, and what becomes of their DNS."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.faults.runtime_call import wrapper
from tests.stand_ins import stand_in

START = Path(wrapper.__file__).with_name("__main__.py")
HOSTS = "127.0.0.1 localhost\n10.244.1.5 pod\n"
GIVEN = "search x.svc.cluster.local svc.cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"


@dataclass(frozen=True, slots=True)
class Runtime:
    """A node's wrapper around a runc that does nothing."""

    folder: Path

    def set(self, **settings: object) -> None:
        plain = {
            "containers": [],
            "restarted": False,
            "own_compartment": False,
            "search": None,
            "hosts": [],
            "arguments": {},
            "rules": "",
        }
        path = str(self.folder / "wrapper.json")
        (self.folder / "settings.json").write_text(
            json.dumps(plain | {"wrapper": path} | settings)
        )

    def call(self, *arguments: str) -> int:
        done = subprocess.run(
            [sys.executable, "-IS", START, self.folder / "settings.json", *arguments],
            env={"PATH": f"{self.folder}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == ""
        return done.returncode

    def create(self, container: str, name: str, *, host_network: bool = False) -> str:
        """Create a container of one pod, and return the resolv.conf that it gets."""
        resolv_conf, hosts = self.folder / "resolv.conf", self.folder / "hosts"
        resolv_conf.write_text(GIVEN)
        hosts.write_text(HOSTS)
        bundle = self.folder / "bundles" / container
        bundle.mkdir(parents=True)
        network = [] if host_network else [{"type": "network", "path": "/run/netns/pod"}]
        annotations = {
            "container-type": "container" if name else "sandbox",
            "container-name": name,
            "sandbox-id": "sandbox",
            "sandbox-namespace": "x",
        }
        spec = {
            "annotations": {f"io.kubernetes.cri.{k}": v for k, v in annotations.items()},
            "mounts": [
                {"destination": "/etc/resolv.conf", "source": str(resolv_conf)},
                {"destination": "/etc/hosts", "source": str(hosts)},
            ],
            "linux": {"namespaces": network},
            "process": {"args": ["serve", "--port=1"]},
        }
        (bundle / "config.json").write_text(json.dumps(spec))
        assert self.call("create", "--bundle", str(bundle), container) == 0
        return self.mounted(container, "/etc/resolv.conf")

    def mounted(self, container: str, destination: str) -> str:
        """What a container has at a path."""
        spec = json.loads((self.folder / "bundles" / container / "config.json").read_text())
        sources = {mount["destination"]: mount["source"] for mount in spec["mounts"]}
        return Path(sources[destination]).read_text()


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    runc = stand_in(
        tmp_path / "runc", 'print(*sys.argv[1:], file=open(f"{sys.argv[0]}-calls", "a"))'
    )
    (tmp_path / "state").mkdir()
    (tmp_path / "wrapper.json").write_text(
        json.dumps(
            {
                "runc": str(runc),
                "state": str(tmp_path / "state"),
                "log": str(tmp_path / "log"),
                "cni_configuration": str(tmp_path),
                "cni_plugins": [],
                "own_compartment": False,
                "plain_resolv_conf": False,
            }
        )
    )
    return Runtime(tmp_path)


def pod(runtime: Runtime) -> dict[str, str]:
    runtime.create("sandbox", "")
    return {name: runtime.create(f"id-{name}", name) for name in ("a", "b", "c")}


def changed(given: dict[str, str]) -> list[str]:
    return [name for name, text in given.items() if text != GIVEN]


@pytest.mark.parametrize(
    ("containers", "expected"), [([], ["a", "b", "c"]), ([2], ["b"]), ([1, 3], ["a", "c"])]
)
def test_containers_are_picked_by_their_place_in_the_pod(
    runtime: Runtime, containers: list[int], expected: list[str]
) -> None:
    runtime.set(containers=containers, search=[])

    assert changed(pod(runtime)) == expected


def test_a_search_list_is_taken_away_and_the_rest_stays(runtime: Runtime) -> None:
    runtime.set(search=[])

    assert pod(runtime)["a"] == "nameserver 10.96.0.10\noptions ndots:5\n"


def test_a_search_list_is_given_with_the_pods_namespace(runtime: Runtime) -> None:
    runtime.set(search=["svc.cluster.local", "<namespace>.svc.cluster.local"])

    assert pod(runtime)["a"].splitlines()[0] == "search svc.cluster.local x.svc.cluster.local"


def test_lines_are_added_to_the_hosts_file_with_the_pods_namespace(runtime: Runtime) -> None:
    runtime.set(containers=[2], hosts=["192.0.2.1 s.<namespace>.svc."])

    assert changed(pod(runtime)) == []
    assert runtime.mounted("id-a", "/etc/hosts") == HOSTS
    assert runtime.mounted("id-b", "/etc/hosts") == f"{HOSTS}192.0.2.1 s.x.svc.\n"


def test_words_of_a_command_line_are_replaced_and_rules_loaded_where_it_runs(
    runtime: Runtime,
) -> None:
    entered_file = runtime.folder / "entered"
    stand_in(
        runtime.folder / "nsenter",
        f"print(*sys.argv[1:], file=open({str(entered_file)!r}, 'a'))",
    )
    runtime.set(containers=[2], arguments={"--port=1": "--port=2"}, rules="/a/file.nft")
    pod(runtime)

    served = {
        name: json.loads((runtime.folder / "bundles" / f"id-{name}" / "config.json").read_text())
        for name in ("a", "b")
    }

    assert served["a"]["process"]["args"] == ["serve", "--port=1"]
    assert served["b"]["process"]["args"] == ["serve", "--port=2"]
    entered = entered_file.read_text().splitlines()
    assert entered == ["--net=/run/netns/pod -- nft -f /a/file.nft"]


def test_only_what_is_created_again_is_picked_where_restarts_are_asked_for(
    runtime: Runtime,
) -> None:
    runtime.set(containers=[2], restarted=True, search=[])
    first = pod(runtime)

    again = {name: runtime.create(f"again-{name}", name) for name in ("a", "b")}

    assert (changed(first), changed(again)) == ([], ["b"])


def test_what_shares_the_nodes_network_is_left_alone(runtime: Runtime) -> None:
    runtime.set(search=[])

    assert runtime.create("id", "a", host_network=True) == GIVEN


def test_every_call_reaches_runc_and_deletion_forgets_the_container(runtime: Runtime) -> None:
    runtime.set(search=[])
    pod(runtime)
    for container in ("id-a", "id-b", "id-c", "sandbox"):
        assert runtime.call("delete", container) == 0

    calls = (runtime.folder / "runc-calls").read_text().splitlines()
    assert [call.split()[0] for call in calls] == ["create"] * 4 + ["delete"] * 4
    assert list((runtime.folder / "state").iterdir()) == []


def test_all_is_given_back_at_once_without_runc(runtime: Runtime) -> None:
    runtime.set(search=[])
    pod(runtime)

    assert runtime.call(wrapper.GIVE_BACK) == 0
    assert runtime.call(wrapper.GIVE_BACK) == 0

    assert list((runtime.folder / "state").iterdir()) == []
    assert "give-back" not in (runtime.folder / "runc-calls").read_text()
