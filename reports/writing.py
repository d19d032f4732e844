"""Writing every rendering beside its report."""

import os
import tempfile
from pathlib import Path

from reports import html, markdown, terminal
from verdicts.report import Report

RENDERINGS = {
    "matrix.txt": terminal.as_text,
    "matrix.md": markdown.render,
    "report.html": html.render,
}


def write_all(report: Report, folder: Path) -> tuple[Path, ...]:
    """Render a report into files of the folder, and return their paths.

    A file is replaced whole or not at all.

    Raises:
        OSError: the folder cannot be written to.
    """
    written = []
    for name, render in RENDERINGS.items():
        target = folder / name
        _replace(target, render(report))
        written.append(target)
    return tuple(written)


def _replace(target: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    scratch = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        scratch.chmod(0o644)
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)
