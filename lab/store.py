"""Folders of finished results: made by one process at a time, each appearing whole or not at all."""

import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

_UNFINISHED = ".unfinished-"
_KEPT = 2


@contextmanager
def exclusive(folder: Path, *, report: Callable[[str], None]) -> Iterator[None]:
    """Hold the folder's lock, made if need be, and remove what a killed process left in it.

    `report` gets a line when another process holds the lock and has to be waited for. The kernel
    gives the lock back however this process ends.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report(f"waiting for another netparity, which is at work in {folder}")
            fcntl.flock(file, fcntl.LOCK_EX)
        for left in folder.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(left)
        yield


@contextmanager
def unfinished(folder: Path) -> Iterator[Path]:
    """Give a workspace beside the results; what is not renamed out of it is removed.

    Only the holder of the folder's lock may ask, because a lock's next holder removes the workspace
    of a killed process.
    """
    with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=folder) as workspace:
        yield Path(workspace)


def superseded(results: Iterable[Path], *, newest: Path) -> list[Path]:
    """Return the results to remove: all but the newest and the last before it, by time of use.

    The one before is kept for a lab that still runs from it.
    """
    older = sorted(
        (result for result in results if result != newest),
        key=lambda result: result.stat().st_mtime_ns,
        reverse=True,
    )
    return older[_KEPT - 1 :]
