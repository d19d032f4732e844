"""Faults of a node's CNI configuration."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from lab.api import is_ready
from lab.faults.site import Site
from lab.waiting import eventually

_READY_TIMEOUT = 60.0
_KEPT = "net.d-"


@dataclass(frozen=True, slots=True)
class NoConfiguration:
    """A node whose CNI configuration is gone: its pods go on, and it can make no more."""

    acts_on_new_pods: ClassVar[bool] = False

    @property
    def touches(self) -> str:
        """The folder of the configuration."""
        return "the CNI configuration"

    def make(self, site: Site) -> None:
        """Keep every file, and remove it."""
        for file in sorted(_folder(site).iterdir()):
            site.keep(f"{_KEPT}{file.name}", file.read_text())
            file.unlink()

    def undo(self, site: Site) -> None:
        """Put every file back, and wait until the node is ready again."""
        kept = [path for path in sorted(site.folder.glob(f"{_KEPT}*")) if path.suffix != ".new"]
        for file in kept:
            target = _folder(site) / file.name.removeprefix(_KEPT)
            if not target.exists():
                # Written beside first: the runtime watches the folder, and reads what comes at once.
                unfinished = site.folder / f"restored-{target.name}"
                unfinished.write_text(file.read_text())
                unfinished.rename(target)
        if kept:
            eventually(
                lambda: is_ready(site.api.get(f"/api/v1/nodes/{site.place}")),
                what=f"{site.place} is ready with its CNI configuration back",
                timeout=_READY_TIMEOUT,
                next_step=f"read `netparity lab logs {site.place}`",
            )


def _folder(site: Site) -> Path:
    return site.machine.directory / "net.d"
