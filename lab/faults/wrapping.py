"""Putting a program of ours in another one's place, in a node's mount namespace alone.

The real program is copied first, because the mount hides it from the node; the host and the other
nodes go on seeing the program itself.
"""

import shlex
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.errors import LabError
from lab.faults.site import Site
from lab.machine import Machine

_REAL = "real"
_TARGET = "target"


def keep_real(site: Site, target: Path) -> Path:
    """Copy the program that is at the path, and write down where it is; return the copy."""
    site.keep(_TARGET, str(target))
    copy = site.folder / _REAL / target.name
    if not copy.exists():
        copy.parent.mkdir(exist_ok=True)
        unfinished = copy.with_name(f"{copy.name}.new")
        shutil.copy2(target, unfinished)
        unfinished.rename(copy)
    return copy


def cover(site: Site, target: Path, command: Sequence[str | Path]) -> None:
    """Let a command line run, with whatever arguments, where the node runs the target."""
    script = site.folder / "in-its-place"
    words = " ".join(shlex.quote(str(word)) for word in command)
    script.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    script.chmod(0o755)
    if not mounts_on(site.machine, target):
        site.machine.run("mount", "--bind", script, target)


def uncover(site: Site) -> None:
    """Let the node see the target again; what was never covered is left alone."""
    kept = site.kept(_TARGET)
    if kept is None:
        return
    for _ in range(mounts_on(site.machine, Path(kept))):
        # Lazily: a call that is under way has the script open, and ends by itself.
        site.machine.run("umount", "--lazy", kept)


def mounts_on(machine: Machine, target: Path) -> int:
    """Count the mounts that lie on a file, in the machine."""
    lines = Path(f"/proc/{machine.init_pid}/mountinfo").read_text().splitlines()
    return sum(line.split()[4] == str(target) for line in lines)


def containerd(site: Site) -> Mapping[str, object]:
    """Return the configuration of the node's container runtime, of its CRI part."""
    text = (site.machine.directory / "containerd.toml").read_text()
    runtime: Mapping[str, object] = tomllib.loads(text)["plugins"]["io.containerd.cri.v1.runtime"]
    return runtime


def plugin_program(site: Site, name: str) -> Path:
    """Return the path by which the node's runtime runs a CNI plugin.

    Raises:
        LabError: it has no such plugin.
    """
    cni = containerd(site)["cni"]
    folders = cni["bin_dirs"] if isinstance(cni, dict) else []
    for folder in folders:
        if (Path(folder) / name).exists():
            return Path(folder) / name
    raise LabError(
        f"{site.place} has no CNI plugin {name}", next_step="run `netparity lab up` anew"
    )
