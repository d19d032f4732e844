"""The direction matrix in every rendering."""

import pytest

from reports import html, markdown, terminal
from reports.directions import rows
from verdicts.directions import ANY, Direction, Passage
from verdicts.observations.directions import ClientKind, Target
from verdicts.report import Report
from verdicts.vocabulary import Placement, Reply

SOURCE = "https://example.com/limits"


def direction(
    target: Target,
    protocol: str,
    passage: Passage = Passage.OPEN,
    *,
    answered: int = 2,
    because: str = "",
) -> Direction:
    replies = {Reply.ANSWERED: answered, Reply.TIMED_OUT: 2 - answered}
    return Direction(
        kind=ClientKind.POD,
        client="windows-1709",
        server="linux",
        placement=Placement.OTHER_NODE,
        target=target,
        protocol=protocol,
        passage=passage,
        flows=2,
        answered=answered,
        replies={kind: count for kind, count in replies.items() if count},
        because=because,
    )


@pytest.fixture
def asked(report: Report) -> Report:
    own_vip = direction(Target.CLUSTER_IP, "icmp", Passage.NOT_APPLICABLE, because="no host")
    return report.model_copy(
        update={
            "directions": (
                direction(Target.POD_IP, "tcp"),
                direction(Target.POD_IP, "udp"),
                direction(Target.CLUSTER_IP, "tcp"),
                direction(
                    Target.CLUSTER_IP,
                    "udp",
                    Passage.PARTLY,
                    answered=1,
                    because="a to b: timed-out",
                ),
                direction(
                    Target.NODE_PORT,
                    "tcp",
                    Passage.CLOSED,
                    answered=0,
                    because="c to d: timed-out",
                ),
                own_vip.model_copy(update={"server": ANY, "source": SOURCE}),
            )
        }
    )


def test_a_row_joins_both_protocols_where_they_agree(asked: Report) -> None:
    (row,) = rows(asked)

    assert [[f"{p.protocol} {p.word}" for p in cell] for cell in row.cells] == [
        ["tcp, udp ok"],
        ["tcp ok", "udp timed-out 1/2"],
        ["tcp timed-out"],
        [],
    ]


def test_the_terminal_prints_the_table_at_eighty_columns(asked: Report) -> None:
    text = terminal.as_text(asked)

    assert "Directions: who reaches whom" in text
    assert "udp" in text
    assert "windows-1709 to linux (other node) by NodePort over tcp: c to d: timed-out" in (
        " ".join(text.split())
    )
    assert SOURCE in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_page_has_a_heat_map_with_words(asked: Report) -> None:
    page = html.render(asked)

    assert '<table class="heat">' in page
    assert '<span class="passing open">tcp, udp: ok</span>' in page
    assert '<span class="passing closed">tcp: timed-out</span>' in page
    assert f'href="{SOURCE}"' in page


def test_the_markdown_has_the_table(asked: Report) -> None:
    text = markdown.render(asked)

    assert "| windows-1709 | linux | other node | tcp, udp: ok |" in text


def test_a_report_without_flows_has_no_such_section(report: Report) -> None:
    for render in (html.render, markdown.render, terminal.as_text):
        assert "who reaches whom" not in render(report)
