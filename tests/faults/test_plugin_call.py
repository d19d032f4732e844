"""A wrapped CNI plugin: what is left out, answered again, and done after an ADD."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lab.faults.plugin_call import wrapper

START = Path(wrapper.__file__).with_name("__main__.py")
NETWORK = {"cniVersion": "1.0.0", "name": "bridge", "type": "bridge"}

# Answers every ADD with another address, and notes every call.
PLUGIN = """\
#!/bin/sh
echo "$CNI_COMMAND $CNI_CONTAINERID $(cat)" >> "${0%/*}/real-calls"
[ "$CNI_COMMAND" = ADD ] || exit 0
last=$(grep -c ^ADD "${0%/*}/real-calls")
echo "{\\"cniVersion\\": \\"1.0.0\\", \\"ips\\": [{\\"address\\": \\"10.244.1.$last/24\\"}], \\
  \\"interfaces\\": [{\\"name\\": \\"eth0\\", \\"mac\\": \\"02:00:00:00:00:0$last\\", \\"sandbox\\": \\"n\\"}]}"
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
        self, command: str, container: str = "c1", **network: str
    ) -> subprocess.CompletedProcess[str]:
        cni = {
            "CNI_COMMAND": command,
            "CNI_CONTAINERID": container,
            "CNI_NETNS": "/run/netns/x",
            "CNI_IFNAME": "eth0",
            "CNI_ARGS": "IgnoreUnknown=1;K8S_POD_NAME=a-pod",
        }
        return subprocess.run(
            [sys.executable, "-IS", START, self.folder / "settings.json"],
            input=json.dumps(NETWORK | network),
            env={"PATH": os.environ["PATH"], **cni},
            capture_output=True,
            text=True,
            check=False,
        )

    def address(self, container: str) -> str:
        done = self.call("ADD", container)
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
    plugin.write_text(PLUGIN)
    plugin.chmod(0o755)
    found = Wrapped(tmp_path)
    found.set(
        plugin=str(plugin),
        network="bridge",
        not_executed=[],
        repeated=0,
        inside=[],
        outside=[],
        folder=str(tmp_path),
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


def test_one_add_is_answered_as_the_first_and_later_ones_are_not(wrapped: Wrapped) -> None:
    wrapped.set(repeated=2)

    addresses = [wrapped.address(container) for container in ("c1", "c2", "c3")]

    assert addresses == ["10.244.1.1/24", "10.244.1.1/24", "10.244.1.2/24"]
    assert wrapped.real_calls == ["ADD c1", "ADD c3"]


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
