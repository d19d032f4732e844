"""Every code and branch of the claim on large messages, as a table."""

from collections.abc import Mapping

import pytest

from verdicts.claims.large_packets import (
    datagrams_in_fragments_arrive,
    large_messages_arrive_whole,
)
from verdicts.observations.sizes import Echo, LargePackets, Messages, SizedPair, ThirdNode
from verdicts.vocabulary import Outcome, Protocol

TCP, UDP = Protocol.TCP, Protocol.UDP


def echo(protocol: Protocol, sent: int, *came_back: int) -> Echo:
    return Echo(protocol=protocol, sent=sent, came_back=came_back or (sent,))


def messages(*echoes: Echo, to: str = "node-b", client_node: str = "node-a") -> Messages:
    return Messages(
        client=f"client-{client_node}",
        client_node=client_node,
        backend=f"backend-{to}",
        backend_node=to,
        address="10.244.1.4",
        echoes=echoes,
    )


def pair(
    *echoes: Echo,
    to: str = "node-b",
    platform: str = "linux",
    beyond: Mapping[str, tuple[Echo, ...]] | None = None,
) -> SizedPair:
    """`beyond` is what is sent between the other node and thirds, by the thirds' platforms."""
    return SizedPair(
        other=to,
        platform=platform,
        between=messages(*echoes, to=to),
        beyond=tuple(
            ThirdNode(
                node=f"third-{third}",
                platform=third,
                between=messages(*sent, to=f"third-{third}", client_node=to),
            )
            for third, sent in (beyond or {}).items()
        ),
    )


def pairs(
    *found: SizedPair, other_nodes: tuple[str, ...] = ("node-b",), platform: str = "linux"
) -> LargePackets:
    return LargePackets(node="node-a", platform=platform, other_nodes=other_nodes, pairs=found)


def packets(*echoes: Echo) -> LargePackets:
    return pairs(pair(*echoes))


WHOLE = (echo(TCP, 64), echo(TCP, 65536), echo(TCP, 1048576), echo(UDP, 64), echo(UDP, 1400))
WINDOWS = "windows-2022"
HOLE = (*WHOLE[:4], echo(UDP, 1400, 0, 0))


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(packets(*WHOLE), Outcome.PASS, "pass", id="whole"),
        pytest.param(
            packets(echo(TCP, 64), echo(TCP, 65536, 0), *WHOLE[3:]),
            Outcome.FAIL,
            "unreached",
            id="tcp-black-hole",
        ),
        pytest.param(
            packets(*WHOLE[:2], echo(TCP, 1048576, 4000), *WHOLE[3:]),
            Outcome.FAIL,
            "unreached",
            id="a-part-of-it",
        ),
        pytest.param(
            packets(*WHOLE[:4], echo(UDP, 1400, 0)), Outcome.FAIL, "unreached", id="udp-alone"
        ),
        pytest.param(
            packets(echo(TCP, 64, 0), *WHOLE[3:4], echo(UDP, 1400, 0)),
            Outcome.FAIL,
            "unreached",
            id="udp-where-tcp-has-no-control",
        ),
        pytest.param(
            packets(echo(TCP, 64, 0), *WHOLE[3:]),
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="small-ones-are-lost",
        ),
        pytest.param(
            packets(*WHOLE[:4], echo(UDP, 1400, 0, 0, 1400)),
            Outcome.PASS,
            "pass",
            id="a-later-datagram-came-back",
        ),
        pytest.param(
            pairs(pair(*HOLE, beyond={"linux": HOLE}), pair(*WHOLE, to="node-c")),
            Outcome.PASS,
            "pass",
            id="lost-without-this-node-too",
        ),
        pytest.param(
            pairs(pair(*HOLE, beyond={"linux": WHOLE}), pair(*WHOLE, to="node-c")),
            Outcome.FAIL,
            "unreached",
            id="lost-with-this-node-alone",
        ),
        pytest.param(
            pairs(pair(*HOLE, beyond={"linux": HOLE})),
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="no-pair-counts",
        ),
        pytest.param(
            pairs(SizedPair(other="node-b", platform="linux", reason="not ready")),
            Outcome.INCONCLUSIVE,
            "no-pair",
            id="not-ready",
        ),
        pytest.param(
            pairs(pair(*HOLE, platform=WINDOWS)),
            Outcome.INCONCLUSIVE,
            "no-third-node",
            id="the-only-other-node-is-of-another-platform",
        ),
        pytest.param(
            pairs(pair(*HOLE, platform=WINDOWS), pair(*HOLE, platform=WINDOWS, to="node-c")),
            Outcome.INCONCLUSIVE,
            "no-third-node",
            id="all-others-are-of-one-other-platform-and-cannot-ask-each-other",
        ),
        pytest.param(
            pairs(pair(*HOLE, beyond={WINDOWS: HOLE}), platform=WINDOWS),
            Outcome.INCONCLUSIVE,
            "no-third-node",
            id="the-third-is-of-the-own-platform",
        ),
        pytest.param(
            pairs(pair(*HOLE, beyond={WINDOWS: HOLE, "linux": WHOLE}), platform=WINDOWS),
            Outcome.FAIL,
            "unreached",
            id="one-of-the-thirds-is-well-with-the-other",
        ),
        pytest.param(
            pairs(pair(*HOLE, platform=WINDOWS), pair(*WHOLE, to="node-c")),
            Outcome.PASS,
            "pass",
            id="well-with-the-own-platform",
        ),
        pytest.param(pairs(), Outcome.INCONCLUSIVE, "no-pair", id="nobody"),
        pytest.param(
            pairs(other_nodes=()), Outcome.NOT_APPLICABLE, "one-node", id="a-cluster-of-one"
        ),
    ],
)
def test_large_messages(observation: LargePackets, outcome: Outcome, code: str) -> None:
    finding = large_messages_arrive_whole(observation)

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen


def test_lost_fragments_have_a_code_of_their_own() -> None:
    finding = datagrams_in_fragments_arrive(packets(echo(UDP, 64), echo(UDP, 1900, 0, 0)))

    assert (finding.code, finding.facts["lost"]) == ("fragments-lost", ["udp 1900"])
