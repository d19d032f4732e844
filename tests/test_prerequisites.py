"""What is said of a machine that cannot carry a lab."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab import kernel, prerequisites
from lab.cgroups import Cgroups, Hierarchy
from lab.errors import PrerequisiteError
from lab.prerequisites import REQUIRED_PACKAGES, ensure_machine, install, missing
from tests.stand_ins import stand_in

GIB = 1024**3
TAKES_NOTES = """
with open(f"{os.path.dirname(sys.argv[0])}/calls", "a") as calls:
    print(*sys.argv[1:], file=calls)
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine whose every program is a script of ours."""

    folder: Path

    def has(self, name: str, script: str = "") -> None:
        stand_in(self.folder / name, script)

    def lacks(self, name: str) -> None:
        (self.folder / name).unlink()

    @property
    def calls(self) -> list[str]:
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    folder = tmp_path / "bin"
    folder.mkdir()
    machine = Machine(folder)
    for proof in REQUIRED_PACKAGES.values():
        if proof.command:
            machine.has(proof.command)
    machine.has("go", "print('go1.26.8')")
    machine.has("nft", "print('nftables v1.0.6 (Lester Gooch #5)')")
    machine.has("apt-get", TAKES_NOTES)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(prerequisites, "_search_path", lambda: str(folder))
    monkeypatch.setenv("NETPARITY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("NETPARITY_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(total=8 * GIB))
    monkeypatch.setattr(prerequisites, "_CGROUP_LIMITS", (tmp_path / "memory.max",))
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=100 * GIB))
    cgroup = tmp_path / "cgroup"
    cgroup.mkdir()
    mounted = Cgroups((Hierarchy(cgroup, 2),))
    monkeypatch.setattr("lab.kernel.Cgroups.mounted", lambda: mounted)
    return machine


def refusal() -> PrerequisiteError:
    with pytest.raises(PrerequisiteError) as raised:
        ensure_machine()
    return raised.value


def silent(_: str) -> None:
    pass


def test_a_machine_that_has_everything_is_left_as_it_is(machine: Machine, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))

    ensure_machine()

    assert sorted(tmp_path.rglob("*")) == before
    assert machine.calls == []


def test_missing_packages_are_known_by_their_commands(machine: Machine) -> None:
    machine.lacks("tcpdump")
    machine.lacks("nft")

    assert missing() == ("nftables", "tcpdump")


def test_missing_packages_are_installed_where_apt_is(machine: Machine, tmp_path: Path) -> None:
    machine.lacks("pkg-config")
    installed = machine.folder / "pkg-config"
    machine.has(
        "apt-get",
        f"{TAKES_NOTES}\nopen({str(installed)!r}, 'w').close()\nos.chmod({str(installed)!r}, 0o755)",
    )
    said: list[str] = []

    ensure_machine(report=said.append)

    assert machine.calls == ["update", "install --yes --no-install-recommends pkg-config"]
    assert said == ["installing pkg-config"]
    assert tmp_path.exists()


def test_without_apt_one_message_names_all_that_is_missing(machine: Machine) -> None:
    for name in ("apt-get", "pkg-config", "conntrack", "tcpdump"):
        machine.lacks(name)

    error = refusal()

    assert "conntrack, pkg-config, tcpdump" in str(error)
    assert "apt-get install conntrack pkg-config tcpdump" in error.next_step


def test_a_failed_installation_tells_what_apt_said(machine: Machine) -> None:
    machine.has("apt-get", "print('E: Could not resolve the mirror')\nsys.exit(100)")

    with pytest.raises(PrerequisiteError, match="E: Could not resolve the mirror"):
        install(("pkg-config",), report=silent)


def test_a_user_other_than_root_installs_nothing(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    machine.lacks("pkg-config")

    assert "needs root" in str(refusal())
    assert machine.calls == []


@pytest.mark.parametrize(
    ("program", "script", "said"),
    [
        ("go", "print('go1.25.9')", "Go is too old here: go1.25.9"),
        ("nft", "print('nftables v0.9.8 (E.D.S.)')", "nftables is too old here: nftables v0.9.8"),
        ("unshare", "sys.exit('unshare failed: Operation not permitted')", "no namespaces"),
    ],
)
def test_a_program_that_does_not_do_is_named(
    machine: Machine, program: str, script: str, said: str
) -> None:
    machine.has(program, script)

    error = refusal()

    assert said in str(error)
    assert error.next_step


def test_a_machine_without_go_is_told_where_to_get_it(machine: Machine) -> None:
    machine.lacks("go")

    assert "https://go.dev/doc/install" in refusal().next_step


@pytest.mark.parametrize("trial", kernel.TRIALS, ids=lambda trial: trial.what)
def test_a_kernel_that_lacks_something_is_told_which_modules(
    machine: Machine, trial: kernel.Trial
) -> None:
    begins = " ".join(trial.argv)[:25]
    machine.has(
        "unshare",
        f"if {begins!r} in ' '.join(sys.argv): sys.exit('Operation not supported')",
    )

    error = refusal()

    assert trial.what in str(error)
    assert "Operation not supported" in str(error)
    assert trial.modules in error.next_step


def test_a_state_folder_on_which_no_overlay_lies_is_named(
    machine: Machine, tmp_path: Path
) -> None:
    machine.has("unshare", "if 'overlay' in ' '.join(sys.argv): sys.exit('wrong fs type')")

    error = refusal()

    assert f"no overlay can be mounted in {tmp_path}: wrong fs type" in str(error)
    assert "NETPARITY_STATE_DIR" in error.next_step


def test_cgroups_that_cannot_be_made_are_named(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert machine.calls == []
    gone = Cgroups((Hierarchy(tmp_path / "gone", 1),))
    monkeypatch.setattr("lab.kernel.Cgroups.mounted", lambda: gone)

    assert f"no cgroup can be made in {tmp_path / 'gone'}" in str(refusal())


def less_memory(monkeypatch: pytest.MonkeyPatch, _: Path) -> None:
    small = SimpleNamespace(total=3 * GIB)
    monkeypatch.setattr("psutil.virtual_memory", lambda: small)


def lower_limit(_: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text(f"{3 * GIB}\n")


@pytest.mark.parametrize("change", [less_memory, lower_limit])
def test_too_little_memory_is_told_with_what_there_is(
    machine: Machine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[pytest.MonkeyPatch, Path], None],
) -> None:
    assert machine.calls == []
    change(monkeypatch, tmp_path)

    assert "needs 4 GiB of memory, this machine gives 3.0 GiB" in str(refusal())


def test_no_memory_limit_is_no_limit(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("max\n")

    ensure_machine()

    assert machine.calls == []


@pytest.mark.parametrize(
    ("is_built", "free", "needed"), [(True, 3, "4 GiB"), (False, 8, "14 GiB"), (True, 8, None)]
)
def test_a_full_disk_is_told_with_what_is_needed(
    machine: Machine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_built: bool,
    free: int,
    needed: str | None,
) -> None:
    assert machine.calls == []
    if is_built:
        (tmp_path / "cache" / "toolchain" / "kubernetes-0123").mkdir(parents=True)
    usage = SimpleNamespace(free=free * GIB)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)

    if needed is None:
        ensure_machine()
    else:
        assert f"has {free}.0 GiB free, the lab needs {needed}" in str(refusal())
