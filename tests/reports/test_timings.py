"""How soon traffic followed each change, in the renderings that tell it."""

import pytest

from reports import html, markdown
from reports.timings import timings
from verdicts.report import Report
from verdicts.timings import Timing


def timing(
    platform: str, seconds: float, *, change: str = "endpoint ready", is_followed: bool = True
) -> Timing:
    return Timing(
        check="kernel-convergence",
        node="linux-kernel-0",
        platform=platform,
        change=change,
        seconds=seconds,
        soon=10.0,
        bound=120.0,
        is_followed=is_followed,
    )


@pytest.fixture
def timed(report: Report) -> Report:
    taken = (
        timing("linux", 2.25),
        timing("linux", 0.5),
        timing("windows-1709", 14.0),
        timing("linux", 1.0, change="endpoint removed"),
        timing("windows-2016", 120.2, is_followed=False),
    )
    return report.model_copy(update={"timings": taken})


def test_a_row_tells_the_fastest_the_slowest_and_what_was_late_or_never(timed: Report) -> None:
    table = timings(timed)

    assert table is not None
    assert table.platforms == ("linux", "windows-1709", "windows-2016")
    assert {row.change: row.words for row in table.rows} == {
        "endpoint ready": ("0.5 to 2.2 s", "14.0 s, late", "not followed on 1 of 1 nodes"),
        "endpoint removed": ("1.0 s", "-", "-"),
    }
    assert table.bounds == "late after 10 s, not followed after 120 s"


def test_the_page_and_the_markdown_have_the_table(timed: Report) -> None:
    assert "<td>14.0 s, late</td>" in html.render(timed)
    assert "| endpoint removed | 1.0 s | - | - |" in markdown.render(timed)


def test_a_report_without_timings_has_no_such_section(report: Report) -> None:
    for render in (html.render, markdown.render):
        assert "how soon traffic followed" not in render(report)
