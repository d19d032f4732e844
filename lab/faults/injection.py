"""Making a fault on the lab that is up, and clearing all of them, from whichever command."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches

from lab.boot import LabRecord
from lab.cluster import machines, recorded_lab
from lab.errors import LabError
from lab.faults import records
from lab.faults.catalogue import FAULTS
from lab.faults.fault import Fault
from lab.faults.records import RecordedFault
from lab.faults.site import CLUSTER, Site
from lab.layout import Layout
from lab.lock import only_one_command
from lab.paths import state_dir

Report = Callable[[str], None]

_LIST = "choose from `netparity lab fault list`"


def inject(name: str, node: str, *, report: Report = lambda _: None) -> Site:
    """Make a fault; one that cannot be made leaves nothing behind.

    `node` is a node's name, or empty for a fault of the whole cluster.

    Raises:
        LabError: no lab is up, there is no such fault or node, the fault does not apply there, it
            (or another that touches the same) is active, or it cannot be made.
    """
    with only_one_command():
        layout = Layout(state_dir())
        lab = _standing(layout)
        fault = known(name)
        site = _site(lab, layout, fault, node)
        _expect_free(site, fault, records.recorded(layout))
        records.begin(site)
        try:
            fault.means.make(site)
        except BaseException:
            # Ctrl-C included. If this fails too, the record stays, and `clear` tries again.
            fault.means.undo(site)
            records.end(site)
            raise
        report(f"made: {fault.name} on {site.place}")
        return site


def clear(*, report: Report = lambda _: None) -> None:
    """Take every fault back, those of an interrupted command too.

    Raises:
        LabError: no lab is up, or a fault cannot be taken back; the others are.
    """
    with only_one_command():
        layout = Layout(state_dir())
        lab = _standing(layout)
        made = records.recorded(layout)
        if not made:
            report("no fault is made")
        failed: list[LabError] = []
        for record in made:
            try:
                _take_back(record, layout, lab)
            except LabError as error:
                failed.append(error)
            else:
                report(f"cleared: {record}")
        if failed:
            raise LabError(
                "; ".join(str(error.args[0]) for error in failed),
                next_step="run `netparity lab fault clear` again, or `netparity lab down`, "
                "which takes every fault along",
            )


def _take_back(record: RecordedFault, layout: Layout, lab: LabRecord) -> None:
    site = Site(lab.topology, layout, record.fault, record.place)
    known(record.fault).means.undo(site)
    records.end(site)


def known(name: str) -> Fault:
    """Return the catalogue's fault of that name.

    Raises:
        LabError: there is none.
    """
    named = {fault.name: fault for fault in FAULTS}
    if name in named:
        return named[name]
    near = get_close_matches(name, named)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise LabError(f"no fault is called {name}", next_step=f"{hint}{_LIST}")


def _standing(layout: Layout) -> LabRecord:
    lab = recorded_lab(layout)
    if lab is None or not all(machine.is_alive for machine in machines(layout, lab)):
        raise LabError(
            f"no lab is up (state directory {layout.root})", next_step="run `netparity lab up`"
        )
    return lab


def _site(lab: LabRecord, layout: Layout, fault: Fault, node: str) -> Site:
    if fault.where.is_cluster:
        if node:
            raise LabError(
                f"{fault.name} concerns the whole cluster, not {node} alone",
                next_step="leave `--node` out",
            )
        return Site(lab.topology, layout, fault.name, CLUSTER)
    fitting = [each.name for each in lab.topology.nodes if fault.where.includes(each)]
    choice = f"choose from {', '.join(fitting)}" if fitting else "bring a lab up that has one"
    if not node:
        raise LabError(
            f"{fault.name} applies to {fault.where.words}, and no node was named",
            next_step=f"add `--node`: {choice}",
        )
    if not fault.where.includes(lab.topology.node(node)):
        raise LabError(
            f"{fault.name} applies to {fault.where.words}, and {node} is none", next_step=choice
        )
    return Site(lab.topology, layout, fault.name, node)


def _expect_free(site: Site, fault: Fault, active: Iterable[RecordedFault]) -> None:
    for record in active:
        if record.place == site.place and record.fault == fault.name:
            raise LabError(
                f"{record} is already injected",
                next_step="run `netparity lab fault clear` first",
            )
        touches = fault.means.touches
        if touches and record.place == site.place and known(record.fault).means.touches == touches:
            raise LabError(
                f"{record} is active, and touches {touches} as {fault.name} would",
                next_step="run `netparity lab fault clear` first",
            )
