"""Makes plain pytest a conformance run: the plugin asks, and the reports say what it saw."""

from pathlib import Path

import pytest

pytest_plugins = ["conformance.plugin"]


@pytest.hookimpl(optionalhook=True)
def pytest_netparity_report(config: pytest.Config, report: Path) -> None:
    """Render the report that this run has just written, and print its matrix."""
    import reports  # noqa: PLC0415  # bare pytest, which tests the framework, renders nothing
    from reports.terminal import as_text  # noqa: PLC0415  # the same

    found = reports.read(report)
    written = reports.write_all(found, report.parent)
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None:
        return
    terminal.write_line("")
    terminal.write_line(as_text(found))
    for path in written:
        terminal.write_line(str(path))
