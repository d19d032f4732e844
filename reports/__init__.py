"""Facts to matrix: every rendering is a fold of `report.json`, and no verdict is computed here."""

from reports.reading import UnreadableReportError, read
from reports.writing import write_all

__all__ = ["UnreadableReportError", "read", "write_all"]
