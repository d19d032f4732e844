"""The record of a run that survives its death: one file a check, one fsynced line each."""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from verdicts.evidence import Evidence
from verdicts.vocabulary import Frozen

JOURNAL_FILE: Final = "journal.jsonl"
_EVIDENCE: Final = "evidence"


class Line(Frozen):
    """One line of the journal: a record by its key, and the digest of its file."""

    key: str
    sha256: str
    at: datetime


class Journal:
    """The journal and the evidence of one run directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._path = directory / JOURNAL_FILE

    def write(self, evidence: Evidence) -> Line:
        """Write the evidence's file so that it is whole or absent; called in the worker."""
        content = evidence.model_dump_json(indent=2).encode()
        write_whole(self._file(evidence.key), content)
        return Line(key=evidence.key, sha256=_digest(content), at=datetime.now(UTC))

    def write_first(self, evidence: Evidence) -> Line | None:
        """Write the evidence's file unless another worker was faster; then return None."""
        content = evidence.model_dump_json(indent=2).encode()
        if not write_if_absent(self._file(evidence.key), content):
            return None
        return Line(key=evidence.key, sha256=_digest(content), at=datetime.now(UTC))

    def append(self, line: Line) -> None:
        """Append a line and see it on the disk; called in the controller only."""
        self._directory.mkdir(parents=True, exist_ok=True)
        content = f"{line.model_dump_json()}\n".encode()
        torn = self._path.exists() and self._path.read_bytes()[-1:] not in {b"\n", b""}
        with self._path.open("ab") as journal:
            # A controller that was killed may have left half a line; this one begins anew.
            journal.write(b"\n" + content if torn else content)
            journal.flush()
            os.fsync(journal.fileno())

    def adopt(self) -> tuple[str, ...]:
        """Append the lines of evidence that is whole and has none; return notes on what is not.

        An interrupted controller no longer hears what its workers had recorded by then.
        """
        known, _ = self._lines()
        notes = []
        for path in sorted((self._directory / _EVIDENCE).glob("[!.]*.json")):
            content = path.read_bytes()
            try:
                key = Evidence.model_validate_json(content).key
            except ValidationError:
                notes.append(f"the evidence in {path.name} is not readable and was left out")
                continue
            if key not in known:
                self.append(Line(key=key, sha256=_digest(content), at=datetime.now(UTC)))
        return tuple(notes)

    def find(self, key: str) -> Evidence | None:
        """Return a record whose file was written, whether or not it has its line yet."""
        try:
            return Evidence.model_validate_json(self._file(key).read_bytes())
        except FileNotFoundError:
            return None

    def read(self) -> tuple[tuple[Evidence, ...], tuple[str, ...]]:
        """Return the records that the journal holds, and notes on what was left out.

        Of two lines with the same key the last counts. A torn last line is dropped silently: a
        run that was killed while writing it never said it was done. A file that is not the one
        that its line tells of is left out, with a note.
        """
        lines, notes = self._lines()
        records = []
        for line in lines.values():
            try:
                content = self._file(line.key).read_bytes()
            except FileNotFoundError:
                notes.append(f"the evidence of {line.key} is missing")
                continue
            if _digest(content) != line.sha256:
                notes.append(f"the evidence of {line.key} is not what the journal tells of")
                continue
            records.append(Evidence.model_validate_json(content))
        return tuple(records), tuple(notes)

    def _lines(self) -> tuple[dict[str, Line], list[str]]:
        """Return the last line of each key, and notes on lines that cannot be read."""
        lines: dict[str, Line] = {}
        notes: list[str] = []
        raw = self._path.read_bytes().split(b"\n") if self._path.exists() else [b""]
        for number, text in enumerate(raw[:-1], start=1):
            try:
                line = Line.model_validate_json(text)
            except ValidationError:
                notes.append(f"journal line {number} is not readable and was left out")
                continue
            lines[line.key] = line
        return lines, notes

    def _file(self, key: str) -> Path:
        return self._directory / _EVIDENCE / f"{key}.json"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that whoever reads it finds all of it, the old one, or none."""
    _draft(path, content).replace(path)


def write_if_absent(path: Path, content: bytes) -> bool:
    """Write a whole file where there is none; say whether this process was the one to do it."""
    draft = _draft(path, content)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def _draft(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft


def write_value(path: Path, value: Frozen) -> None:
    """Write a value of ours as JSON, whole or not at all."""
    write_whole(path, value.model_dump_json(indent=2).encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
