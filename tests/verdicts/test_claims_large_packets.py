"""Every code and branch of the claim on large messages, as a table."""

import pytest

from verdicts.claims.large_packets import large_messages_arrive_whole
from verdicts.observations.sizes import Echo, LargePackets, Messages, SizedPair
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


def pair(*echoes: Echo, to: str = "node-b", beyond: tuple[Echo, ...] | None = None) -> SizedPair:
    return SizedPair(
        other=to,
        between=messages(*echoes, to=to),
        beyond=None if beyond is None else messages(*beyond, to="node-c", client_node=to),
    )


def pairs(*found: SizedPair, other_nodes: tuple[str, ...] = ("node-b",)) -> LargePackets:
    return LargePackets(node="node-a", other_nodes=other_nodes, pairs=found)


def packets(*echoes: Echo) -> LargePackets:
    return pairs(pair(*echoes))


WHOLE = (echo(TCP, 64), echo(TCP, 65536), echo(TCP, 1048576), echo(UDP, 64), echo(UDP, 1400))
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
            pairs(pair(*HOLE, beyond=HOLE), pair(*WHOLE, to="node-c")),
            Outcome.PASS,
            "pass",
            id="lost-without-this-node-too",
        ),
        pytest.param(
            pairs(pair(*HOLE, beyond=WHOLE), pair(*WHOLE, to="node-c")),
            Outcome.FAIL,
            "unreached",
            id="lost-with-this-node-alone",
        ),
        pytest.param(
            pairs(pair(*HOLE, beyond=HOLE)),
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="no-pair-counts",
        ),
        pytest.param(
            pairs(SizedPair(other="node-b", reason="not ready")),
            Outcome.INCONCLUSIVE,
            "no-pair",
            id="not-ready",
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
