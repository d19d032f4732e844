"""The claim of the row cni-plugin on sizes: what small packets reach, large ones reach as well."""

from collections.abc import Callable, Mapping, Sequence

from pydantic import JsonValue

from verdicts.findings import Finding
from verdicts.observations.sizes import Echo, LargePackets, Messages, SizedPair
from verdicts.vocabulary import Protocol


def large_messages_arrive_whole(observation: LargePackets) -> Finding:
    """Between the node and each other one messages larger than one packet arrive whole, both ways.

    Code: `unreached`, where a large one does not come back whole and a small one of the same pods,
    address and port does. A pair counts only where the other node does not lose messages to a third
    one as well. Not applicable: `one-node`. Inconclusive: `no-pair`, and `control-failed` where a
    small one does not come back either, or no pair counts.

    Facts: `nodes` (those between which messages came back whole), and of the first pair that lost
    any `client`, `backend`, `whole` and `lost` (`"tcp 65536"`).
    Source: https://kubernetes.io/docs/concepts/services-networking/#the-kubernetes-network-model;
    lost by a tunnel's smaller MTU: https://github.com/projectcalico/calico/issues/7651.
    """
    if not observation.other_nodes:
        return Finding.not_applicable("one-node", "the cluster has no other node")
    asked = [(pair, pair.between) for pair in observation.pairs if pair.between is not None]
    if not asked:
        reasons = "; ".join(dict.fromkeys(pair.reason for pair in observation.pairs))
        return Finding.inconclusive(
            "no-pair", reasons or f"no pod of ours is on another node than {observation.node}"
        )
    counted = [between for pair, between in asked if not pair.is_lost_beyond]
    facts = _facts(observation, [between for _, between in asked])
    for between in counted:
        blamed = [echo for echo in between.lost if _smallest(between)[echo.protocol].is_whole]
        if blamed:
            first, control = blamed[0], _smallest(between)[blamed[0].protocol]
            return Finding.failed(
                "unreached",
                f"{_named(first)}: {max(first.came_back)} of {first.sent} letters come back between "
                f"{_ends(between)}, where {_named(control)} does whole",
                **facts,
            )
    doubtful = [between for between in counted if between.lost]
    if doubtful or not counted:
        between = doubtful[0] if doubtful else asked[0][1]
        lost = between.lost[0]
        return Finding.inconclusive(
            "control-failed",
            f"{_named(lost)} does not come back between {_ends(between)}: "
            f"{lost.detail or 'silence'}",
            **facts,
        )
    sizes = ", ".join(_named(echo) for echo in counted[0].echoes)
    excused = [pair for pair, _ in asked if pair.is_lost_beyond]
    return Finding.passed(
        f"{sizes} come back whole between {observation.node} and "
        f"{', '.join(_far(between, observation.node) for between in counted)}{_besides(excused)}",
        **facts,
    )


CLAIMS: Mapping[str, Callable[..., Finding]] = {
    large_messages_arrive_whole.__name__: large_messages_arrive_whole
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


def _besides(excused: Sequence[SizedPair]) -> str:
    if not excused:
        return ""
    return f"; {', '.join(pair.other for pair in excused)} loses some to a third node as well"


def _smallest(messages: Messages) -> Mapping[Protocol, Echo]:
    by_size = sorted(messages.echoes, key=lambda echo: -echo.sent)
    return {echo.protocol: echo for echo in by_size}


def _far(messages: Messages, node: str) -> str:
    return messages.backend_node if messages.client_node == node else messages.client_node


def _ends(messages: Messages) -> str:
    return f"{messages.client} and {messages.backend} ({messages.address})"


def _named(echo: Echo) -> str:
    return f"{echo.protocol} {echo.sent}"
