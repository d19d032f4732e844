"""Faults of programs of a node or of the control plane: stopped, started again."""

import json
from dataclasses import dataclass
from typing import ClassVar

from lab.faults.site import Site
from lab.machine import Program
from lab.waiting import eventually

_READY_TIMEOUT = 60.0


def keep(site: Site, name: str) -> None:
    """Write down how a program was started and under which pid it runs, before it is touched."""
    program = site.machine.started(name)
    pid = site.machine.running().get(name)
    site.keep(f"{name}.json", json.dumps({"start": program.request(), "pid": pid}))


def kept_pid(site: Site, name: str) -> int | None:
    """Return the pid that a program had before it was touched; none where it was not."""
    kept = site.kept(f"{name}.json")
    pid = json.loads(kept)["pid"] if kept else None
    return pid if isinstance(pid, int) else None


def start_as_kept(site: Site, name: str) -> None:
    """Let the very program run that ran before; what was never touched is left alone."""
    kept = site.kept(f"{name}.json")
    if kept is None:
        return
    program = Program.of(json.loads(kept)["start"])
    machine = site.machine
    if name in machine.running() and machine.started(name).argv == program.argv:
        return
    machine.stop(name)
    machine.start(program)


@dataclass(frozen=True, slots=True)
class Stopped:
    """A program that is dead."""

    program: str

    acts_on_new_pods: ClassVar[bool] = False

    @property
    def touches(self) -> str:
        """The program."""
        return self.program

    def make(self, site: Site) -> None:
        """Kill it and whatever it runs."""
        keep(site, self.program)
        site.machine.stop(self.program)

    def undo(self, site: Site) -> None:
        """Start it as it was."""
        start_as_kept(site, self.program)


@dataclass(frozen=True, slots=True)
class Restarted:
    """A program of the control plane that was killed and started again."""

    program: str

    acts_on_new_pods: ClassVar[bool] = False

    @property
    def touches(self) -> str:
        """The program."""
        return self.program

    def make(self, site: Site) -> None:
        """Kill it, start it as it was, and wait until the API server is ready."""
        keep(site, self.program)
        site.machine.stop(self.program)
        start_as_kept(site, self.program)
        _await_api(site)

    def undo(self, site: Site) -> None:
        """See that it runs as it was."""
        start_as_kept(site, self.program)
        _await_api(site)


def _await_api(site: Site) -> None:
    eventually(
        site.api.readiness,
        until=lambda said: said == "ok",
        what="the API server is ready again",
        timeout=_READY_TIMEOUT,
        next_step="read `netparity lab logs kube-apiserver`",
    )
