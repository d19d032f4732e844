"""Faults of a node's CNI configuration."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from lab.api import is_ready
from lab.faults.site import Site
from lab.waiting import eventually

_READY_TIMEOUT = 60.0
_KEPT = "net.d-"
_TOUCHES = "the CNI configuration"


@dataclass(frozen=True, slots=True)
class NoConfiguration:
    """A node whose CNI configuration is gone: its pods go on, and it can make no more."""

    acts_on_new_pods: ClassVar[bool] = False

    @property
    def touches(self) -> str:
        """The folder of the configuration."""
        return _TOUCHES

    def make(self, site: Site) -> None:
        """Keep every file, and remove it."""
        for file in _kept(site):
            file.unlink(missing_ok=True)

    def undo(self, site: Site) -> None:
        """Put every file back, and wait until the node is ready again."""
        _restore(site)


@dataclass(frozen=True, slots=True)
class ConfigurationElsewhere:
    """A node whose folder of CNI configurations is empty, while its runtime goes on by copies."""

    acts_on_new_pods: ClassVar[bool] = False

    @property
    def touches(self) -> str:
        """The folder of the configuration."""
        return _TOUCHES

    def make(self, site: Site) -> None:
        """Lay copies over the runtime's path, in the node alone, and remove the files beneath."""
        copies = site.folder / "copies"
        if not copies.exists():
            shutil.copytree(_folder(site), copies)
        if not _is_covered(site):
            site.machine.run("mount", "--bind", copies, _folder(site))
        # What the runtime is told of the folder makes it read the path again: it finds the copies.
        for file in _kept(site):
            file.unlink(missing_ok=True)

    def undo(self, site: Site) -> None:
        """Put every file back, and take the copies away."""
        _restore(site)
        if _is_covered(site):
            site.machine.run("umount", "--lazy", _folder(site))


@dataclass(frozen=True, slots=True)
class WithoutPlugin:
    """A node whose configurations lack one of the chained plugins, so that nobody calls it."""

    plugin: str
    """Its type."""

    acts_on_new_pods: ClassVar[bool] = True

    @property
    def touches(self) -> str:
        """The folder of the configuration."""
        return _TOUCHES

    def make(self, site: Site) -> None:
        """Keep every file, and write it without the plugin."""
        for file in _kept(site):
            configuration = json.loads(file.read_text())
            plugins = configuration["plugins"]
            configuration["plugins"] = [each for each in plugins if each["type"] != self.plugin]
            _put(file, json.dumps(configuration, indent=2) + "\n")

    def undo(self, site: Site) -> None:
        """Put every file back as it was, and wait until the node is ready with it."""
        _restore(site)


def _kept(site: Site) -> list[Path]:
    """Write down what every file of the folder holds, and return their paths."""
    files = sorted(_folder(site).iterdir())
    for file in files:
        site.keep(f"{_KEPT}{file.name}", file.read_text())
    return files


def _restore(site: Site) -> None:
    """Put back what was written down; a folder that was never touched is left alone."""
    kept = [path for path in sorted(site.folder.glob(f"{_KEPT}*")) if path.suffix != ".new"]
    for file in kept:
        target, text = _folder(site) / file.name.removeprefix(_KEPT), file.read_text()
        if not target.exists() or target.read_text() != text:
            _put(target, text)
    if kept:
        eventually(
            lambda: is_ready(site.api.get(f"/api/v1/nodes/{site.place}")),
            what=f"{site.place} is ready with its CNI configuration back",
            timeout=_READY_TIMEOUT,
            next_step=f"read `netparity lab logs {site.place}`",
        )


def _put(target: Path, text: str) -> None:
    """Write a file in one step, of a name in the same folder: containerd reads none half written.

    It watches the folder, and reads it anew when a file there is written, renamed or removed; one
    that merely comes, as from another folder, it ignores (`cniNetConfSyncer` of its CRI plugin).
    """
    unfinished = target.with_name(f"{target.name}.new")
    unfinished.write_text(text)
    unfinished.rename(target)


def _folder(site: Site) -> Path:
    return site.machine.directory / "net.d"


def _is_covered(site: Site) -> bool:
    """Tell whether something is mounted on the folder, in the node."""
    mounts = Path(f"/proc/{site.machine.init_pid}/mountinfo").read_text().splitlines()
    return any(line.split()[4] == str(_folder(site)) for line in mounts)
