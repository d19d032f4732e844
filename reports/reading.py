"""Reading `report.json`: every reader says what is wrong with a file, and what to do next."""

import json
from pathlib import Path

from pydantic import ValidationError

from verdicts.report import Report

FILE_NAME = "report.json"
_VERSION = 1


class UnreadableReportError(Exception):
    """The file is not a report that this netparity reads; the message says what to do next."""


def read(path: Path) -> Report:
    """Return the report at a path: the file itself, or the folder of a run.

    Raises:
        UnreadableReportError: nothing is there, it is not JSON, it is of another version, or its
            fields are not those of a report.
    """
    file = path / FILE_NAME if path.is_dir() else path
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UnreadableReportError(
            f"{file} - no report there - Give a run's folder, or its {FILE_NAME}."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableReportError(
            f"{file} - the file cannot be read: {error} - Give a run's {FILE_NAME}."
        ) from error
    except json.JSONDecodeError as error:
        raise UnreadableReportError(
            f"{file} - not JSON (line {error.lineno}: {error.msg}) - "
            "The file is cut or was edited: run again, or take it from the run's own folder."
        ) from error
    version = data.get("version") if isinstance(data, dict) else None
    if version is None:
        raise UnreadableReportError(
            f"{file} - JSON, but not a report: it has no version - Give a run's {FILE_NAME}."
        )
    if version != _VERSION:
        raise UnreadableReportError(
            f"{file} - another version of the report - Expected: {_VERSION} Actual: {version!r} - "
            "Read it with the netparity that wrote it (`provenance.netparity` names it)."
        )
    try:
        return Report.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise UnreadableReportError(
            f"{file} - says version {_VERSION} and breaks its schema in {error.error_count()} "
            f"places, first {where}: {first['msg']} - "
            "Reports are never edited by hand: render the one that the run wrote."
        ) from error
