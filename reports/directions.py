"""The direction matrix as every rendering shows it: which rows, which columns, which words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from verdicts.directions import ANY, Direction, Passage
from verdicts.observations.directions import ClientKind, Target
from verdicts.report import Report
from verdicts.vocabulary import Placement, Reply

HEADINGS = {
    Target.POD_IP: "pod IP",
    Target.CLUSTER_IP: "ClusterIP",
    Target.NODE_PORT: "NodePort",
    Target.SERVICE_NAME: "name",
}
_PLACEMENTS = {Placement.SAME_NODE: "same node", Placement.OTHER_NODE: "other node"}


@dataclass(frozen=True, slots=True)
class Passing:
    """What one protocol's flows came to: a word, and how it is coloured."""

    protocol: str
    word: str
    passage: Passage


@dataclass(frozen=True, slots=True)
class DirectionRow:
    """Flows between two platforms: for each target what each protocol came to."""

    client: str
    server: str
    placement: str
    cells: tuple[tuple[Passing, ...], ...]

    @property
    def is_from_a_node(self) -> bool:
        """The client is a node itself and no pod."""
        return self.client.startswith("node")


def rows(report: Report) -> tuple[DirectionRow, ...]:
    """Lay the report's directions out, a row for each pair of platforms and placement."""
    places: dict[tuple[ClientKind, str, str, Placement], list[Direction]] = {}
    for each in report.directions:
        if each.passage is not Passage.NOT_APPLICABLE:
            place = (each.kind, each.client, each.server, each.placement)
            places.setdefault(place, []).append(each)
    ruled_out = [each for each in report.directions if each.passage is Passage.NOT_APPLICABLE]
    return tuple(
        DirectionRow(
            client=f"node on {client}" if kind is ClientKind.NODE else client,
            server=server,
            placement=_PLACEMENTS[placement],
            cells=tuple(
                _passings(each for each in (*found, *_of(ruled_out, found[0])) if each.target is t)
                for t in Target
            ),
        )
        for (kind, client, server, placement), found in places.items()
    )


@dataclass(frozen=True, slots=True)
class RuledOut:
    """What a source rules out, and the platforms that it does so for."""

    platforms: tuple[str, ...]
    because: str
    source: str


def ruled_out(report: Report) -> tuple[RuledOut, ...]:
    """Return what platforms' documentation rules out, each once, with its source."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for each in report.directions:
        if each.passage is Passage.NOT_APPLICABLE:
            found.setdefault((each.because, each.source), {})[each.client] = None
    return tuple(
        RuledOut(platforms=tuple(platforms), because=because, source=source)
        for (because, source), platforms in found.items()
    )


def closed(report: Report) -> tuple[Direction, ...]:
    """Return the directions that were asked and are not open."""
    return tuple(
        each for each in report.directions if each.passage in {Passage.CLOSED, Passage.PARTLY}
    )


def named(each: Direction) -> str:
    """Return a direction in words."""
    client = f"node on {each.client}" if each.kind is ClientKind.NODE else each.client
    server = "" if each.server == ANY else f" to {each.server}"
    where = _PLACEMENTS[each.placement]
    return f"{client}{server} ({where}) by {HEADINGS[each.target]} over {each.protocol}"


def _of(ruled: Sequence[Direction], row: Direction) -> Iterable[Direction]:
    """Return what is ruled out for a row's client, where the row would show it."""
    return (
        each
        for each in ruled
        if (each.kind, each.client, each.placement) == (row.kind, row.client, row.placement)
        and each.protocol == "tcp"
    )


def _passings(found: Iterable[Direction]) -> tuple[Passing, ...]:
    each = [Passing(d.protocol, _word(d), d.passage) for d in found]
    if len(each) > 1 and len({passing.word for passing in each}) == 1:
        return (Passing("tcp, udp", each[0].word, each[0].passage),)
    return tuple(each)


def _word(each: Direction) -> str:
    match each.passage:
        case Passage.OPEN:
            return "ok"
        case Passage.NOT_APPLICABLE:
            return "n/a"
        case Passage.NOT_ASKED:
            return "not asked"
        case _:
            kinds = [(n, kind) for kind, n in each.replies.items() if kind is not Reply.ANSWERED]
            worst = max(kinds)[1] if kinds else "other identity"
            missed = each.flows - each.answered
            return f"{worst} {missed}/{each.flows}" if each.answered else worst
