import io
import re
from collections.abc import Callable

import pytest
from rich.console import Console

from reports import html, markdown, terminal
from verdicts.report import Report
from verdicts.vocabulary import Agreement, Feature, Origin, Verdict


def test_nothing_is_wider_than_eighty_columns(regressed: Report) -> None:
    lines = terminal.as_text(regressed).splitlines()

    assert max(len(line) for line in lines) <= 80


def test_each_row_shows_each_columns_verdict_and_origin(report: Report) -> None:
    text = terminal.as_text(report)

    assert re.search(r"windows-2016 +windows-1709 +linux", text)
    assert re.search(
        r"Containers of a pod share +≈ alternative +✓ supported +✓ supported\n"
        r"one compartment +emulated +emulated +measured",
        text,
    )
    assert re.search(r"Kernel-mode load +✗ unsupported +✓ supported +✓ supported", text)


def test_every_cell_has_its_sentence(report: Report) -> None:
    text = " ".join(terminal.as_text(report).split())

    for cell in report.cells:
        assert f"{cell.platform} ({cell.origin}): {cell.seen}" in text


def test_a_report_as_expected_says_so_first(report: Report) -> None:
    text = terminal.as_text(report)

    assert text.index("Every cell that was asked is as expected.") < text.index("feature  ")
    assert "Not as expected" not in text


def test_a_regression_stands_above_the_table_and_in_its_cell(regressed: Report) -> None:
    text = terminal.as_text(regressed)
    above, table = text.split("feature  ", maxsplit=1)

    assert (
        "REGRESSION kernel-mode-load-balancing on windows-1709: unsupported, expected supported"
        in " ".join(above.split())
    )
    assert "of 3 backends 10.66.0.70 never answered" in above
    assert "REGRESSION" in table


def test_a_quoted_cell_is_never_unexpected(altered: Callable[..., Report]) -> None:
    quoted = altered(
        Feature.CNI_PLUGIN,
        "windows-2016",
        origin=Origin.DOCUMENTED,
        agreement=Agreement.UNKNOWN,
    )

    text = terminal.as_text(quoted)

    assert "Every cell that was asked is as expected." in text
    assert "documented: no such node here" in text


def test_a_seed_column_without_cells_is_still_printed(report: Report) -> None:
    linux = report.model_copy(
        update={"cells": tuple(cell for cell in report.cells if cell.platform == "linux")}
    )

    assert re.search(r"windows-2016 +windows-1709 +linux", terminal.as_text(linux))
    assert "not asked" in terminal.as_text(linux)


def test_a_report_without_a_linux_node_says_what_failures_are_worth(report: Report) -> None:
    inventory = report.inventory
    others = [judged.node.name for judged in inventory.judged if judged.platform != "linux"]
    windows = report.model_copy(update={"inventory": inventory.narrowed(others)})

    said = " ".join(terminal.as_text(windows).split())

    assert "NO CONTROL: no Linux node that could be one was asked for shared-compartment," in said
    assert "may be the cluster's rather than the platform's" in said
    assert "NO CONTROL" in markdown.render(windows)
    assert "NO CONTROL" in html.render(windows)
    assert "NO CONTROL" not in terminal.as_text(report)


def test_rows_that_were_not_asked_for_are_left_out(report: Report) -> None:
    one = report.model_copy(
        update={
            "cells": tuple(cell for cell in report.cells if cell.feature is Feature.CNI_PLUGIN)
        }
    )

    assert "CNI plugin support" in terminal.as_text(one)
    assert "Kernel-mode" not in terminal.as_text(one)


def test_more_columns_than_fit_go_into_a_second_table(report: Report) -> None:
    later = [
        cell.model_copy(update={"platform": platform})
        for cell in report.cells
        if cell.platform == "linux"
        for platform in ("windows-2019", "windows-2022", "windows-2025")
    ]
    wide = report.model_copy(update={"cells": (*report.cells, *later)})

    text = terminal.as_text(wide)
    headings = re.findall(r"^feature +(.+)$", text, flags=re.MULTILINE)

    assert " ".join(" ".join(headings).split()) == (
        "windows-2016 windows-1709 windows-2019 windows-2022 windows-2025 linux"
    )
    assert max(len(line) for line in text.splitlines()) <= 80


def test_an_escape_sequence_in_a_name_is_shown_and_not_obeyed(
    altered: Callable[..., Report],
) -> None:
    hostile = altered(
        Feature.CNI_PLUGIN, "linux", seen="pod \x1b[2Jowned\u202e [red]loud[/red]\nsecond line"
    )

    text = terminal.as_text(hostile)

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert r"pod \x1b[2Jowned\u202e [red]loud[/red] second line" in " ".join(text.split())


def test_a_terminal_without_unicode_gets_words_alone(report: Report) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    console = Console(file=stream, width=80)

    terminal.print_matrix(report, console)

    stream.flush()
    text = stream.buffer.getvalue().decode("ascii")
    assert "alternative" in text
    assert "emulated" in text


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_a_word_in_its_cell(
    verdict: Verdict, altered: Callable[..., Report]
) -> None:
    text = terminal.as_text(altered(Feature.CNI_PLUGIN, "linux", verdict=verdict))

    row = next(line for line in text.splitlines() if line.startswith("CNI plugin support"))
    assert row.endswith(f" {verdict}")


def test_an_interrupted_run_says_so_on_top(report: Report) -> None:
    cut = report.model_copy(
        update={"provenance": report.provenance.model_copy(update={"complete": False})}
    )

    assert "INCOMPLETE" in terminal.as_text(cut).split("feature  ")[0]


def test_notes_stand_below_the_sentences(report: Report) -> None:
    noted = report.model_copy(
        update={
            "provenance": report.provenance.model_copy(update={"notes": ("no evidence pods",)})
        }
    )

    text = terminal.as_text(noted)

    assert text.index("What was seen") < text.index("Notes\n  no evidence pods")
