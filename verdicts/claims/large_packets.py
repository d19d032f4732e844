"""The claim of the row cni-plugin on sizes: what small packets reach, large ones reach as well."""

from collections.abc import Callable, Mapping, Sequence

from pydantic import JsonValue

from verdicts.findings import Finding
from verdicts.observations.sizes import Echo, LargePackets, Loser, Messages, SizedPair
from verdicts.vocabulary import Protocol


def large_messages_arrive_whole(observation: LargePackets) -> Finding:
    """Between the node and each other one messages larger than one packet arrive whole, both ways.

    Code: `unreached`, where a large one does not come back whole and a small one of the same pods,
    address and port does. A pair counts only where a third node tells that it is not the other one
    that loses messages, or where both are of one platform. Not applicable: `one-node`.
    Inconclusive: `no-pair`; `control-failed` where a small one does not come back either, or every
    other node loses messages to a third one as well; `no-third-node` where nobody can tell.

    Facts: `nodes` (those between which messages came back whole), and of the first pair that lost
    any `client`, `backend`, `whole` and `lost` (`"tcp 65536"`).
    Source: https://kubernetes.io/docs/concepts/services-networking/#the-kubernetes-network-model;
    lost by a tunnel's smaller MTU: https://github.com/projectcalico/calico/issues/7651.
    """
    return _arrive_whole(observation, code="unreached")


def datagrams_in_fragments_arrive(observation: LargePackets) -> Finding:
    """A datagram above the usual MTU of 1,500 bytes arrives whole, and so does its echo.

    Nobody promises it: networks may drop fragments, and clouds do that are out of order. So it is
    told, and decides nothing. Code: `fragments-lost`; all others and the facts are those of
    `large_messages_arrive_whole`.
    Source: https://www.rfc-editor.org/rfc/rfc8900; lost between pods of two nodes:
    https://github.com/projectcalico/calico/issues/8821.
    """
    return _arrive_whole(observation, code="fragments-lost")


def _arrive_whole(observation: LargePackets, *, code: str) -> Finding:
    if not observation.other_nodes:
        return Finding.not_applicable("one-node", "the cluster has no other node")
    asked = [(pair, pair.between) for pair in observation.pairs if pair.between is not None]
    if not asked:
        reasons = "; ".join(dict.fromkeys(pair.reason for pair in observation.pairs))
        return Finding.inconclusive(
            "no-pair", reasons or f"no pod of ours is on another node than {observation.node}"
        )
    of = {
        loser: [(pair, sent) for pair, sent in asked if pair.loser(observation.platform) is loser]
        for loser in Loser
    }
    facts = _facts(observation, [between for _, between in asked])
    for _, between in of[Loser.JUDGED]:
        blamed = [echo for echo in between.lost if _smallest(between)[echo.protocol].is_whole]
        if blamed:
            first, control = blamed[0], _smallest(between)[blamed[0].protocol]
            return Finding.failed(
                code,
                f"{_named(first)}: {max(first.came_back)} of {first.sent} letters come back between "
                f"{_ends(between)}, where {_named(control)} does whole",
                **facts,
            )
    whole = [between for _, between in of[Loser.NEITHER]]
    if of[Loser.JUDGED] or not whole:
        open_ones = of[Loser.JUDGED] or of[Loser.UNKNOWN] or of[Loser.OTHER]
        return _undecided(observation, *open_ones[0], facts)
    excused = [pair for loser in (Loser.OTHER, Loser.UNKNOWN) for pair, _ in of[loser]]
    return Finding.passed(
        f"{', '.join(_named(echo) for echo in whole[0].echoes)} come back whole between "
        f"{observation.node} and {', '.join(_far(each, observation.node) for each in whole)}"
        f"{_besides(excused)}",
        **facts,
    )


CLAIMS: Mapping[str, Callable[..., Finding]] = {
    claim.__name__: claim for claim in (large_messages_arrive_whole, datagrams_in_fragments_arrive)
}


def _facts(observation: LargePackets, asked: Sequence[Messages]) -> dict[str, JsonValue]:
    facts: dict[str, JsonValue] = {
        "nodes": [_far(each, observation.node) for each in asked if not each.lost]
    }
    first = next((each for each in asked if each.lost), None)
    if first is not None:
        facts |= {
            "client": first.client,
            "backend": first.backend,
            "whole": [_named(echo) for echo in first.echoes if echo.is_whole],
            "lost": [_named(echo) for echo in first.lost],
        }
    return facts


def _undecided(
    observation: LargePackets, pair: SizedPair, between: Messages, facts: dict[str, JsonValue]
) -> Finding:
    lost = between.lost[0]
    seen = (
        f"{_named(lost)} does not come back between {_ends(between)}: {lost.detail or 'silence'}"
    )
    if pair.loser(observation.platform) is not Loser.UNKNOWN:
        return Finding.inconclusive("control-failed", seen, **facts)
    return Finding.inconclusive(
        "no-third-node",
        f"{seen}; no pod of a third platform can tell which of {observation.node} and {pair.other} "
        "loses it",
        **facts,
    )


def _besides(excused: Sequence[SizedPair]) -> str:
    if not excused:
        return ""
    return (
        f"; not with {', '.join(pair.other for pair in excused)}, which is not this node's doing"
    )


def _smallest(messages: Messages) -> Mapping[Protocol, Echo]:
    by_size = sorted(messages.echoes, key=lambda echo: -echo.sent)
    return {echo.protocol: echo for echo in by_size}


def _far(messages: Messages, node: str) -> str:
    return messages.backend_node if messages.client_node == node else messages.client_node


def _ends(messages: Messages) -> str:
    return f"{messages.client} and {messages.backend} ({messages.address})"


def _named(echo: Echo) -> str:
    return f"{echo.protocol} {echo.sent}"
