"""A lab leaves a machine as it was, wherever its commands are killed."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lab import cluster, network
from lab.layout import Layout
from lab.paths import cache_dir, state_dir
from lab.processes import RecordedProcess
from lab.remains import HostRecord
from lab.topology import Topology
from lab.waiting import eventually
from tests.lab.conftest import standing
from tests.lab.machine_snapshot import MachineSnapshot

pytestmark = pytest.mark.lab

PHASES = (
    "toolchain and images",
    "credentials",
    "fabric and control plane begun",
    "nodes booted",
    "API server ready",
    "nodes ready",
    "DNS ready",
)


@pytest.fixture
def bare_machine() -> Iterator[MachineSnapshot]:
    """The machine without a lab; one that was up is down now."""
    cluster.down()
    before = MachineSnapshot.take()
    yield before
    cluster.down()


@dataclass
class Command:
    """A `netparity lab` command in a process of its own, whose progress is read."""

    process: subprocess.Popen[str]

    def read_until(self, phase: str) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if line.rstrip().endswith(f"s  {phase}"):
                return
        raise AssertionError(f"ended with code {self.process.wait()} before {phase!r}")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def command() -> Iterator[type[Command]]:
    """Start commands; none outlives the test."""
    started: list[subprocess.Popen[str]] = []

    class Started(Command):
        def __init__(self, *arguments: str) -> None:
            argv = [sys.executable, "-m", "netparity", "lab", *arguments]
            super().__init__(
                subprocess.Popen(
                    argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
                )
            )
            started.append(self.process)

    yield Started
    for process in started:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


def up_and_down() -> None:
    cluster.up(Topology(), report=lambda _: None)
    cluster.down()


def test_up_and_down_change_nothing(bare_machine: MachineSnapshot) -> None:
    up_and_down()

    assert bare_machine.differences(MachineSnapshot.take()) == {}


def test_while_up_the_host_has_one_link_and_one_route_more_and_no_rule(
    bare_machine: MachineSnapshot,
) -> None:
    with standing(Topology()) as lab:
        found = bare_machine.differences(MachineSnapshot.take())
        host, api = lab.topology.host_address, lab.topology.api_address

    assert [line.split()[1] for line in found["links"]] == ["netparity0"]
    assert [line for line in found["routes"] if "table local" not in line] == [
        f"+ {api} dev netparity0 proto static scope link "
    ]
    assert all(str(host) in line for line in found["routes"] if "table local" in line)
    assert "firewall" not in found
    assert "files" not in found
    assert all(".netparity0." in line for line in found["sysctls"])
    assert all("/run/netns" in line for line in found["mounts"])


@pytest.mark.parametrize("phase", PHASES)
def test_after_up_is_killed_the_next_one_comes_up_and_goes_without_a_trace(
    phase: str, bare_machine: MachineSnapshot, command: type[Command]
) -> None:
    up = command("up")
    up.read_until(phase)
    up.kill()

    up_and_down()

    assert bare_machine.differences(MachineSnapshot.take()) == {}


def test_after_up_is_killed_while_images_are_unpacked_the_next_one_starts_over(
    bare_machine: MachineSnapshot, command: type[Command]
) -> None:
    stores = cache_dir() / "image-stores"
    shutil.rmtree(stores, ignore_errors=True)
    up = command("up")
    up.read_until("fabric and control plane begun")
    eventually(
        lambda: [*stores.glob(".unfinished-*/root/*")],
        what="the image store has begun to fill",
        timeout=30,
        next_step="look at the image store's log",
    )
    up.kill()

    up_and_down()

    assert bare_machine.differences(MachineSnapshot.take()) == {}
    assert [path.name for path in stores.glob(".unfinished-*")] == []


def test_after_up_is_killed_down_alone_leaves_nothing(
    bare_machine: MachineSnapshot, command: type[Command]
) -> None:
    up = command("up")
    up.read_until("nodes booted")
    up.kill()

    cluster.down()

    assert bare_machine.differences(MachineSnapshot.take()) == {}
    assert not Layout(state_dir()).root.exists()


def test_what_a_lost_state_directory_does_not_tell_is_found_by_name(
    bare_machine: MachineSnapshot, command: type[Command]
) -> None:
    was_mounted = network.is_namespace_folder_mounted()
    up = command("up")
    up.read_until("nodes booted")
    up.kill()
    layout = Layout(state_dir())
    host = HostRecord.model_validate_json(layout.host_record.read_text())
    for record in layout.root.rglob("process.json"):
        record.unlink()

    cluster.down()

    assert host.namespace_folder_was_mounted is was_mounted
    assert bare_machine.differences(MachineSnapshot.take()) == {}


@pytest.mark.parametrize("left", ["control-plane", "win2016"])
def test_a_lab_that_lost_a_machine_while_idle_comes_up_whole(
    left: str, bare_machine: MachineSnapshot
) -> None:
    cluster.up(Topology(), report=lambda _: None)
    layout = Layout(state_dir())
    folder = layout.control_plane if left == "control-plane" else layout.node(left)
    holder = RecordedProcess.model_validate_json((folder / "process.json").read_text())
    os.kill(holder.pid, signal.SIGKILL)

    up_and_down()

    assert bare_machine.differences(MachineSnapshot.take()) == {}


def test_a_killed_down_is_finished_by_the_next(
    bare_machine: MachineSnapshot, command: type[Command]
) -> None:
    cluster.up(Topology(), report=lambda _: None)
    layout = Layout(state_dir())
    down = command("down")
    holder = RecordedProcess.model_validate_json(
        (layout.control_plane / "process.json").read_text()
    )
    eventually(
        lambda: not holder.is_alive,
        what="down has begun to kill",
        timeout=30,
        next_step="look at the command",
    )
    down.kill()

    up_and_down()

    assert bare_machine.differences(MachineSnapshot.take()) == {}


def test_a_killed_node_leaves_no_process(bare_machine: MachineSnapshot) -> None:
    del bare_machine
    with standing(Topology.from_options(nodes="linux-a,win2016")) as lab:
        machine = lab.machine("win2016")
        process = machine.process
        assert process is not None
        process.kill()

        def inside() -> list[str]:
            taken = MachineSnapshot.take().processes
            return [line for line in taken if "nodes/win2016/" in line]

        left = eventually(
            inside,
            until=lambda lines: not lines,
            what="every process of the node has ended",
            timeout=10,
            next_step="look at what is left",
        )

        assert left == []
