"""From flows to the direction matrix: who reaches whom, by platform; it decides no cell."""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from verdicts.claims.directions import CLAIMS
from verdicts.evidence import Evidence
from verdicts.inventory import Inventory
from verdicts.observations.directions import ClientKind, Directions, Flow, Target
from verdicts.unsupported_flows import ON_WINDOWS
from verdicts.vocabulary import Frozen, Placement, Reply

ANY: Final = "any"
"""The server of what is ruled out whoever serves it."""


class Passage(StrEnum):
    """Whether there is a way from one platform to another."""

    OPEN = "open"
    PARTLY = "partly"
    CLOSED = "closed"
    NOT_ASKED = "not-asked"
    NOT_APPLICABLE = "not-applicable"


class Direction(Frozen):
    """All flows of one kind between two platforms, by target, protocol and placement.

    `replies` counts how the flows ended. `because` says why there were none, or quotes the first
    that did not get through; `source` is where a platform's documentation rules the flow out.
    """

    kind: ClientKind
    client: str
    server: str
    placement: Placement
    target: Target
    protocol: str
    passage: Passage
    flows: int
    answered: int
    replies: dict[Reply, int]
    because: str = ""
    source: str = ""


def directions(inventory: Inventory, evidence: Iterable[Evidence]) -> tuple[Direction, ...]:
    """Fold the flows of a run's evidence; empty where none was recorded.

    A flow that two nodes recorded (one of them as its control) counts once.
    """
    flows: dict[tuple[str, ...], Flow] = {}
    for record in evidence:
        if record.claim in CLAIMS and record.observation is not None:
            for flow in Directions.model_validate(record.observation).flows:
                known = flows.get(flow.key)
                if known is None or known.reply is None:
                    flows[flow.key] = flow
    if not flows:
        return ()
    groups: dict[tuple[object, ...], list[Flow]] = {}
    for flow in flows.values():
        groups.setdefault(_place(flow), []).append(flow)
    found = [_direction(group) for group in groups.values()]
    return tuple(sorted([*found, *_ruled_out(inventory, found)], key=_order))


def _place(flow: Flow) -> tuple[object, ...]:
    return (
        flow.kind,
        flow.client.platform,
        flow.server.platform,
        flow.placement,
        flow.target,
        flow.protocol,
    )


def _direction(group: Sequence[Flow]) -> Direction:
    first = group[0]
    asked = [flow for flow in group if flow.reply is not None]
    answered = [flow for flow in asked if flow.is_answered]
    missed = next((flow for flow in asked if not flow.is_answered), None)
    reasons = dict.fromkeys(flow.not_asked for flow in group if flow.not_asked)
    return Direction(
        kind=first.kind,
        client=first.client.platform,
        server=first.server.platform,
        placement=first.placement,
        target=first.target,
        protocol=first.protocol,
        passage=_passage(len(asked), len(answered)),
        flows=len(asked),
        answered=len(answered),
        replies=dict(Counter(flow.reply for flow in asked if flow.reply is not None)),
        because=_why(missed) if missed is not None else "; ".join(reasons),
    )


def _why(flow: Flow) -> str:
    if flow.strangers:
        return f"{flow}: answered as {', '.join(flow.strangers)}"
    return f"{flow}: {flow.reply}"


def _passage(asked: int, answered: int) -> Passage:
    if not asked:
        return Passage.NOT_ASKED
    if answered == asked:
        return Passage.OPEN
    return Passage.PARTLY if answered else Passage.CLOSED


def _ruled_out(inventory: Inventory, found: Sequence[Direction]) -> Iterable[Direction]:
    """Name what the documentation of a platform rules out, for each that was met."""
    known = {
        (each.kind, each.client, each.target, each.placement, each.protocol) for each in found
    }
    for platform in dict.fromkeys(judged.platform for judged in inventory.judged):
        builds = [j.node.build for j in inventory.judged if j.platform == platform]
        for each in ON_WINDOWS if platform.startswith("windows") else ():
            if each.until_build is not None and all(
                build is not None and build >= each.until_build for build in builds
            ):
                continue
            placements = (each.placement,) if each.placement else tuple(Placement)
            protocols = (each.protocol,) if each.protocol else ("tcp", "udp")
            for placement, protocol in itertools.product(placements, protocols):
                if (each.kind, platform, each.target, placement, protocol) not in known:
                    yield Direction(
                        kind=each.kind,
                        client=platform,
                        server=ANY,
                        placement=placement,
                        target=each.target,
                        protocol=protocol,
                        passage=Passage.NOT_APPLICABLE,
                        flows=0,
                        answered=0,
                        replies={},
                        because=each.because,
                        source=each.source,
                    )


def _order(each: Direction) -> tuple[object, ...]:
    return (
        list(ClientKind).index(each.kind),
        each.client,
        each.server,
        list(Placement).index(each.placement),
        list(Target).index(each.target),
        each.protocol,
    )
