"""A machine's cgroup, in every hierarchy that is mounted: version 1, version 2 and both.

Version 1 has a hierarchy a controller, and a new cpuset is empty until its CPUs and memory nodes
are copied in. In version 2 a controller must be enabled at the root, and only leaves may hold
processes, so a machine's own processes live in `system` below its cgroup, beside the kubelet's
`kubepods`.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from lab.errors import LabError
from lab.processes import RecordedProcess
from lab.waiting import eventually

_LEAF = "system"
_HANDED_DOWN = "cgroup.subtree_control"
_NEEDED_V2 = ("cpu", "cpuset", "hugetlb", "io", "memory", "pids")
_REMOVE_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """A mounted cgroup hierarchy."""

    root: Path
    version: int

    @property
    def controllers(self) -> frozenset[str]:
        """Controllers that a version 2 root offers; none in a hybrid's version 2 part."""
        return frozenset((self.root / "cgroup.controllers").read_text().split())


@dataclass(frozen=True, slots=True)
class Cgroups:
    """The cgroup hierarchies of this machine."""

    hierarchies: tuple[Hierarchy, ...]

    @classmethod
    def mounted(cls, mounts: Path = Path("/proc/self/mounts")) -> Self:
        """Read which hierarchies are mounted, each once."""
        found: dict[Path, Hierarchy] = {}
        for line in mounts.read_text().splitlines():
            _, target, kind, *_ = line.split()
            if kind in {"cgroup", "cgroup2"}:
                root = Path(target)
                found[root] = Hierarchy(root, 2 if kind == "cgroup2" else 1)
        return cls(tuple(found.values()))

    @property
    def is_version_2(self) -> bool:
        """Whether version 2 alone has the controllers."""
        return all(hierarchy.version == 2 for hierarchy in self.hierarchies)

    def controllers_to_enable(self) -> list[str]:
        """Return what a kubelet needs and a version 2 root does not hand down yet.

        Raises:
            LabError: the kernel lacks a controller.
        """
        if not self.is_version_2:
            return []
        (hierarchy,) = self.hierarchies
        # Kernels without huge pages have no such controller, and a kubelet asks for none then.
        missing = set(_NEEDED_V2) - hierarchy.controllers - {"hugetlb"}
        if missing:
            raise LabError(
                f"cgroup controllers are missing: {', '.join(sorted(missing))}",
                next_step="boot a kernel that has them, without cgroup_disable= for them",
            )
        enabled = set((hierarchy.root / _HANDED_DOWN).read_text().split())
        return [c for c in _NEEDED_V2 if c in hierarchy.controllers and c not in enabled]

    def enable_controllers(self, controllers: list[str]) -> None:
        """Let the root hand these down."""
        for hierarchy in self.hierarchies if controllers else ():
            wanted = " ".join(f"+{controller}" for controller in controllers)
            (hierarchy.root / _HANDED_DOWN).write_text(wanted)

    def disable_controllers(self, controllers: list[str]) -> None:
        """Take back what `enable_controllers` did, where nobody else has come to need it."""
        for hierarchy in self.hierarchies if controllers else ():
            for controller in controllers:
                try:
                    (hierarchy.root / _HANDED_DOWN).write_text(f"-{controller}")
                except OSError:
                    continue  # In use by a cgroup that is not ours: theirs now.

    def create(self, name: str) -> list[str]:
        """Make a machine's cgroup and return the files to which its PID 1 writes itself."""
        tasks: list[str] = []
        for hierarchy in self.hierarchies:
            top = hierarchy.root / name
            leaf = top / _LEAF
            for parent, cgroup in ((hierarchy.root, top), (top, leaf)):
                cgroup.mkdir(exist_ok=True)
                if hierarchy.version == 1:
                    _inherit_cpuset(parent, cgroup)
                elif cgroup == top and self.is_version_2:
                    offered = (cgroup / "cgroup.controllers").read_text().split()
                    (cgroup / _HANDED_DOWN).write_text(
                        " ".join(f"+{controller}" for controller in offered)
                    )
            tasks.append(str(leaf / "cgroup.procs"))
        return tasks

    def left(self, prefix: str) -> list[Path]:
        """Return the cgroups at the roots whose name begins so."""
        return [
            path
            for hierarchy in self.hierarchies
            for path in hierarchy.root.glob(f"{prefix}*")
            if path.is_dir()
        ]

    def processes(self, prefix: str) -> list[RecordedProcess]:
        """Return every process in a cgroup whose name begins so, or in one below it."""
        found: list[RecordedProcess] = []
        for top in self.left(prefix):
            for folder, _, _ in os.walk(top):
                try:
                    pids = Path(folder, "cgroup.procs").read_text().split()
                    found += [RecordedProcess.of(int(pid)) for pid in pids]
                except OSError:
                    continue  # The process, or its cgroup, went away while we looked.
        return found

    def remove(self, prefix: str) -> None:
        """Remove every cgroup whose name begins so, with all below it.

        The kernel lets go of a cgroup shortly after its last process, hence the waiting.

        Raises:
            LabError: one still holds processes.
        """
        eventually(
            lambda: [str(path) for path in self.left(prefix) if not _removed(path)],
            until=lambda left: not left,
            what="cgroups are empty",
            timeout=_REMOVE_TIMEOUT,
            next_step="end the processes listed in the cgroup's cgroup.procs",
        )


def _inherit_cpuset(parent: Path, cgroup: Path) -> None:
    for knob in ("cpuset.cpus", "cpuset.mems"):
        if (cgroup / knob).exists():
            (cgroup / knob).write_text((parent / knob).read_text())
    if (cgroup / "cpuset.cpus").exists():
        (cgroup / "cgroup.clone_children").write_text("1")


def _removed(top: Path) -> bool:
    """Try to remove a cgroup from the leaves up; tell whether it is gone."""
    try:
        for folder, _, _ in os.walk(top, topdown=False):
            Path(folder).rmdir()
    except OSError:
        return False
    return True
