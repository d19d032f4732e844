"""The matrix as Markdown, for a release's parity report or a comment on a change."""

from pathlib import Path

import jinja2

from reports.text import markdown, web_address
from reports.view import FILTERS, view
from verdicts.report import Report

TEMPLATES = Path(__file__).parent / "templates"


class _Verbatim(str):
    """Markdown that is meant as Markdown."""

    __slots__ = ()


def render(report: Report) -> str:
    """Return a Markdown document; every text that came from the cluster is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=False,  # noqa: S701  # this is no HTML; `finalize` escapes every value
        finalize=lambda value: value if isinstance(value, _Verbatim) else markdown(str(value)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(FILTERS, link=_link)
    return environment.get_template("report.md.j2").render(view(report))


def _link(text: str) -> str:
    address = web_address(text)
    return markdown(text) if address is None else _Verbatim(f"<{address}>")
