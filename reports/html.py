"""The report as one HTML page that asks nothing of the network and runs no script."""

import base64
import hashlib
from pathlib import Path

import jinja2
from markupsafe import Markup

from reports.text import one_line
from reports.view import FILTERS, view
from verdicts.report import Report

TEMPLATES = Path(__file__).parent / "templates"


def render(report: Report) -> str:
    """Return the page: table, cell, checks and evidence, all in one file.

    Names in a report are hostile input. Values are escaped, and should one get through all the
    same, the content security policy allows no script, no request and no style but the page's.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    return environment.get_template("report.html.j2").render(
        view(report),
        style=Markup(style),  # noqa: S704  # our own file, nothing of the report in it
        policy=_policy(style),
    )


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _visible(value: object) -> object:
    """Show control characters in any value but markup and the already treated blocks."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return value if "\n" in value else one_line(value)
