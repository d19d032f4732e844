"""Finding and removing what a lab leaves on the machine, whole or half, recorded or not.

Processes are found three ways, so that no kill at any point hides one: by the records of pid and
start time, by the lab's cgroups and by its network namespaces. The rest goes by its names.
"""

import shutil
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from lab import network
from lab.cgroups import Cgroups
from lab.errors import LabError
from lab.layout import Layout
from lab.machine import SPECIFICATION
from lab.namespaces import NAMESPACE_PREFIX
from lab.processes import RecordedProcess, end, in_network_namespaces

_ROUNDS = 10


class HostRecord(BaseModel):
    """What the lab changes of the host and must put back, noted before it is changed."""

    model_config = ConfigDict(frozen=True)

    namespace_folder_was_mounted: bool
    enabled_controllers: list[str] = []


def prepare_host(layout: Layout, cgroups: Cgroups) -> None:
    """Enable what the lab needs of the host's cgroups; how the host was is written down before."""
    wanted = cgroups.controllers_to_enable()
    record = HostRecord(
        namespace_folder_was_mounted=network.is_namespace_folder_mounted(),
        enabled_controllers=wanted,
    )
    layout.host_record.write_text(record.model_dump_json())
    cgroups.enable_controllers(wanted)


def layouts(layout: Layout) -> list[Layout]:
    """Return this state directory and every other one from which a lab runs on this machine."""
    roots = {layout.root}
    for process in in_network_namespaces(network.namespace_inodes()):
        roots |= _state_roots(process.pid)
    return [layout, *(Layout(root) for root in sorted(roots - {layout.root}))]


def _state_roots(pid: int) -> set[Path]:
    """Tell from its command line where a process that holds a machine has its files."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return set()
    specifications = [Path(word) for word in words if word.endswith(f"/{SPECIFICATION}")]
    return {
        path.parents[2] if path.parents[1].name == "nodes" else path.parents[1]
        for path in specifications
    }


def _of_the_machine(cgroups: Cgroups) -> set[RecordedProcess]:
    """Return what runs in a lab's cgroups or network namespaces, recorded or not."""
    inside = in_network_namespaces(network.namespace_inodes())
    return {*cgroups.processes(NAMESPACE_PREFIX), *inside}


def _running(layouts: list[Layout], cgroups: Cgroups) -> list[RecordedProcess]:
    """Return every process of a lab that still runs."""
    recorded = (process for layout in layouts for process in _recorded(layout))
    found = {*recorded, *_of_the_machine(cgroups)}
    return [process for process in found if process.is_alive]


def _recorded(layout: Layout) -> list[RecordedProcess]:
    records = [*layout.root.glob("*/process.json"), *layout.root.glob("nodes/*/process.json")]
    return [
        RecordedProcess.model_validate_json(record.read_text())
        for record in records
        if record.stat().st_size
    ]


def remove(layout: Layout, *, logs: bool) -> None:
    """Remove every lab from the machine, and the files of each; the logs only if asked to.

    Raises:
        LabError: something of it does not go away.
    """
    cgroups = Cgroups.mounted()
    found = layouts(layout)
    for _ in range(_ROUNDS):
        left = _running(found, cgroups)
        if not left:
            break
        # Those that hold a machine come first in effect: the kernel ends all below them.
        end(left, what="the lab's processes")
    else:
        raise LabError(
            f"new processes of the lab keep appearing, {left} the last time",
            next_step="end the program that starts them, then run `netparity lab down`",
        )
    cgroups.remove(NAMESPACE_PREFIX)
    network.remove()
    for each in found:
        _put_back(each, cgroups)
        _forget(each, logs=logs)


def _put_back(layout: Layout, cgroups: Cgroups) -> None:
    if layout.host_record.exists() and layout.host_record.stat().st_size:
        host = HostRecord.model_validate_json(layout.host_record.read_text())
        cgroups.disable_controllers(host.enabled_controllers)
        if not host.namespace_folder_was_mounted:
            network.unmount_namespace_folder()


def _forget(layout: Layout, *, logs: bool) -> None:
    """Remove the lab's files; the logs only if asked to.

    Only what the lab itself writes goes, and the directory when it is empty then: it may be one
    that its user chose.
    """
    folders = [layout.pki.directory, layout.control_plane, layout.root / "nodes"]
    folders += [
        layout.faults,
        layout.root / "kubeconfigs",
        layout.root / "image-store",
        *([layout.logs] if logs else []),
    ]
    for folder in folders:
        if folder.exists():
            shutil.rmtree(folder)
    for file in (layout.kubeconfig, layout.facts, layout.record, layout.host_record):
        file.unlink(missing_ok=True)
    if logs and layout.root.exists() and not any(layout.root.iterdir()):
        Path(layout.root).rmdir()
