"""The renderings as they look, in files that a reviewer reads."""

from syrupy.assertion import SnapshotAssertion

from reports import markdown, terminal
from verdicts.report import Report


def test_the_terminals_matrix_looks_so(regressed: Report, snapshot: SnapshotAssertion) -> None:
    assert terminal.as_text(regressed) == snapshot


def test_the_markdown_looks_so(regressed: Report, snapshot: SnapshotAssertion) -> None:
    assert markdown.render(regressed) == snapshot
