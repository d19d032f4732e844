"""The first lines of every rendering: what was asked, when, by whom, and what was left open."""

from collections import Counter
from datetime import datetime

from reports.text import one_line
from verdicts.blame import CONTROL_PLATFORM
from verdicts.report import Report
from verdicts.vocabulary import Feature


def headline(report: Report) -> tuple[str, ...]:
    """Return two to four lines on one run; one that is incomplete, or lacks a control, says so."""
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
    without = _without_control(report)
    if without:
        lines.append(
            "NO CONTROL: no Linux node that could be one was asked for "
            f"{', '.join(without)}. A failure there counts as long as the pod reaches its own "
            "address, and may be the cluster's rather than the platform's."
        )
    return tuple(lines)


def _without_control(report: Report) -> tuple[Feature, ...]:
    """Return the rows that were asked of other platforms, and of no Linux node in their mode."""
    asked = {cell.feature for cell in report.cells}
    platforms = {
        feature: {
            judged.platform
            for judged in report.inventory.judged
            if feature.mode in {None, judged.mode}
        }
        for feature in Feature
        if feature in asked
    }
    return tuple(
        feature for feature, met in platforms.items() if met and CONTROL_PLATFORM not in met
    )


def moment(time: datetime) -> str:
    """Return a time as every rendering prints it."""
    return time.strftime("%Y-%m-%d %H:%M:%S %Z").strip()
