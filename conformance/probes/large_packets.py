"""Sending messages of several sizes between two pods, and counting what comes back."""

import re
import shlex
from functools import partial
from typing import Final

from conformance import timeouts
from conformance.batches import at_once
from conformance.errors import HarnessError
from conformance.handles import Container, NodeUnderTest, Pod, Userland
from verdicts.observations.cni import Echo, LargePackets
from verdicts.vocabulary import Protocol

_TCP_SIZES: Final = (64, 64 * 1024, 1024 * 1024)
_UDP_SIZES: Final = (64, 1400)
"""Beneath the 2,048 bytes that agnhost reads of a datagram."""
_UDP_TRIES: Final = 2
"""UDP promises no delivery."""
_LIMIT: Final = 5
"""Seconds for one message: a MiB comes back in a hundredth of that."""
_LETTER: Final = "Q"
"""It stands in no header of netexec's answers, so that counting it counts the message."""
_COUNTED: Final = re.compile(r"^# (\d+) (\d+)$", re.MULTILINE)


def large_packets(node: NodeUnderTest) -> LargePackets:
    """Let a pod on the judged node and one on another node send each other messages, both ways.

    Whichever of them is a Linux container is the client: its shell makes and counts the letters,
    and netexec gives back what it is sent, so that they travel in both directions either way.

    Raises:
        HarnessError: neither can be the client, or it could not be asked.
    """
    here = node.judged.node.name
    seen = LargePackets(
        node=here,
        other_nodes=tuple(n.name for n in node.facts.nodes if n.ready and n.name != here),
    )
    peers = node.peers_other_node
    if not peers:
        return seen.model_copy(update={"reason": f"no pod of ours is on another node than {here}"})
    client, backend = _pair(node.probe_pod, peers)
    port = backend.first.udp_port
    assert port is not None
    tcp, *udp = at_once(
        [
            partial(_over_tcp, client.first, backend),
            *(partial(_over_udp, client.first, backend.ip, port, size) for size in _UDP_SIZES),
        ]
    )
    return seen.model_copy(
        update={
            "client": client.name,
            "client_node": client.node,
            "backend": backend.name,
            "backend_node": backend.node,
            "address": backend.ip,
            "echoes": (*tcp, *(echo for of_size in udp for echo in of_size)),
        }
    )


def _pair(own: Pod, peers: tuple[Pod, ...]) -> tuple[Pod, Pod]:
    if own.userland is Userland.LINUX:
        return own, peers[0]
    for peer in peers:
        if peer.userland is Userland.LINUX:
            return peer, own
    raise HarnessError(
        f"{own} and its peers - none is a Linux container, which alone can send large messages",
        next_step="let a Linux node be judged beside them, or add the commands of their userland "
        "to conformance/probes/large_packets.py",
    )


def _over_tcp(client: Container, backend: Pod) -> tuple[Echo, ...]:
    """Post each size in turn to netexec's `/echo`, until one does not come back."""
    said = client.shell(
        _command(backend.ip, backend.first.http_port),
        timeout=_LIMIT * len(_TCP_SIZES) + timeouts.SHELL,
    )
    counted = [(int(sent), int(came)) for sent, came in _COUNTED.findall(said.output)]
    if not counted:
        raise HarnessError(
            f"{client} - no message could be sent - Expected: counts of letters Actual: "
            f"{said.output[:200]!r}",
            next_step="see that the pod's image has head, tr, nc, wc and timeout, as agnhost's has",
        )
    return tuple(
        Echo(protocol=Protocol.TCP, sent=sent, came_back=came, detail=_detail(said.output))
        for sent, came in counted
    )


def _command(address: str, port: int) -> str:
    """Return the command that counts what comes back of each size; a pipe counts as it flows."""
    key = "msg="
    heading = (
        "POST /echo HTTP/1.0\\r\\nContent-Type: application/x-www-form-urlencoded\\r\\n"
        f"Content-Length: %d\\r\\n\\r\\n{key}"
    )
    return (
        f"for size in {' '.join(map(str, _TCP_SIZES))}; do "
        f"came=$({{ printf '{heading}' $((size + {len(key)})); "
        f"head -c $size /dev/zero | tr '\\0' {_LETTER}; }} "
        f"| timeout {_LIMIT} nc {shlex.quote(address)} {port} | tr -cd {_LETTER} | wc -c); "
        'echo "# $size" $came; [ "$came" = "$size" ] || break; done'
    )


def _detail(output: str) -> str:
    """Return what else was said: the words of nc."""
    return " ".join(line for line in output.splitlines() if not line.startswith("#"))[:200]


def _over_udp(client: Container, address: str, port: int, size: int) -> tuple[Echo, ...]:
    # netexec's UDP server puts what it reads into small letters.
    letter = _LETTER.lower()
    message = letter * size
    attempts = client.dial(
        address, port, request=f"echo {message}", protocol=Protocol.UDP, tries=_UDP_TRIES
    )
    came = max((answer.count(letter) for answer in attempts.answers), default=0)
    detail = attempts.failures[0].detail if attempts.failures else ""
    return (Echo(protocol=Protocol.UDP, sent=size, came_back=came, detail=detail),)
