"""Which faults are made: a folder each in the lab's state directory, there before anything else."""

import shutil
from dataclasses import dataclass

from lab.faults.site import Site
from lab.layout import Layout


@dataclass(frozen=True, slots=True, order=True)
class RecordedFault:
    """A fault that was made, or was begun."""

    place: str
    """The node's name, or `cluster`."""
    fault: str

    def __str__(self) -> str:
        return f"{self.fault} on {self.place}"


def recorded(layout: Layout) -> list[RecordedFault]:
    """Return the faults of the lab in a state directory, those of an interrupted command too."""
    return sorted(
        RecordedFault(place=path.parent.name, fault=path.name)
        for path in layout.faults.glob("*/*")
        if path.is_dir()
    )


def begin(site: Site) -> None:
    """Write the record, before the machine is touched."""
    site.folder.mkdir(parents=True)


def end(site: Site) -> None:
    """Forget the fault, when all is as it was."""
    shutil.rmtree(site.folder, ignore_errors=False)
    for folder in (site.folder.parent, site.layout.faults):
        if folder.exists() and not any(folder.iterdir()):
            folder.rmdir()
