"""The kill table is of the faults that there are, and what the README says of it is what it says."""

import re
from pathlib import Path

from lab.faults.catalogue import FAULTS

ROOT = Path(__file__).parents[1]
TABLE = (ROOT / "docs" / "kill-table.md").read_text()


def test_every_fault_of_the_lab_is_in_the_table() -> None:
    named = re.findall(r"^\| \[`([a-z0-9-]+)`\]", TABLE, re.MULTILINE)

    assert sorted(named) == sorted(fault.name for fault in FAULTS)


def test_none_of_them_was_missed() -> None:
    assert not re.findall(r"^\|.*\| (?:MISSED|not tried).*$", TABLE, re.MULTILINE)


def test_the_readme_says_what_the_table_says() -> None:
    (said,) = re.findall(r"^Caught: .*$", TABLE, re.MULTILINE)

    assert said in " ".join((ROOT / "README.md").read_text().replace("\n> ", " ").split())
