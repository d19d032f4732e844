"""Cgroups of either version, on a tree of plain files: no root, no kernel."""

from pathlib import Path

import pytest

from lab.cgroups import Cgroups, Hierarchy
from lab.errors import LabError


@pytest.fixture
def version_1(tmp_path: Path) -> Cgroups:
    for controller in ("cpuset", "memory"):
        (tmp_path / controller).mkdir()
    for knob, value in (("cpuset.cpus", "0-1"), ("cpuset.mems", "0")):
        (tmp_path / "cpuset" / knob).write_text(value)
    return Cgroups((Hierarchy(tmp_path / "cpuset", 1), Hierarchy(tmp_path / "memory", 1)))


@pytest.fixture
def version_2(tmp_path: Path) -> Cgroups:
    (tmp_path / "cgroup.controllers").write_text("cpuset cpu io memory hugetlb pids rdma\n")
    (tmp_path / "cgroup.subtree_control").write_text("cpu memory pids\n")
    return Cgroups((Hierarchy(tmp_path, 2),))


def test_each_mounted_hierarchy_is_found_once(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "tmpfs /sys/fs/cgroup tmpfs rw 0 0\n"
        "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\n"
        "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\n"
        "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
    )

    found = Cgroups.mounted(mounts)

    assert found.hierarchies == (
        Hierarchy(Path("/sys/fs/cgroup/cpu,cpuacct"), 1),
        Hierarchy(Path("/sys/fs/cgroup/unified"), 2),
    )
    assert not found.is_version_2


def test_in_version_1_a_machine_has_a_cgroup_in_every_hierarchy(
    version_1: Cgroups, tmp_path: Path
) -> None:
    tasks = version_1.create("netparity-linux-a")

    assert tasks == [
        str(tmp_path / name / "netparity-linux-a/system/cgroup.procs")
        for name in ("cpuset", "memory")
    ]


def test_in_version_1_a_new_cpuset_gets_its_parents_cpus(
    version_1: Cgroups, tmp_path: Path
) -> None:
    def become_a_cpuset(self: Path, **_: object) -> None:
        original(self, exist_ok=True)
        if self.is_relative_to(tmp_path / "cpuset"):
            for knob in ("cpuset.cpus", "cpuset.mems"):
                (self / knob).touch()

    original = Path.mkdir
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "mkdir", become_a_cpuset)
        version_1.create("netparity-linux-a")

    leaf = tmp_path / "cpuset/netparity-linux-a/system"
    assert (leaf / "cpuset.cpus").read_text() == "0-1"
    assert (leaf / "cpuset.mems").read_text() == "0"


def test_in_version_2_only_what_was_not_enabled_is_enabled(
    version_2: Cgroups, tmp_path: Path
) -> None:
    wanted = version_2.controllers_to_enable()
    version_2.enable_controllers(wanted)

    assert wanted == ["cpuset", "hugetlb", "io"]
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+cpuset +hugetlb +io"


def test_in_version_1_nothing_is_enabled(version_1: Cgroups) -> None:
    assert version_1.controllers_to_enable() == []


def test_a_kernel_without_a_needed_controller_is_named(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu io pids\n")

    with pytest.raises(LabError, match="cpuset, memory"):
        Cgroups((Hierarchy(tmp_path, 2),)).controllers_to_enable()


def test_cgroups_are_removed_by_name_from_the_leaves_up(
    version_1: Cgroups, tmp_path: Path
) -> None:
    (tmp_path / "memory/netparity-linux-a/kubepods/besteffort").mkdir(parents=True)
    (tmp_path / "cpuset/netparity-linux-b").mkdir()
    (tmp_path / "cpuset/somebody").mkdir()

    version_1.remove("netparity-")

    assert version_1.left("netparity-") == []
    assert (tmp_path / "cpuset/somebody").exists()
