"""The toolchain, with a go command that builds nothing."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lab.component import COMPONENTS, Component, GoPlatform
from lab.errors import BuildError, PrerequisiteError
from lab.store import exclusive
from lab.toolchain import build
from lab.versions import Versions
from lab.waiting import eventually

GO = GoPlatform(version="go1.26.8", arch="amd64")

UPSTREAM = {
    "kubernetes": "k8s.io/kubernetes v1.37.2",
    "agnhost": "k8s.io/kubernetes v1.37.2",
    "etcd": "go.etcd.io/etcd/server/v3 v3.7.3",
    "containerd": "github.com/containerd/containerd/v2 v2.4.2",
    "runc": "github.com/opencontainers/runc v1.5.2",
    "cni-plugins": "github.com/containernetworking/plugins v1.9.1",
    "coredns": "github.com/coredns/coredns v1.15.0",
    "kube-proxy-1.25": "k8s.io/kubernetes v1.25.16",
    "windows-userspace-proxy": "k8s.io/kubernetes v1.21.14",
}
"""What each component's go.mod pins, but for our own program's."""

FAKE_GO = f"""\
#!{sys.executable} -IS
import json, os, sys, time
here = os.path.dirname(sys.argv[0])
if sys.argv[1] == "env":
    print(json.dumps({{"GOVERSION": "go1.26.8", "GOHOSTARCH": "amd64"}}))
    sys.exit()
with open(here + "/calls", "a") as calls:
    names = ("GOFLAGS", "GOTOOLCHAIN", "GOARCH", "CGO_ENABLED", "GOEXPERIMENT", "GOTMPDIR")
    calls.write(json.dumps({{"args": sys.argv[1:], "cwd": os.getcwd(), "pid": os.getpid(),
                            "env": {{name: os.environ.get(name) for name in names}}}}) + "\\n")
if os.path.exists(here + "/hangs"):
    time.sleep(600)
if os.path.exists(here + "/fails"):
    print("undefined: gopher")
    sys.exit(2)
output = sys.argv[sys.argv.index("-o") + 1]
packages = [word for word in sys.argv[sys.argv.index("-o") + 2:]]
for package in packages:
    path = output + package.rpartition("/")[2] if output.endswith("/") else output
    with open(path, "w") as program:
        program.write(package)
