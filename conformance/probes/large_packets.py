"""Sending messages of several sizes between two pods, and counting what comes back."""

import re
import shlex
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from conformance import timeouts
from conformance.batches import at_once
from conformance.errors import HarnessError, NotReadyError
from conformance.handles import Container, NodeUnderTest, Pod, Userland
from conformance.sites import Site, sites_of
from verdicts.observations.attempts import Attempts
from verdicts.observations.sizes import Echo, LargePackets, Messages, SizedPair, ThirdNode
from verdicts.vocabulary import Protocol

_TCP_SIZES: Final = (64, 64 * 1024, 1024 * 1024)
_UDP_SIZES: Final = (64, 1400)
_FRAGMENT_SIZES: Final = (64, 1900)
"""Above Ethernet's MTU of 1,500, and beneath the 2,048 bytes that agnhost reads of a datagram."""
_MORE_DATAGRAMS: Final = 5
"""UDP promises no delivery. Where one datagram of twenty is lost, which is not judged elsewhere
either, all six are by a chance of less than 1 in 10^7. TCP needs no second try: the kernel sends again."""
_LIMIT: Final = 5
"""Seconds for one message: a MiB comes back in a hundredth of that."""
_LETTER: Final = "Q"
"""It stands in no header of netexec's answers, so that counting it counts the message."""
_Send = Callable[[Pod, Pod], Messages]
_COUNTED: Final = re.compile(r"^# (\d+) (\d+)$", re.MULTILINE)


def large_packets(node: NodeUnderTest) -> LargePackets:
    """Let a pod on the judged node and one on each other node send each other messages, both ways.

    Whichever of two is a Linux container is the client: its shell makes and counts the letters,
    and netexec gives back what it is sent, so that they travel in both directions either way.

    Raises:
        HarnessError: a client could not be asked.
    """
    return _every_pair(node, _between)


def fragments(node: NodeUnderTest) -> LargePackets:
    """Let the pod on the judged node send datagrams that need fragments to pods on other nodes.

    netexec gives them back, and makes them, too: any container can be the client.

    Raises:
        HarnessError: a client could not be asked.
    """
    return _every_pair(node, _in_fragments)


def _every_pair(node: NodeUnderTest, send: _Send) -> LargePackets:
    here = node.judged.node
    sites = [site for site in sites_of(node.facts) if site.node.name != here.name]
    return LargePackets(
        node=here.name,
        platform=here.platform,
        other_nodes=tuple(n.name for n in node.facts.nodes if n.ready and n.name != here.name),
        pairs=tuple(at_once(partial(_pair, node, site, sites, send) for site in sites)),
    )


def _pair(node: NodeUnderTest, site: Site, sites: Sequence[Site], send: _Send) -> SizedPair:
    seen = SizedPair(other=site.node.name, platform=site.platform)
    try:
        far = node.fleet.pod(site.peer(0))
        between = send(node.probe_pod, far)
    except (NotReadyError, _NobodyToAsk) as error:
        return seen.model_copy(update={"reason": str(error)})
    seen = seen.model_copy(update={"between": between})
    if not between.lost:
        return seen
    thirds = [third for third in sites if third.node.name != far.node]
    beyond = at_once(partial(_beyond, node, far, third, send) for third in thirds)
    return seen.model_copy(update={"beyond": tuple(each for each in beyond if each is not None)})


def _beyond(node: NodeUnderTest, far: Pod, third: Site, send: _Send) -> ThirdNode | None:
    """Let a pod on the other node and one on a third send each other the same."""
    try:
        between = send(far, node.fleet.pod(third.peer(0)))
    except (NotReadyError, _NobodyToAsk):
        return None  # then that node is no witness of this pair
    return ThirdNode(node=third.node.name, platform=third.platform, between=between)


class _NobodyToAsk(Exception):  # noqa: N818  # a state of the pair, not an error
    """None of two pods can be the client."""


def _between(own: Pod, other: Pod) -> Messages:
    clients = [pod for pod in (own, other) if pod.userland is Userland.LINUX]
    if not clients:
        raise _NobodyToAsk(
            f"neither {own} nor {other} is a Linux container, which alone can send large messages"
        )
    client, backend = clients[0], other if clients[0] is own else own
    tcp, *udp = at_once(
        [
            partial(_over_tcp, client.first, backend),
            *(partial(_over_udp, client.first, backend, size) for size in _UDP_SIZES),
        ]
    )
    return _messages(client, backend, (*tcp, *(echo for of_size in udp for echo in of_size)))


def _in_fragments(own: Pod, other: Pod) -> Messages:
    udp = at_once(partial(_over_udp, own.first, other, size) for size in _FRAGMENT_SIZES)
    return _messages(own, other, tuple(echo for of_size in udp for echo in of_size))


def _messages(client: Pod, backend: Pod, echoes: tuple[Echo, ...]) -> Messages:
    return Messages(
        client=client.name,
        client_node=client.node,
        backend=backend.name,
        backend_node=backend.node,
        address=backend.ip,
        echoes=echoes,
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
        Echo(protocol=Protocol.TCP, sent=sent, came_back=(came,), detail=_detail(said.output))
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


def _over_udp(client: Container, backend: Pod, size: int) -> tuple[Echo, ...]:
    """Send one datagram, and some more at once where it does not come back whole."""
    # netexec's UDP server puts what it reads into small letters.
    letter, port = _LETTER.lower(), backend.first.udp_port
    assert port is not None
    ask = partial(
        client.dial, backend.ip, port, request=f"echo {letter * size}", protocol=Protocol.UDP
    )
    tries = [ask()]
    if _came_back(tries[0], letter) != size:
        tries += at_once([ask] * _MORE_DATAGRAMS)
    return (
        Echo(
            protocol=Protocol.UDP,
            sent=size,
            came_back=tuple(_came_back(each, letter) for each in tries),
            detail=next((f.detail for each in tries for f in each.failures), ""),
        ),
    )


def _came_back(attempts: Attempts, letter: str) -> int:
    return max((answer.count(letter) for answer in attempts.answers), default=0)
