"""Containers of a pod as tests of their claims have them: who asked whom, and what came."""

from itertools import permutations

from verdicts.observations.attempts import Attempts, Failure
from verdicts.observations.compartment import Ask, Loopback
from verdicts.vocabulary import Protocol, Reply

PORTS = {"a": 8080, "b": 8090, "c": 8100}
TEXTS = {
    Reply.REFUSED: "dial tcp 127.0.0.1:8090: connect: connection refused",
    Reply.TIMED_OUT: "context deadline exceeded (Client.Timeout exceeded)",
    Reply.CLOSED: "read udp: connection reset by peer",
    Reply.NOT_PERMITTED: "connect: operation not permitted",
    Reply.OTHER: "malformed HTTP response",
    Reply.UNRESOLVED: "lookup localhost: no such host",
}


def ask(
    client: str,
    server: str,
    outcome: str | Reply = "probe",
    address: str = "127.0.0.1",
    protocol: Protocol = Protocol.TCP,
) -> Ask:
    """One try: an answer where `outcome` is a text, else that kind of reply."""
    failed = isinstance(outcome, Reply)
    return Ask(
        client=client,
        server=server,
        attempts=Attempts(
            client=f"probe/{client}",
            address=address,
            port=PORTS[server],
            protocol=protocol,
            tries=1,
            answers=() if failed else (outcome,),
            failures=(Failure(reply=outcome, detail=TEXTS[outcome]),) if failed else (),
        ),
    )


def loopback(
    default: str | Reply = "probe",
    own: dict[str, str | Reply] | None = None,
    pairs: dict[str, str | Reply] | None = None,
) -> Loopback:
    """Three containers; `pairs` and `own` name the ones that differ from the default."""
    own, pairs = own or {}, pairs or {}
    return Loopback(
        pod="probe",
        protocol=Protocol.TCP,
        own=tuple(ask(name, name, own.get(name, "probe")) for name in PORTS),
        crossed=tuple(
            ask(client, server, pairs.get(client + server, default))
            for client, server in permutations(PORTS, 2)
        ),
    )
