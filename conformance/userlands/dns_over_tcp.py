"""One A query over TCP, by userland: busybox's nslookup, which Linux images have, knows only UDP."""

import shlex
import struct
from ipaddress import IPv4Address
from typing import Final

from conformance.containers import Userland
from conformance.errors import HarnessError
from conformance.userlands import nslookup
from verdicts.observations.dns import Answer, Query

_PORT: Final = 53
_LIMIT: Final = 3
"""Seconds, those of a handshake: a name server that knows the name answers in milliseconds."""
_HELD: Final = 0.5
_HELD_LONGER: Final = 3
_DUMP: Final = "# bytes"

_ID: Final = 0x4E50
_RECURSION_DESIRED: Final = 0x0100
_HEADER: Final = struct.Struct(">HHHHHH")
_RECORD: Final = struct.Struct(">HHIH")
_QUESTION_END: Final = struct.Struct(">HH")
_LENGTH: Final = struct.Struct(">H")
_A, _INTERNET = 1, 1
_POINTER: Final = 0xC0
_RCODES: Final = {2: Answer.SERVFAIL, 3: Answer.NXDOMAIN, 5: Answer.REFUSED}


def query_command(userland: Userland, name: str, server: str, *, longer: bool = False) -> str:
    """Return the command that asks a name server for an absolute name over TCP.

    With nc, which half closes its end when its input ends; a service proxy in user mode takes that
    for the end of both halves, so the input is held open for half a second, or some `longer`.
    https://github.com/kubernetes/kubernetes/blob/v1.20.2/pkg/proxy/winuserspace/proxysocket.go
    """
    if userland is Userland.WINDOWS:
        return nslookup.query_command(name, server, _PORT, over_tcp=True)
    held = _HELD_LONGER if longer else _HELD
    return (
        f"echo '{_DUMP}'; {{ printf '{_escaped(_message(name))}'; sleep {held:g}; }} "
        f"| timeout {_LIMIT + _HELD_LONGER} nc {shlex.quote(server)} {_PORT} | od -An -v -tx1"
    )


def read_query(userland: Userland, output: str) -> Query:
    """Read what that command printed; nothing, or half an answer, is silence.

    Raises:
        HarnessError: the image lacks a command, or what came is no answer to this query.
    """
    if userland is Userland.WINDOWS:
        return nslookup.read_query(output)
    _, found, printed = output.partition(_DUMP)
    words = printed.split()
    if not found or "not found" in printed:
        raise _unreadable(output)
    octets = bytes(int(word, 16) for word in words if _is_octet(word))
    said = " ".join(word for word in words if not _is_octet(word))
    if len(octets) < _LENGTH.size + _HEADER.size:
        return Query(answer=Answer.SILENT, detail=said or "nothing came")
    message = octets[_LENGTH.size :]
    if len(message) < _LENGTH.unpack_from(octets)[0]:
        return Query(answer=Answer.SILENT, detail=f"{len(message)} bytes of a longer answer")
    try:
        return _answer(message)
    except (IndexError, struct.error) as error:
        raise _unreadable(output) from error


def _message(name: str) -> bytes:
    labels = [label.encode("ascii") for label in name.rstrip(".").split(".")]
    question = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    header = _HEADER.pack(_ID, _RECURSION_DESIRED, 1, 0, 0, 0)
    message = header + question + _QUESTION_END.pack(_A, _INTERNET)
    return _LENGTH.pack(len(message)) + message


def _escaped(octets: bytes) -> str:
    """Write bytes as every shell's printf reads them."""
    return "".join(f"\\{octet:03o}" for octet in octets)


def _answer(message: bytes) -> Query:
    given, flags, questions, answers, _, _ = _HEADER.unpack_from(message)
    if given != _ID:
        raise IndexError(f"the answer to query {given}")
    rcode = flags & 0x000F
    if rcode:
        return Query(answer=_RCODES.get(rcode, Answer.OTHER), detail=f"rcode {rcode}")
    position = _HEADER.size
    for _ in range(questions):
        position = _past_name(message, position) + _QUESTION_END.size
    addresses = []
    for _ in range(answers):
        position = _past_name(message, position)
        kind, _, _, length = _RECORD.unpack_from(message, position)
        position += _RECORD.size
        if kind == _A:
            addresses.append(str(IPv4Address(message[position : position + length])))
        position += length
    if not addresses:
        return Query(answer=Answer.NODATA, detail="no address in the answer")
    return Query(answer=Answer.NOERROR, addresses=tuple(dict.fromkeys(addresses)))


def _past_name(message: bytes, position: int) -> int:
    """Return where a name ends: at its root, or behind a pointer to where the rest of it stands."""
    while message[position]:
        if message[position] & _POINTER == _POINTER:
            return position + 2
        position += 1 + message[position]
    return position + 1


def _is_octet(word: str) -> bool:
    return len(word) == 2 and all(letter in "0123456789abcdef" for letter in word)


def _unreadable(output: str) -> HarnessError:
    return HarnessError(
        "a name server could not be asked over TCP - Expected: the bytes of its answer "
        f"Actual: {output[:200]!r}",
        next_step="see that the pod's image has printf, nc, od and timeout, as agnhost's has",
    )
