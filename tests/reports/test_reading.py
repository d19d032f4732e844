import json
from pathlib import Path

import pytest

from reports.reading import UnreadableReportError, read
from verdicts.report import Report


def test_a_report_comes_back_as_it_was_written(report: Report, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(report.model_dump_json())

    assert read(tmp_path) == report
    assert read(tmp_path / "report.json") == report


def test_a_missing_report_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableReportError, match="no report there - Give a run's folder"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"not JSON \(line 1"),
        ('{"version": 1, "cells": [', "The file is cut or was edited"),
        ("[]", "it has no version"),
        ("{}", "it has no version"),
        ('{"version": 2}', "Expected: 1 Actual: 2"),
        ('{"version": 1}', "breaks its schema in"),
    ],
)
def test_a_file_that_is_no_report_says_why(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text(text)

    with pytest.raises(UnreadableReportError, match=message) as raised:
        read(file)

    assert str(raised.value).startswith(str(file))


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(UnreadableReportError, match="cannot be read"):
        read(file)


def test_an_unknown_field_breaks_the_schema(report: Report, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text(json.dumps({**report.dump(), "opinion": "good"}))

    with pytest.raises(UnreadableReportError, match="first opinion"):
        read(file)
