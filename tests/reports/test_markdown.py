from collections.abc import Callable

from reports import markdown
from verdicts.report import Report
from verdicts.vocabulary import Feature


def tables(text: str) -> list[list[str]]:
    blocks = [block.splitlines() for block in text.split("\n\n")]
    return [block for block in blocks if block and block[0].startswith("|")]


def test_the_matrix_is_a_table_of_one_column_a_platform(report: Report) -> None:
    matrix = tables(markdown.render(report))[0]

    assert matrix[0] == "| feature | windows-2016 | windows-1709 | linux |"
    assert len(matrix) == 2 + 6
    assert matrix[2] == (
        "| Containers of a pod share one compartment | ≈ alternative, *emulated* "
        "| ✓ supported, *emulated* | ✓ supported, *measured* |"
    )


def test_no_value_breaks_a_table(altered: Callable[..., Report]) -> None:
    hostile = altered(
        Feature.CNI_PLUGIN, "linux", seen="a | b\n| c | <img src=x> [x](javascript:1) `d` \\"
    )

    for table in tables(markdown.render(hostile)):
        bars = {line.replace(r"\\", "").replace(r"\|", "").count("|") for line in table}
        assert len(bars) == 1
    assert r"a \| b \| c \| \<img src=x\> \[x\](javascript:1) \`d\` \\ |" in markdown.render(
        hostile
    )


def test_a_regression_stands_above_the_table(regressed: Report) -> None:
    text = markdown.render(regressed)

    assert text.index("**regression**") < text.index("## Matrix")


def test_sources_are_links(report: Report) -> None:
    assert "<https://kubernetes.io/blog/2017/09/" in markdown.render(report)
