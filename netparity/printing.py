"""What the commands print of a report."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from reports.comparison import Change
from reports.terminal import print_matrix
from reports.text import one_line
from verdicts.inventory import Inventory, Node, ServiceProxy
from verdicts.report import Report
from verdicts.vocabulary import Mode


def show_report(report: Report, written: Sequence[Path]) -> None:
    """Print the matrix, and where every form of it lies."""
    console = Console(highlight=False, soft_wrap=False)
    print_matrix(report, console)
    paths = Console(highlight=False, soft_wrap=True)
    paths.print()
    for path in written:
        paths.print(str(path), markup=False)


def show_inventory(inventory: Inventory, *, to_stderr: bool = False) -> None:
    """Print the server, each node with the column it is judged as, and what was not readable."""
    console = Console(highlight=False, soft_wrap=True, stderr=to_stderr)
    chosen = {judged.node.name: judged.id for judged in inventory.judged}
    console.print(
        f"{inventory.server}: Kubernetes {one_line(inventory.kubernetes_version)}, "
        f"domain {one_line(inventory.cluster_domain)}, "
        f"DNS {inventory.dns_service_ip or 'not found'}",
        markup=False,
    )
    for node in inventory.nodes:
        console.print(_node(node), markup=False)
        console.print(f"    {_proxy(node.proxy)}", markup=False)
        console.print(f"    {_judged(node, chosen.get(node.name))}", markup=False)
    for policy in inventory.policies:
        console.print(f"policy: {one_line(str(policy))}", markup=False)
    for warning in inventory.warnings:
        console.print(f"warning: {one_line(warning)}", markup=False)


def _node(node: Node) -> str:
    stands = f" (emulated by {', '.join(node.emulated_by)})" if node.is_emulated else ""
    system = f"{node.operating_system} {node.kernel_version}, kubelet {node.kubelet_version}"
    return one_line(f"{node.name}  {node.platform}{stands}: {system}")


def _proxy(proxy: ServiceProxy) -> str:
    program = f"{proxy.program} {proxy.version}".strip() or "unknown program"
    plane = f" ({proxy.data_plane})" if proxy.data_plane else ""
    fell = (
        f", asked for {proxy.asked} mode ({proxy.asked_by})"
        if proxy.asked not in {proxy.effective, Mode.UNKNOWN}
        else ""
    )
    masquerades = f"; masquerades all ({proxy.masquerade_by})" if proxy.masquerade_all else ""
    return one_line(
        f"service proxy: {program}{plane}, {proxy.effective} mode{fell}; "
        f"known by {proxy.known_by}{masquerades}"
    )


def _judged(node: Node, judged: str | None) -> str:
    if not node.ready:
        return one_line(f"NOT READY: {node.reason}")
    return f"judged as {judged}" if judged else "not sampled"


def show_changes(changes: Sequence[Change]) -> None:
    """Print what differs, a paragraph for each cell."""
    console = Console(highlight=False, soft_wrap=True)
    if not changes:
        console.print("no cell differs")
    for change in changes:
        mark = "REGRESSION " if change.regression else ""
        head = f"{mark}{change.kind}: {change.feature} on {one_line(change.platform)}"
        console.print(head, markup=False, style="bold red" if change.regression else "bold")
        only = change.after or change.before
        if change.kind != "changed" and only is not None:
            console.print(f"  {only.verdict} ({only.origin}): {one_line(only.seen)}", markup=False)
        for detail in change.details:
            console.print(f"  {one_line(detail)}", markup=False)