"""


@dataclass(frozen=True, slots=True)
class FakeGo:
    folder: Path

    def behave(self, how: str) -> None:
        (self.folder / how).touch()

    def behave_well(self) -> None:
        for how in ("hangs", "fails"):
            (self.folder / how).unlink(missing_ok=True)

    @property
    def calls(self) -> list[dict[str, object]]:
        path = self.folder / "calls"
        return (
            [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        )


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGo:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "go").write_text(FAKE_GO)
    (folder / "go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("NETPARITY_CACHE_DIR", str(tmp_path / "cache"))
    return FakeGo(folder)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "toolchain"


@pytest.fixture
def component(tmp_path: Path) -> Component:
    folder = tmp_path / "gophers"
    folder.mkdir()
    (folder / "go.mod").write_text("module gophers\n")
    (folder / "go.sum").write_text("")
    return Component(
        name="gophers",
        version="1.0.0",
        targets={"dig": "gophers/cmd/dig", "climb": "gophers/cmd/climb"},
        minutes=1,
        folder=folder,
    )


def silent(_: str) -> None:
    pass


def unfinished_in(store: Path) -> list[Path]:
    return list(store.glob(".unfinished-*"))


def test_a_build_gives_every_program_of_a_component(go: FakeGo, component: Component) -> None:
    toolchain = build(report=silent, components=[component])

    assert toolchain.binary("dig").read_text() == "gophers/cmd/dig"
    assert toolchain.binary("climb").read_text() == "gophers/cmd/climb"
    assert toolchain.directories == (toolchain.binary("dig").parent,)
    assert [call["cwd"] for call in go.calls] == [str(component.folder)]


def test_a_lone_program_has_the_name_it_is_given(go: FakeGo, component: Component) -> None:
    etcd = replace(component, targets={"etcd": "go.etcd.io/etcd/server/v3"})

    assert build(report=silent, components=[etcd]).binary("etcd").name == "etcd"
    assert len(go.calls) == 1


def test_what_is_built_is_not_built_again(go: FakeGo, component: Component) -> None:
    first = build(report=silent, components=[component])

    assert build(report=silent, components=[component]) == first
    assert len(go.calls) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda component: (component.folder / "go.sum").write_text("another"),
        lambda component: (component.folder / "main.go").write_text("package main"),
        lambda component: (component.folder / "go.mod").rename(component.folder / "go.mod2"),
    ],
    ids=["a changed file", "a new file", "a renamed file"],
)
def test_a_digest_changes_with_the_folder(
    component: Component, change: Callable[[Component], object]
) -> None:
    before = component.digest(GO)

    change(component)

    assert component.digest(GO) != before


@pytest.mark.parametrize(
    "changed",
    [
        {"cgo": True},
        {"tags": ("seccomp",)},
        {"ldflags": ("-checklinkname=0",)},
        {"targets": {"dig": "gophers/cmd/dig"}},
        {"name": "moles"},
    ],
    ids=str,
)
def test_a_digest_changes_with_the_declaration(
    component: Component, changed: dict[str, object]
) -> None:
    assert replace(component, **changed).digest(GO) != component.digest(GO)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize("other", [replace(GO, version="go1.27.0"), replace(GO, arch="arm64")])
def test_a_digest_changes_with_go(component: Component, other: GoPlatform) -> None:
    assert component.digest(other) != component.digest(GO)


def test_a_digest_does_not_depend_on_where_the_folder_lies(
    component: Component, tmp_path: Path
) -> None:
    elsewhere = component.folder.rename(tmp_path / "elsewhere")
    before = replace(component, folder=elsewhere).digest(GO)

    moved = elsewhere.rename(tmp_path / "moved")

    assert replace(component, folder=moved).digest(GO) == before


def test_a_users_go_settings_change_nothing(
    go: FakeGo, component: Component, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOFLAGS", "-mod=mod -race")
    monkeypatch.setenv("GOTOOLCHAIN", "go1.9")
    monkeypatch.setenv("GOARCH", "wasm")
    monkeypatch.setenv("GOEXPERIMENT", "rangefunc")

    build(report=silent, components=[component])

    environment = go.calls[0]["env"]
    assert isinstance(environment, dict)
    scratch = environment.pop("GOTMPDIR")
    assert ".unfinished-" in scratch
    assert environment == {
        "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false",
        "GOTOOLCHAIN": "auto",
        "GOARCH": "amd64",
        "CGO_ENABLED": "0",
        "GOEXPERIMENT": None,
    }


def test_a_failed_build_names_the_component_the_log_and_its_last_lines(
    go: FakeGo, component: Component, store: Path
) -> None:
    go.behave("fails")

    with pytest.raises(BuildError) as failure:
        build(report=silent, components=[component])

    assert "gophers 1.0.0" in str(failure.value)
    assert "undefined: gopher" in str(failure.value)
    assert str(store / "logs" / "gophers.log") in failure.value.next_step
    assert unfinished_in(store) == []


def test_a_build_that_makes_no_program_is_a_failure(go: FakeGo, component: Component) -> None:
    nameless = replace(component, targets={**component.targets, "lost": "gophers/cmd/found"})

    with pytest.raises(BuildError, match="it made no lost"):
        build(report=silent, components=[nameless])
    assert len(go.calls) == 1


def test_a_killed_build_leaves_a_folder_that_the_next_removes(
    go: FakeGo, component: Component, store: Path
) -> None:
    go.behave("hangs")
    program = (
        "import pathlib, sys; from lab.component import Component; from lab.toolchain import build\n"
        f"build(report=print, components=[Component(name='gophers', version='1.0.0', minutes=1, "
        f"targets={dict(component.targets)!r}, folder=pathlib.Path({str(component.folder)!r}))])"
    )
    building = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.DEVNULL)
    (call,) = eventually(lambda: go.calls, what="a go build", timeout=20, next_step="see go")

    building.send_signal(signal.SIGKILL)
    building.wait()

    eventually(
        lambda: not Path(f"/proc/{call['pid']}").exists(),
        what="the end of go build",
        timeout=10,
        next_step="see setpriv --pdeathsig",
    )
    assert len(unfinished_in(store)) == 1
    assert list(store.glob("gophers-*")) == []

    go.behave_well()
    build(report=silent, components=[component])

    assert unfinished_in(store) == []
    assert len(list(store.glob("gophers-*"))) == 1


def test_a_second_builder_waits_for_the_first(
    go: FakeGo, component: Component, store: Path
) -> None:
    said: queue.Queue[str] = queue.Queue()
    second = threading.Thread(target=build, kwargs={"report": said.put, "components": [component]})
    with exclusive(store, report=silent):
        second.start()
        assert said.get(timeout=20).startswith("waiting for another netparity")
        assert go.calls == []

    second.join(timeout=20)

    assert len(go.calls) == 1


def test_progress_is_told_before_during_and_after(
    go: FakeGo, component: Component, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.toolchain._REPORT_INTERVAL", 0.001)
    said: list[str] = []

    build(report=said.append, components=[component])

    assert said[0] == "building gophers 1.0.0 (1 of 1), about 1 min when nothing is cached"
    assert all(line == "building gophers 1.0.0: 0 s so far" for line in said[1:-1])
    assert len(said) > 2
    assert said[-1] == "built gophers 1.0.0 in 0 s"
    assert len(go.calls) == 1


def test_the_newest_two_builds_are_kept(go: FakeGo, component: Component, store: Path) -> None:
    built = []
    for state in range(3):
        (component.folder / "go.sum").write_text(str(state))
        built.append(build(report=silent, components=[component]).binary("dig").parent)

    assert sorted(store.glob("gophers-*")) == sorted(built[1:])
    assert len(go.calls) == 3


def test_a_machine_without_go_is_told_so(
    component: Component, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("NETPARITY_CACHE_DIR", str(tmp_path / "cache"))

    with pytest.raises(PrerequisiteError, match="no go command"):
        build(report=silent, components=[component])


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.name)
class TestDeclaredComponents:
    def test_go_names_each_of_several_programs_as_declared(self, component: Component) -> None:
        if len(component.targets) > 1:
            named = {package.rpartition("/")[2] for package in component.targets.values()}
            assert set(component.targets) == named
        assert component.targets


@pytest.mark.parametrize(
    "component",
    [c for c in COMPONENTS if c.name in UPSTREAM],
    ids=lambda component: component.name,
)
def test_a_module_pins_the_version_of_upstream_that_is_declared(component: Component) -> None:
    pinned = UPSTREAM[component.name]

    assert pinned.endswith(f" v{component.version}")
    assert pinned in (component.folder / "go.mod").read_text()


def test_the_program_of_our_own_needs_the_standard_library_alone() -> None:
    (own,) = (component for component in COMPONENTS if component.name not in UPSTREAM)

    assert own.name == "oci-launcher"
    assert "require" not in (own.folder / "go.mod").read_text()


def test_the_topology_names_the_versions_that_are_built() -> None:
    built = {c.name: c.version for c in COMPONENTS if c.name in UPSTREAM}
    versions = Versions()

    assert built == {
        "kubernetes": versions.kubernetes,
        "agnhost": versions.kubernetes,
        "etcd": versions.etcd,
        "containerd": versions.containerd,
        "runc": versions.runc,
        "cni-plugins": versions.cni_plugins,
        "coredns": versions.coredns,
        "kube-proxy-1.25": versions.linux_userspace_proxy,
        "windows-userspace-proxy": versions.windows_userspace_proxy,
    }
