import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from reports import html
from verdicts.report import Report
from verdicts.vocabulary import Feature

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "</style><script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "&lt;b&gt;",
)
FETCHING = {"src", "srcset", "data", "poster", "action", "formaction", "background"}
VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """What a browser would make of the page: elements, attributes, text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_the_page_fetches_nothing_and_runs_nothing(report: Report) -> None:
    page = Page(html.render(report))

    assert not page.open
    assert not {"script", "img", "iframe", "object", "embed", "link", "form"} & {
        name for name, _ in page.elements
    }
    for _, attributes in page.elements:
        assert not FETCHING & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
        assert "style" not in attributes
    assert "url(" not in html.render(report)
    assert "@import" not in html.render(report)


def test_the_policy_allows_the_pages_own_style_and_nothing_else(report: Report) -> None:
    page = Page(html.render(report))

    policies = [meta["content"] for meta in page.of("meta") if "http-equiv" in meta]

    assert len(policies) == 1
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; "
        r"base-uri 'none'; form-action 'none'",
        policies[0] or "",
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_text(name: str, altered: Callable[..., Report]) -> None:
    hostile = altered(
        Feature.CNI_PLUGIN, "linux", seen=name, sources=(name, "javascript:alert(1)")
    )
    node = hostile.inventory.nodes[0].model_copy(update={"name": name, "os_image": name})
    record = hostile.evidence[0].model_copy(update={"observation": {name: name}})
    hostile = hostile.model_copy(
        update={
            "inventory": hostile.inventory.model_copy(update={"nodes": (node,)}),
            "provenance": hostile.provenance.model_copy(
                update={"run_id": name, "settings": {name: name}, "notes": (name,)}
            ),
            "evidence": (record, *hostile.evidence[1:]),
        }
    )

    page = Page(html.render(hostile))

    assert not page.open
    assert not {"script", "img", "b"} & {tag for tag, _ in page.elements}
    assert name in page.text
    links = [link["href"] or "" for link in page.of("a")]
    assert all(link.startswith(("#", "https://")) for link in links)


def test_a_hostile_platform_name_breaks_no_link(report: Report) -> None:
    cells = tuple(
        cell.model_copy(update={"platform": '"><b>x'}) if cell.platform == "linux" else cell
        for cell in report.cells
    )

    page = Page(html.render(report.model_copy(update={"cells": cells})))

    assert not page.of("b")
    assert '"><b>x' in page.text


def test_every_cell_of_the_table_leads_to_its_section(report: Report) -> None:
    page = Page(html.render(report))

    targets = {attributes.get("id") for _, attributes in page.elements}
    links = [link["href"] or "" for link in page.of("a")]
    inner = [link.removeprefix("#") for link in links if link.startswith("#")]

    assert len(inner) == len(report.cells)
    assert set(inner) <= targets


def test_a_cell_leads_to_its_checks_and_their_evidence(report: Report) -> None:
    text = " ".join(Page(html.render(report)).text.split())

    assert "fail (refused) shared-compartment-example on windows-2016-kernel-0" in text
    assert "/dial?host=127.0.0.1&port=8080" in text
    assert '"client": "probe"' in text
    assert '{"responses": ["a"]}' in text


def test_each_cell_says_its_origin(report: Report) -> None:
    page = Page(html.render(report))

    origins = [span["class"] for span in page.of("span") if "origin" in (span.get("class") or "")]

    assert origins.count("origin emulated") == 12
    assert origins.count("origin measured") == 6


def test_the_same_report_gives_the_same_page(report: Report) -> None:
    assert html.render(report) == html.render(report)


def test_control_characters_in_evidence_are_shown(report: Report) -> None:
    record = report.evidence[0]
    exchange = record.exchanges[0].model_copy(update={"answer": "one\ntwo\x00\x1b[31m"})
    noisy = report.model_copy(
        update={
            "evidence": (
                record.model_copy(update={"exchanges": (exchange,)}),
                *report.evidence[1:],
            )
        }
    )

    page = Page(html.render(noisy))

    assert "one\ntwo\\x00\\x1b[31m" in page.text
