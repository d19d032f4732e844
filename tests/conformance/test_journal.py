"""The journal tells of what is whole, whenever its writer died."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from conformance.journal import Journal
from verdicts.evidence import Evidence
from verdicts.findings import Finding

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def record(check: str = "one", seen: str = "well") -> Evidence:
    return Evidence(
        check=check,
        node="linux-kernel-0",
        claim="a_claim",
        started=NOW,
        ended=NOW,
        observation=None,
        finding=Finding.passed(seen),
    )


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path)


def test_what_was_appended_is_read_back(journal: Journal) -> None:
    journal.append(journal.write(record("one")))
    journal.append(journal.write(record("two")))

    records, notes = journal.read()

    assert [each.check for each in records] == ["one", "two"]
    assert notes == ()


def test_a_run_that_recorded_nothing_has_an_empty_journal(journal: Journal) -> None:
    assert journal.read() == ((), ())


def test_a_torn_last_line_is_dropped(journal: Journal, tmp_path: Path) -> None:
    journal.append(journal.write(record("one")))
    line = journal.write(record("two")).model_dump_json()
    with (tmp_path / "journal.jsonl").open("a", encoding="utf-8") as file:
        file.write(line[: len(line) // 2])

    records, notes = journal.read()

    assert [each.check for each in records] == ["one"]
    assert notes == ()


def test_a_line_torn_in_the_middle_is_noted(journal: Journal, tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_text('{"key": "one@li\n', encoding="utf-8")
    journal.append(journal.write(record("two")))

    records, notes = journal.read()

    assert [each.check for each in records] == ["two"]
    assert notes == ("journal line 1 is not readable and was left out",)


def test_of_two_lines_the_last_counts(journal: Journal) -> None:
    journal.append(journal.write(record(seen="first")))
    journal.append(journal.write(record(seen="second")))

    records, notes = journal.read()

    assert [each.finding.seen for each in records] == ["second"]
    assert notes == ()


def test_evidence_changed_behind_the_journals_back_is_left_out(
    journal: Journal, tmp_path: Path
) -> None:
    journal.append(journal.write(record()))
    path = tmp_path / "evidence" / "one@linux-kernel-0.json"
    path.write_text(path.read_text(encoding="utf-8").replace("well", "ill"), encoding="utf-8")

    records, notes = journal.read()

    assert records == ()
    assert notes == ("the evidence of one@linux-kernel-0 is not what the journal tells of",)


def test_missing_evidence_is_noted(journal: Journal, tmp_path: Path) -> None:
    journal.append(journal.write(record()))
    (tmp_path / "evidence" / "one@linux-kernel-0.json").unlink()

    assert journal.read() == ((), ("the evidence of one@linux-kernel-0 is missing",))


def test_no_draft_is_left_beside_the_evidence(journal: Journal, tmp_path: Path) -> None:
    journal.write(record())

    assert [p.name for p in (tmp_path / "evidence").iterdir()] == ["one@linux-kernel-0.json"]


def test_evidence_that_is_not_whole_is_noted_and_not_adopted(
    journal: Journal, tmp_path: Path
) -> None:
    (tmp_path / "evidence").mkdir(exist_ok=True)
    (tmp_path / "evidence" / "torn@linux-kernel-0.json").write_bytes(b"")

    notes = journal.adopt()

    assert notes == ("the evidence in torn@linux-kernel-0.json is not readable and was left out",)
    assert "torn" not in {record.check for record in journal.read()[0]}


def test_evidence_that_its_controller_did_not_hear_of_is_adopted(
    journal: Journal, tmp_path: Path
) -> None:
    journal.append(journal.write(record("one")))
    journal.write(record("two"))
    (tmp_path / "evidence" / ".three@linux-kernel-0.json.77").write_bytes(b"{")

    journal.adopt()

    records, notes = journal.read()
    assert [each.check for each in records] == ["one", "two"]
    assert notes == ()


def test_a_line_after_a_torn_one_is_whole(journal: Journal, tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_text('{"key": "one@li', encoding="utf-8")

    journal.append(journal.write(record("two")))

    assert [each.check for each in journal.read()[0]] == ["two"]
