"""The lab's programs: built from pinned Go modules, each once for every state of its inputs."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.component import COMPONENTS, Component, GoPlatform
from lab.errors import BuildError, PrerequisiteError
from lab.paths import cache_dir
from lab.store import exclusive, superseded, unfinished

__all__ = ["COMPONENTS", "Component", "Toolchain", "build"]

_REPORT_INTERVAL = 30.0
_TAIL_LINES = 20

# Flags reach go by GOFLAGS, because only a set one hides what `go env -w` has put there.
_GOFLAGS = "-mod=readonly -trimpath -buildvcs=false"
# What would change the programs without being part of their digest.
_DROPPED_VARIABLES = frozenset(
    {"GOARCH", "GOAMD64", "GOARM64", "GOEXPERIMENT", "GOFIPS140", "GODEBUG"}
    | {"CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_LDFLAGS", "CC"}
)


@dataclass(frozen=True, slots=True)
class Toolchain:
    """Where each finished program lies."""

    binaries: Mapping[str, Path]

    def binary(self, name: str) -> Path:
        """Return the path of a program; KeyError for one that no component builds."""
        return self.binaries[name]

    @property
    def directories(self) -> tuple[Path, ...]:
        """The folders of all programs, for a PATH."""
        return tuple(dict.fromkeys(path.parent for path in self.binaries.values()))


def build(
    *, report: Callable[[str], None], components: Sequence[Component] = COMPONENTS
) -> Toolchain:
    """Build what is not built yet, and return where everything lies.

    `report` gets a line when a component is begun, every half minute while it is built, and when
    it is done. An interrupted build goes on from Go's own build cache; a second process waits
    for the first.

    Raises:
        BuildError: a component could not be built; names it, the log, and its last lines.
        PrerequisiteError: there is no go command.
    """
    store = cache_dir() / "toolchain"
    platforms = {component.name: _go_platform(component) for component in components}
    places = {
        component.name: store / f"{component.name}-{component.digest(platforms[component.name])}"
        for component in components
    }
    if not all(place.is_dir() for place in places.values()):
        with exclusive(store, report=report):
            missing = [c for c in components if not places[c.name].is_dir()]
            for number, component in enumerate(missing, start=1):
                report(
                    f"building {component} ({number} of {len(missing)}), "
                    f"about {component.minutes:g} min when nothing is cached"
                )
                _build(component, places[component.name], platforms[component.name], report)
                _prune(store, component.name, newest=places[component.name])
    binaries: dict[str, Path] = {}
    for component in components:
        place = places[component.name]
        os.utime(place)  # the newest are kept, and newest means last used
        binaries |= {name: place / name for name in component.targets}
    return Toolchain(binaries=binaries)


def _go_environment(component: Component) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _DROPPED_VARIABLES}
    return kept | {
        "GOFLAGS": _GOFLAGS,
        # A go.mod that asks for a newer Go than the machine's gets it, whatever the user chose.
        "GOTOOLCHAIN": "auto",
        "GOWORK": "off",
        "GOOS": "linux",
        "CGO_ENABLED": "1" if component.cgo else "0",
    }


def _go_platform(component: Component) -> GoPlatform:
    try:
        answer = subprocess.run(
            ["go", "env", "-json", "GOVERSION", "GOHOSTARCH"],
            cwd=component.folder,
            env=_go_environment(component),
            capture_output=True,
            text=True,
            check=True,
        )
    except FileNotFoundError:
        raise PrerequisiteError(
            "there is no go command on PATH",
            next_step="install Go 1.26 or newer: https://go.dev/doc/install",
        ) from None
    except subprocess.CalledProcessError as error:
        raise BuildError(
            f"go says nothing about itself for {component}: {error.stderr.strip()}",
            next_step=f"run `go env` in {component.folder} and follow its message",
        ) from error
    said = json.loads(answer.stdout)
    return GoPlatform(version=said["GOVERSION"], arch=said["GOHOSTARCH"])


@dataclass(frozen=True, slots=True)
class _Workspace:
    """A build that is under way: its own folder, which a rename turns into the finished one."""

    folder: Path
    log: Path

    @property
    def programs(self) -> Path:
        return self.folder / "programs"

    @property
    def scratch(self) -> Path:
        return self.folder / "scratch"


def _build(
    component: Component, place: Path, go: GoPlatform, report: Callable[[str], None]
) -> None:
    store = place.parent
    with unfinished(store) as folder:
        workspace = _Workspace(folder=folder, log=store / "logs" / f"{component.name}.log")
        for directory in (workspace.programs, workspace.scratch, workspace.log.parent):
            directory.mkdir(exist_ok=True)
        seconds = _run_go(component, go, workspace, report)
        provenance = {
            "component": component.name,
            "version": component.version,
            "go": go.version,
            "seconds": round(seconds, 1),
        }
        (workspace.programs / "provenance.json").write_text(
            json.dumps(provenance, indent=2) + "\n"
        )
        workspace.programs.rename(place)
    report(f"built {component} in {seconds:.0f} s")


def _run_go(
    component: Component,
    go: GoPlatform,
    workspace: _Workspace,
    report: Callable[[str], None],
) -> float:
    """Run go build to its end and return the seconds it took."""
    scratch = {"GOARCH": go.arch, "GOTMPDIR": str(workspace.scratch)}
    command = [
        # The death signal ends go when this process is killed, so that no build outlives it.
        *("setpriv", "--pdeathsig", "TERM", "--"),
        *("go", "build", *component.flags, "-o", component.output(workspace.programs)),
        *component.targets.values(),
    ]
    begun = time.monotonic()
    with workspace.log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=component.folder,
            env=_go_environment(component) | scratch,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            while True:
                try:
                    code = process.wait(timeout=_REPORT_INTERVAL)
                    break
                except subprocess.TimeoutExpired:
                    report(f"building {component}: {time.monotonic() - begun:.0f} s so far")
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    lacking = [name for name in component.targets if not (workspace.programs / name).is_file()]
    if code or lacking:
        tail = workspace.log.read_text(errors="replace").splitlines()[-_TAIL_LINES:]
        reason = f"go build ended with {code}" if code else f"it made no {', '.join(lacking)}"
        raise BuildError(
            "\n".join([f"{component} could not be built: {reason}; its last lines:", *tail]),
            next_step=f"read {workspace.log}; when the network failed, run the same command "
            "again: it goes on where this build ended",
        )
    return time.monotonic() - begun


def _prune(store: Path, name: str, *, newest: Path) -> None:
    builds = [path for path in store.glob(f"{name}-*") if path.name.rpartition("-")[0] == name]
    for build_folder in superseded(builds, newest=newest):
        shutil.rmtree(build_folder)
