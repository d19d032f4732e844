"""Reports of a lab of five nodes, by the fold itself, clean and with whatever a test lets fail."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from lab.faults.fault import Bite, Fault, Moment, Turns, Undecided, Where
from lab.faults.places import ANY_NODE
from lab.faults.site import Site
from lab.faults.trial import Trial
from lab.node_description import Node
from netparity.mutation.judging import Pair
from tests.verdicts.records import check, inventory, judged
from verdicts.checks import Witness
from verdicts.evidence import Evidence, Role
from verdicts.findings import Finding
from verdicts.fold import fold
from verdicts.inventory import JudgedNode
from verdicts.report import Provenance, Report
from verdicts.vocabulary import Feature, Mode, Weight

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

_PLACES = {
    "linux-a": ("linux", Mode.KERNEL),
    "linux-b": ("linux", Mode.USER),
    "win1709-a": ("windows-1709", Mode.KERNEL),
    "win1709-b": ("windows-1709", Mode.USER),
    "win2016": ("windows-2016", Mode.USER),
}

CATALOGUE = (
    check("one-stack", Feature.SHARED_COMPARTMENT),
    check("other-stack", Feature.SHARED_COMPARTMENT, rests_on=frozenset({"one-stack"})),
    check("user-tcp", Feature.USER_MODE, needs=frozenset({Witness.POD_TO_POD_TCP})),
    check("kernel-tcp", Feature.KERNEL_MODE, needs=frozenset({Witness.POD_TO_POD_TCP})),
    check("kernel-extra", Feature.KERNEL_MODE, Weight.SUPPORTING),
    check("names", Feature.DNS_SUFFIXES, needs=frozenset({Witness.CLUSTER_IP_UDP})),
    check("rewrites", Feature.DNS_SUFFIXES),
    check("addresses", Feature.CNI_PLUGIN),
    check("origin", Feature.CNI_PLUGIN, Weight.REPORTED),
)

_OF_2016 = {
    ("one-stack", "win2016"): Finding.failed("refused", "no"),
    ("other-stack", "win2016"): Finding.failed("other-address", "another"),
    ("names", "win2016"): Finding.failed("default-suffix", "another's"),
    ("rewrites", "win2016"): Finding.not_applicable("reported-rewrites", "it rewrites"),
    ("addresses", "win2016"): Finding.failed("no-plugin", "none"),
}
"""What the old build has its own way with, of this catalogue."""

FAILED = Finding.failed("broken", "it is broken")


def lab_node(name: str) -> JudgedNode:
    platform, mode = _PLACES[name]
    falls_back = Mode.KERNEL if name == "win2016" else None
    emulated_by = () if platform == "linux" else ("lab",)
    found = judged(platform, mode, emulated_by=emulated_by, asked=falls_back)
    return found.model_copy(update={"node": found.node.model_copy(update={"name": name})})


NODES = {name: lab_node(name) for name in _PLACES}

Findings = Mapping[tuple[str, str], Finding | None]


def reported(findings: Findings | None = None, *, nodes: tuple[str, ...] = tuple(NODES)) -> Report:
    """A run in which everything passes but what is given; None stands for what was not run."""
    given: dict[tuple[str, str], Finding | None] = {**_OF_2016, **(findings or {})}
    asked = [NODES[name] for name in nodes]
    roles = {
        **{each.id: Role.CHECK for each in CATALOGUE},
        **dict.fromkeys(Witness, Role.WITNESS),
    }
    evidence = [
        _record(name, node, finding, role)
        for name, role in roles.items()
        for node in asked
        if (finding := given.get((name, node.node.name), Finding.passed("well"))) is not None
    ]
    known = inventory(*asked)
    folded = fold(inventory=known, catalogue=CATALOGUE, evidence=evidence)
    return Report(
        provenance=Provenance(
            netparity="0.1.0",
            suite_commit="",
            python="3.11",
            run_id="r1",
            started=NOON,
            ended=NOON,
            complete=True,
            settings={},
        ),
        inventory=known,
        cells=folded.cells,
        checks=folded.checks,
        catalogue=CATALOGUE,
        evidence=tuple(evidence),
    )


def _record(name: str, node: JudgedNode, finding: Finding, role: Role) -> Evidence:
    return Evidence(
        role=role,
        check=name,
        node=node.id,
        claim="a_claim",
        started=NOON,
        ended=NOON,
        observation={},
        finding=finding,
    )


def pair(
    findings: Findings, *, exit_code: int, nodes: tuple[str, ...] = ("win1709-a", "linux-a")
) -> Pair:
    return Pair(clean=reported(), faulty=reported(findings, nodes=nodes), exit_code=exit_code)


def turns(check: str, feature: Feature, *, verdict: str = "unsupported") -> Turns:
    return Turns(check=check, feature=feature, codes=("broken",), verdict=verdict)


class Means:
    """Does nothing, and takes a note of it."""

    touches = ""
    acts_on_new_pods = False

    def __init__(self) -> None:
        self.notes: list[str] = []

    def make(self, site: Site) -> None:
        self.notes.append(f"make on {site.place}")

    def undo(self, site: Site) -> None:
        self.notes.append(f"undo on {site.place}")


def made_fault(
    expects: Turns | Undecided,
    *,
    name: str = "a-fault",
    where: Where = ANY_NODE,
    means: Means | None = None,
    moment: Moment = Moment.BEFORE_RUN,
    bites: Callable[[], bool] = lambda: True,
    beforehand: Callable[[Node, Trial], None] | None = None,
) -> Fault:
    return Fault(
        name=name,
        sentence="Something is broken.",
        source="https://example.org/",
        where=where,
        expects=expects,
        means=means or Means(),
        proof=lambda _site, _trial: Bite(bites=bites(), seen="something was seen"),
        beforehand=beforehand,
        moment=moment,
    )
