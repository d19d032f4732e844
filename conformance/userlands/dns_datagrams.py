"""A question to a name server as netexec sends it in a datagram, and what it passes on of the answer.

netexec's `/dial` sends any text, and gives back what comes as JSON, in which each byte above 127
that is no UTF-8 became a replacement character. Numbers of an answer survive that, its flags do
not: whether it is truncated, or an error, is not to be told. So questions are made of lower bytes
alone, and of answers only records are counted.
"""

import re
import struct
from typing import Final

ROOM: Final = 1136
"""Bytes of an answer that the asker has room for, below the 1,232 that pass nearly everywhere
(https://www.dnsflagday.net/2020/); its octets are below 128."""

_ID: Final = 0x4E50
_RECURSION_DESIRED: Final = 0x0100
_HEADER: Final = struct.Struct(">HHHHHH")
_QUESTION_END: Final = struct.pack(">HH", 1, 1)
_OPT: Final = struct.Struct(">BHHIH")
_OPT_TYPE: Final = 41
_REPLACED: Final = "\ufffd"
_UNKNOWN: Final = b"\xff"
_RECORD: Final = re.compile(rb"\x00\x01\x00\x01.{4}\x00\x04(.{4})", re.DOTALL)
"""Type A, class IN, any time to live, four bytes of an address."""


def question(name: str, *, room: int | None) -> str:
    """Return a question for the A records of an absolute name; with EDNS0 where there is room.

    RFC 1035 section 4.1, RFC 6891 section 6.1.2.
    """
    header = _HEADER.pack(_ID, _RECURSION_DESIRED, 1, 0, 0, 0 if room is None else 1)
    labels = [label.encode("ascii") for label in name.rstrip(".").split(".")]
    asked = b"".join(bytes([len(label)]) + label for label in labels) + b"\0" + _QUESTION_END
    option = b"" if room is None else _OPT.pack(0, _OPT_TYPE, room, 0, 0)
    return (header + asked + option).decode("ascii")


def addresses_in(answer: str) -> int:
    """Return how many different IPv4 addresses an answer has; 0 where it is to another question."""
    octets = b"".join(
        _UNKNOWN if letter == _REPLACED else letter.encode("utf-8") for letter in answer
    )
    if not octets.startswith(struct.pack(">H", _ID)):
        return 0
    return len(set(_RECORD.findall(octets)))
