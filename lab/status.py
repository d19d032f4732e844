"""What a lab's user is told about it: one line a node, the whole status, its logs."""

from collections.abc import Iterator
from pathlib import Path

from lab import proxies
from lab.api import Api, is_ready, name_of, objects
from lab.boot import LabRecord
from lab.cluster import machines, recorded_lab
from lab.errors import LabError
from lab.facts import effective_mode
from lab.faults.records import recorded
from lab.layout import Layout
from lab.machine import Machine
from lab.node_description import Column, Node
from lab.paths import state_dir


def lines(record: LabRecord) -> Iterator[str]:
    """Yield the kubeconfig's path, the facts file's, one line a node, one a fault that is made."""
    layout = Layout(state_dir())
    yield f"kubeconfig {layout.kubeconfig}"
    yield f"facts      {layout.facts}"
    for node in record.topology.nodes:
        yield _node_line(record, node)
    for fault in recorded(layout):
        yield f"fault      {fault} (`netparity lab fault clear` takes it back)"


def _node_line(record: LabRecord, node: Node) -> str:
    topology = record.topology
    program = proxies.described(topology, node)
    effective = effective_mode(record.proxy_modes[node.name])
    mode = f"{program.name} {program.version}, asked for {node.asked_mode}, runs {effective} mode"
    column = node.column.value if node.column is Column.LINUX else f"{node.column} (emulated)"
    return f"{node.name:<10} {topology.address(node)!s:<15} {column:<24} {mode}"


def report() -> Iterator[str]:
    """Yield the lab's status, line by line.

    Raises:
        LabError: no lab came up from this state directory.
    """
    layout = Layout(state_dir())
    record = recorded_lab(layout)
    if record is None:
        raise LabError(
            f"no lab is up (state directory {layout.root})",
            next_step="run `netparity lab up`",
        )
    topology = record.topology
    yield f"state directory {layout.root}"
    yield from lines(record)
    yield f"subnet {topology.subnet}, services {topology.service_cidr}, pods {topology.pod_cidr}"
    yield f"cluster domain {topology.cluster_domain}"
    versions = (f"{name} {version}" for name, version in topology.versions.model_dump().items())
    yield f"versions: {', '.join(versions)}"
    states = _node_states(layout, record)
    for machine in machines(layout, record):
        state = states.get(machine.name, "")
        yield f"{machine.name:<14} {_process_state(machine)}{state}"
    for node in topology.nodes:
        if node.emulations:
            by = ", ".join(sorted(node.emulations))
            yield f"{node.name:<14} emulates {node.column} by {by}"


def _process_state(machine: Machine) -> str:
    if not machine.is_alive:
        return "dead"
    ended = ", ".join(f"{name} (code {code})" for name, code in machine.ended().items())
    running = ", ".join(sorted(machine.running()))
    return f"runs {running}" + (f"; ended: {ended}" if ended else "")


def _node_states(layout: Layout, record: LabRecord) -> dict[str, str]:
    try:
        nodes = Api.of(layout, record.topology).get("/api/v1/nodes")["items"]
    except (OSError, LabError) as error:
        told = f"; API server does not answer: {error}"
        return {node.name: told for node in record.topology.nodes}
    return {
        name_of(node): "; Ready" if is_ready(node) else "; NotReady" for node in objects(nodes)
    }


def logs_of(name: str) -> Iterator[str]:
    """Yield the lines of a node's logs, each log after its path, or of one program's log.

    Raises:
        LabError: the lab has no such node or program.
    """
    layout = Layout(state_dir())
    folder = layout.logs / name
    single = layout.log(name)
    known = sorted(path.name.removesuffix(".log") for path in layout.logs.glob("*"))
    if name not in known:
        raise LabError(
            f"the lab has no logs of {name}",
            next_step=f"choose from {', '.join(known)}" if known else "run `netparity lab up`",
        )
    files = sorted(folder.glob("*.log")) if folder.is_dir() else [single]
    for file in files:
        yield f"==> {file} <==\n"
        yield from _tail(file)


def _tail(path: Path) -> Iterator[str]:
    with path.open(errors="replace") as log:
        yield from log
