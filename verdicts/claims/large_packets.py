"""The claim of the row cni-plugin on sizes: what small packets reach, large ones reach as well."""

from collections.abc import Callable, Mapping, Sequence

from pydantic import JsonValue

from verdicts.findings import Finding
from verdicts.observations.cni import Echo, LargePackets
from verdicts.vocabulary import Protocol


def large_messages_arrive_whole(observation: LargePackets) -> Finding:
    """Between pods on two nodes messages arrive whole that are larger than one packet, both ways.

    Code: `unreached`, where a large one does not come back whole and a small one of the same pods,
    address and port does. Not applicable: `one-node`. Inconclusive: `no-pair`, and
    `control-failed` where a small one does not come back either.

    Facts: `client`, `backend`, `nodes`, `whole` and `lost` (`"tcp 65536"`).
    Source: https://kubernetes.io/docs/concepts/services-networking/#the-kubernetes-network-model;
    lost by a tunnel's smaller MTU: https://github.com/projectcalico/calico/issues/7651.
    """
    if not observation.other_nodes:
        return Finding.not_applicable("one-node", "the cluster has no other node")
    if not observation.echoes:
        return Finding.inconclusive("no-pair", observation.reason or "no pair of pods was asked")
    pair = f"{observation.client} and {observation.backend} ({observation.address})"
    lost = [echo for echo in observation.echoes if echo.came_back != echo.sent]
    controls = _smallest(observation)
    facts = _facts(observation, lost)
    blamed = [echo for echo in lost if controls[echo.protocol] not in lost]
    if blamed:
        first = blamed[0]
        return Finding.failed(
            "unreached",
            f"{_named(first)}: {first.came_back} of {first.sent} letters come back between {pair}, "
            f"where {_named(controls[first.protocol])} does whole",
            **facts,
        )
    if lost:
        return Finding.inconclusive(
            "control-failed",
            f"{_named(lost[0])} does not come back between {pair}: {lost[0].detail or 'silence'}",
            **facts,
        )
    sizes = ", ".join(_named(echo) for echo in observation.echoes)
    return Finding.passed(f"{sizes} come back whole between {pair}", **facts)


CLAIMS: Mapping[str, Callable[..., Finding]] = {
    large_messages_arrive_whole.__name__: large_messages_arrive_whole
}


def _facts(observation: LargePackets, lost: Sequence[Echo]) -> dict[str, JsonValue]:
    return {
        "client": observation.client,
        "backend": observation.backend,
        "nodes": [observation.client_node, observation.backend_node],
        "whole": [_named(echo) for echo in observation.echoes if echo not in lost],
        "lost": [_named(echo) for echo in lost],
    }


def _smallest(observation: LargePackets) -> Mapping[Protocol, Echo]:
    by_size = sorted(observation.echoes, key=lambda echo: -echo.sent)
    return {echo.protocol: echo for echo in by_size}


def _named(echo: Echo) -> str:
    return f"{echo.protocol} {echo.sent}"
