"""Hooks that the plugin offers, so that others can follow a run without being imported by it."""

from pathlib import Path

import pytest


@pytest.hookspec
def pytest_netparity_report(config: pytest.Config, report: Path) -> None:
    """Render the report that a run which pytest itself prepared has just written."""
