"""A query over TCP as bytes that a shell prints, and the bytes of what comes back."""

import re
import subprocess

import pytest

from conformance.containers import Userland
from conformance.errors import HarnessError
from conformance.userlands.dns_over_tcp import query_command, read_query
from verdicts.observations.dns import Answer

NAME = "kubernetes.run.svc.cluster.local."
HEADING = "# bytes\n"

# CoreDNS 1.15 for kubernetes.x.svc.cluster.local, as `nc | od -An -v -tx1` of busybox printed it.
COREDNS = """\
 00 5e 4e 50 85 00 00 01 00 01 00 00 00 00 0a 6b
 75 62 65 72 6e 65 74 65 73 01 78 03 73 76 63 07
 63 6c 75 73 74 65 72 05 6c 6f 63 61 6c 00 00 01
 00 01 0a 6b 75 62 65 72 6e 65 74 65 73 01 78 03
 73 76 63 07 63 6c 75 73 74 65 72 05 6c 6f 63 61
 6c 00 00 01 00 01 00 00 0e 10 00 04 0a 01 02 03
"""


def octets(message: bytes) -> str:
    whole = len(message).to_bytes(2, "big") + message
    return HEADING + " ".join(f"{octet:02x}" for octet in whole)


def answer(*records: bytes, rcode: int = 0, given: int = 0x4E50) -> bytes:
    header = given.to_bytes(2, "big") + bytes([0x81, 0x80 | rcode, 0, 1, 0, len(records)])
    question = b"\x01x\x00" + bytes([0, 1, 0, 1])
    return header + bytes(4) + question + b"".join(records)


def record(kind: int, data: bytes, *, name: bytes = b"\xc0\x0c") -> bytes:
    return name + bytes([0, kind, 0, 1, 0, 0, 0, 30, 0, len(data)]) + data


def test_the_query_is_the_bytes_of_one_a_question() -> None:
    command = query_command(Userland.LINUX, "a.bc.", "10.96.0.10")
    found = re.search(r"printf '([^']*)'", command)
    assert found

    sent = subprocess.run(["sh", "-c", f"printf '{found[1]}'"], capture_output=True, check=True)

    assert sent.stdout == (
        b"\x00\x16" + b"NP\x01\x00\x00\x01" + bytes(6) + b"\x01a\x02bc\x00" + b"\x00\x01\x00\x01"
    )
    assert command.endswith("sleep 0.5; } | timeout 6 nc 10.96.0.10 53 | od -An -v -tx1")


def test_a_connection_can_be_held_open_longer() -> None:
    command = query_command(Userland.LINUX, NAME, "10.96.0.10", longer=True)

    assert "; sleep 3; } | timeout 6 nc" in command


def test_corednss_answer_is_read() -> None:
    query = read_query(Userland.LINUX, HEADING + COREDNS)

    assert (query.answer, query.addresses) == (Answer.NOERROR, ("10.1.2.3",))


@pytest.mark.parametrize(
    ("message", "kind", "addresses"),
    [
        (answer(rcode=3), Answer.NXDOMAIN, ()),
        (answer(rcode=2), Answer.SERVFAIL, ()),
        (answer(rcode=4), Answer.OTHER, ()),
        (answer(), Answer.NODATA, ()),
        (
            answer(record(5, b"\x01y\x00"), record(1, bytes([10, 0, 0, 9]), name=b"\x01y\x00")),
            Answer.NOERROR,
            ("10.0.0.9",),
        ),
        (answer(*[record(1, bytes([10, 0, 0, 9]))] * 2), Answer.NOERROR, ("10.0.0.9",)),
    ],
)
def test_answers_of_every_kind(message: bytes, kind: Answer, addresses: tuple[str, ...]) -> None:
    query = read_query(Userland.LINUX, octets(message))

    assert (query.answer, query.addresses) == (kind, addresses)


@pytest.mark.parametrize(
    "said",
    [
        HEADING,
        f"{HEADING}nc: can't connect to remote host (10.96.0.10): Connection refused\n",
        octets(answer(record(1, bytes([10, 0, 0, 9]))))[:60],
    ],
    ids=["nothing", "nc's words", "half an answer"],
)
def test_what_is_no_whole_answer_is_silence(said: str) -> None:
    assert read_query(Userland.LINUX, said).answer is Answer.SILENT


@pytest.mark.parametrize(
    "said",
    [
        "",
        f"{HEADING}sh: nc: not found\n",
        octets(answer(given=7)),
        octets(answer(record(1, bytes([10, 0, 0, 9])))[:-14]),
    ],
    ids=["no shell", "no nc", "somebody else's answer", "records that are not there"],
)
def test_what_cannot_be_an_answer_is_no_silence(said: str) -> None:
    with pytest.raises(HarnessError, match="could not be asked over TCP"):
        read_query(Userland.LINUX, said)


def test_a_windows_userland_asks_by_its_nslookup() -> None:
    command = query_command(Userland.WINDOWS, NAME, "10.96.0.10")

    assert "nslookup -vc -port=53 -type=a" in command
    said = (
        f"Server:  dns\nAddress:  10.96.0.10\n\nName:    {NAME}\nAddress:  10.96.3.4\n# status 0\n"
    )
    assert read_query(Userland.WINDOWS, said).addresses == ("10.96.3.4",)
