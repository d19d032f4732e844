"""Putting a program of ours in another one's place, in a node's mount namespace alone.

The component `oci-launcher` stands there and becomes whatever command line the fault gives. It lies
in a layer over the program's folder, with its own configuration beside it; the host and the other
nodes go on seeing the folder itself. The real program is copied first, because the layer hides it.
"""

import shutil
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.errors import LabError
from lab.faults.site import Site
from lab.machine import Machine
from lab.oci_wrapper.installation import put_launcher

_REAL = "real"
_TARGET = "target"
_LAYER = "layer"


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


def cover(
    site: Site,
    target: Path,
    command: Sequence[str | Path],
    *,
    otherwise: Sequence[str | Path] = (),
) -> None:
    """Let a command line run, with whatever arguments, where the node runs the target.

    `otherwise` is for calls of an OCI runtime that neither create nor delete a container; where it
    is not given, every call is the command's. What is covered stays as it is: under a layer that
    is mounted nothing may change.
    """
    if _layers_on(site.machine, target.parent):
        return
    layer = site.folder / _LAYER
    layer.mkdir(exist_ok=True)
    put_launcher(
        layer / target.name,
        launcher=site.toolchain.binary("oci-launcher"),
        otherwise=otherwise or command,
        wrapper=command,
    )
    layers = ":".join(str(folder).replace(":", r"\:") for folder in (layer, target.parent))
    site.machine.run(
        *("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={layers}", target.parent)
    )


def uncover(site: Site) -> None:
    """Let the node see the target again; what was never covered is left alone."""
    kept = site.kept(_TARGET)
    if kept is None:
        return
    folder = Path(kept).parent
    for _ in range(_layers_on(site.machine, folder)):
        # Lazily: a call that is under way has the launcher open, and ends by itself.
        site.machine.run("umount", "--lazy", folder)


def _layers_on(machine: Machine, folder: Path) -> int:
    """Count the overlays that lie on a folder, in the machine; what keeps it visible is none."""
    lines = Path(f"/proc/{machine.init_pid}/mountinfo").read_text().splitlines()
    mounts = [line.split() for line in lines]
    return sum(
        words[4] == str(folder) and words[words.index("-") + 1] == "overlay" for words in mounts
    )


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
