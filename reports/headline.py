"""The first lines of every rendering: what was asked, when, by whom, and what was left open."""

from collections import Counter
from datetime import datetime

from reports.text import one_line
from verdicts.report import Report


def headline(report: Report) -> tuple[str, ...]:
    """Return two or three lines on one run; an incomplete one says so."""
    provenance, inventory = report.provenance, report.inventory
    nodes = Counter(
        f"{node.platform}{' (emulated)' if node.is_emulated else ''}" for node in inventory.nodes
    )
    listed = ", ".join(f"{count} {one_line(kind)}" for kind, count in sorted(nodes.items()))
    seconds = (provenance.ended - provenance.started).total_seconds()
    version, size = one_line(inventory.kubernetes_version), len(inventory.nodes)
    run, when = one_line(provenance.run_id), moment(provenance.started)
    lines = [
        f"Kubernetes {version}, {size} nodes: {listed or 'none'}",
        f"run {run}, {when}, {seconds:.0f} s, netparity {one_line(provenance.netparity)}",
    ]
    if not provenance.complete:
        lines.append("INCOMPLETE: the run ended early; what it had asked until then is below.")
    return tuple(lines)


def moment(time: datetime) -> str:
    """Return a time as every rendering prints it."""
    return time.strftime("%Y-%m-%d %H:%M:%S %Z").strip()
