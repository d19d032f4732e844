"""Every code and branch of the claim on large messages, as a table."""

import pytest

from verdicts.claims.large_packets import large_messages_arrive_whole
from verdicts.observations.cni import Echo, LargePackets
from verdicts.vocabulary import Outcome, Protocol

TCP, UDP = Protocol.TCP, Protocol.UDP


def echo(protocol: Protocol, sent: int, came_back: int | None = None) -> Echo:
    return Echo(protocol=protocol, sent=sent, came_back=sent if came_back is None else came_back)


def packets(*echoes: Echo, other_nodes: tuple[str, ...] = ("node-b",)) -> LargePackets:
    return LargePackets(
        node="node-a",
        other_nodes=other_nodes,
        client="probe",
        client_node="node-a",
        backend="peer",
        backend_node="node-b",
        address="10.244.1.4",
        echoes=echoes,
    )


WHOLE = (echo(TCP, 64), echo(TCP, 65536), echo(TCP, 1048576), echo(UDP, 64), echo(UDP, 1400))


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
        pytest.param(packets(), Outcome.INCONCLUSIVE, "no-pair", id="nobody"),
        pytest.param(
            packets(other_nodes=()), Outcome.NOT_APPLICABLE, "one-node", id="a-cluster-of-one"
        ),
    ],
)
def test_large_messages(observation: LargePackets, outcome: Outcome, code: str) -> None:
    finding = large_messages_arrive_whole(observation)

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen
