from pathlib import Path

import pytest

import reports
from verdicts.report import Report


def test_every_rendering_lies_beside_the_report(report: Report, tmp_path: Path) -> None:
    written = reports.write_all(report, tmp_path)

    assert [path.name for path in written] == ["matrix.txt", "matrix.md", "report.html"]
    assert all(path.parent == tmp_path and path.read_text() for path in written)
    assert sorted(tmp_path.iterdir()) == sorted(written)


def test_rendering_again_changes_no_byte(report: Report, tmp_path: Path) -> None:
    first = {path: path.read_bytes() for path in reports.write_all(report, tmp_path)}

    assert {path: path.read_bytes() for path in reports.write_all(report, tmp_path)} == first


def test_a_failed_rendering_leaves_the_old_file(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "matrix.txt").write_text("old")
    monkeypatch.setattr(Path, "replace", _full_disk)

    with pytest.raises(OSError, match="no space"):
        reports.write_all(report, tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["matrix.txt"]
    assert (tmp_path / "matrix.txt").read_text() == "old"


def _full_disk(_source: Path, _target: Path) -> Path:
    raise OSError("no space left on device")
