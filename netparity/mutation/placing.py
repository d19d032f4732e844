"""Choosing where a fault is made, and which nodes are asked then; pure."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.platforms import LINUX
from lab.faults.fault import Fault, Turns
from lab.faults.runtimes import WrappedRuntime
from lab.topology import Topology
from netparity.declared import heavy_checks
from verdicts.inventory import JudgedNode
from verdicts.report import Cell, Report
from verdicts.vocabulary import Feature, Outcome, Verdict, Weight

_PROXY: Final = (Feature.USER_MODE, Feature.KERNEL_MODE, Feature.DNS_SUFFIXES)
# What is within one pod: which compartment a container is in decides its addresses and whose
# resolver it asks, and nothing of what other pods and nodes do.
_WITHIN_POD: Final = (
    Feature.SHARED_COMPARTMENT,
    Feature.SINGLE_ENDPOINT,
    Feature.DNS_SUFFIXES,
)
_TOUCHED: Final[Mapping[str, Sequence[Feature]]] = {
    Feature.SHARED_COMPARTMENT: _WITHIN_POD,
    # A service proxy forwards what goes to Services, DNS among them; pods reach each other and
    # their own containers without it.
    Feature.USER_MODE: _PROXY,
    Feature.KERNEL_MODE: _PROXY,
    # Names are asked by the resolver of a container, over a Service.
    Feature.DNS_SUFFIXES: _PROXY,
}
"""The rows that a fault of a row can touch; one of any other row, or of the harness, touches all."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A fault and the node that it is made on."""

    fault: Fault
    judged: JudgedNode
    neighbour: JudgedNode | None
    """Asked besides: a fault must not show on it, and where it runs Linux it is the control."""

    @property
    def node(self) -> str:
        """The name under which the fault is made; empty for one of the whole cluster."""
        return "" if self.fault.where.is_cluster else self.judged.node.name

    @property
    def asked(self) -> tuple[str, ...]:
        """The names of the nodes that are asked; a heavy check of a Linux node needs no control."""
        needs_control = self.judged.platform != LINUX or heavy_checks().isdisjoint(self.checks)
        found = (self.judged, self.neighbour if needs_control else None)
        return tuple(each.node.name for each in found if each is not None)

    @property
    def features(self) -> tuple[Feature, ...]:
        """The rows that are asked: those that the fault can touch, and no other may it turn."""
        expects = self.fault.expects
        if not isinstance(expects, Turns):
            return tuple(Feature)
        # A runtime has a say in what a container is given, and none in what the node forwards.
        if isinstance(self.fault.means, WrappedRuntime):
            return _WITHIN_POD
        return tuple(_TOUCHED.get(expects.feature, Feature))

    @property
    def checks(self) -> tuple[str, ...]:
        """The check that must show the fault, which the core may not have."""
        expects = self.fault.expects
        return (expects.check,) if isinstance(expects, Turns) else ()

    @property
    def key(self) -> str:
        """The name of the experiment's file and folder."""
        return f"{self.fault.name}@{self.node or 'cluster'}"


def placements(
    fault: Fault, clean: Report, topology: Topology, *, everywhere: bool
) -> tuple[Placement, ...]:
    """Place a fault on one node of each column that could show it.

    A column can show it where its cell is supported and the expected check passes on a node
    that the fault applies to; a heavy one may not be asked yet. One of the columns is chosen,
    unless it is to be `everywhere`: by the fault's name, so that all columns get their share, and a
    new fault moves none of the others.

    None where no column could show it.
    """
    shows = [judged for judged in clean.inventory.judged if _shows(fault, judged, clean, topology)]
    columns = {judged.platform: judged for judged in reversed(shows)}
    names = sorted(columns)
    if names and not everywhere:
        names = [names[zlib.crc32(fault.name.encode()) % len(names)]]
    return tuple(
        Placement(fault, columns[name], _neighbour(columns[name], clean.inventory.judged))
        for name in names
    )


def _shows(fault: Fault, judged: JudgedNode, clean: Report, topology: Topology) -> bool:
    node = topology.node(judged.node.name)
    if fault.where.is_cluster:
        if node != topology.dns_node:
            return False
    elif not fault.where.includes(node):
        return False
    expects = fault.expects
    if not isinstance(expects, Turns):
        return True
    supported = {cell.feature for cell in clean.cells if _is_supported(cell, judged.platform)}
    if expects.check in heavy_checks() - {check.id for check in clean.catalogue}:
        return expects.feature in supported and Feature(expects.feature).mode in {
            None,
            judged.mode,
        }
    return any(
        result.weight is Weight.REPORTED
        or (result.outcome is Outcome.PASS and result.feature in supported)
        for result in clean.checks
        if (result.check, result.node) == (expects.check, judged.id)
    )


def _is_supported(cell: Cell, platform: str) -> bool:
    return cell.platform == platform and cell.verdict is Verdict.SUPPORTED


def _neighbour(judged: JudgedNode, nodes: Sequence[JudgedNode]) -> JudgedNode | None:
    """Return a node across the divide between Linux and Windows, of the same proxy mode if any."""

    def fitting() -> Iterator[JudgedNode]:
        across = [n for n in nodes if (n.platform == LINUX) != (judged.platform == LINUX)]
        yield from (node for node in across if node.mode is judged.mode)
        yield from across

    return next(fitting(), None)
