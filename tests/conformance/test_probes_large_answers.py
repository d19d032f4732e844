"""How many addresses are asked for, in which room, and what is left of the Service in the end."""

import json
import struct
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest

from conformance.containers import Container, HttpAnswer, ShellAnswer
from conformance.handles import NodeUnderTest
from conformance.objects import JsonObject
from conformance.probes.large_answers import large_answers
from conformance.timeouts import LAB
from conformance.userlands.dns_datagrams import ROOM, addresses_in, question
from tests.conformance.name_service import Names
from verdicts.claims.large_answers import large_answers_arrive
from verdicts.observations.retried import attempts_of
from verdicts.vocabulary import Mode

pytestmark = pytest.mark.usefixtures("time_flies")

MANY = "many-linux-kernel-0.run.svc.cluster.local."
LOST = "read udp 10.244.0.5:40000->10.96.0.10:53: i/o timeout"
HEADER = struct.Struct(">HHHHHH")
TRUNCATED = 0x0200


def answer_to(asked: bytes, addresses: int, *, cut: bool = False) -> bytes:
    """Return what CoreDNS says: the question, and a record of 16 bytes for each address."""
    number, _, _, _, _, options = HEADER.unpack_from(asked)
    body = asked[HEADER.size : len(asked) - 11 * options]
    head = HEADER.pack(number, 0x8580 | (TRUNCATED if cut else 0), 1, addresses, 0, 0)
    record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 200, 4)
    return head + body + b"".join(record + bytes([192, 0, 2, n + 1]) for n in range(addresses))


def as_netexec_says(octets: bytes) -> str:
    return octets.decode("utf-8", errors="replace")


def room_in(asked: bytes) -> int:
    options = HEADER.unpack_from(asked)[-1]
    return int(struct.unpack_from(">H", asked, len(asked) - 8)[0]) if options else 512


@dataclass
class ManyNames(Names):
    """Names beside one of `published` addresses, which the server knows after `known_after` looks.

    Answers above `most` bytes are lost, `flaky` of them at first; the server cuts what is above
    its `limit`.
    """

    most: int = 2**16
    flaky: int = 0
    limit: int = 4096
    heeds_room: bool = True
    known_after: int = 1
    over_tcp: int = 60
    objects: dict[str, JsonObject] = field(default_factory=dict)
    rooms: list[int] = field(default_factory=list)

    def ask(self, container: Container, request: str, *, timeout: float) -> HttpAnswer:
        assert timeout > 0
        query = {key: value[0] for key, value in parse_qs(urlsplit(request).query).items()}
        assert (container.pod.name, query["protocol"], query["port"]) == ("probe", "udp", "53")
        asked = query["request"].encode("ascii")
        room = min(room_in(asked), self.limit)
        self.rooms.append(room_in(asked))
        said = self._said(asked, room)
        lost = len(said) > self.most or (room > 512 and not self.heeds_room)
        if lost or (len(said) > 512 and self.flaky > 0):
            self.flaky -= 1
            return HttpAnswer(200, json.dumps({"errors": [LOST]}))
        return HttpAnswer(200, json.dumps({"responses": [as_netexec_says(said)]}))

    def _said(self, asked: bytes, room: int) -> bytes:
        if b"many" not in asked:
            return answer_to(asked, 1)
        published = 60 if len(self.objects) == 2 else 0
        if self.rooms and len(self.rooms) <= self.known_after:
            published = 0
        whole = answer_to(asked, published)
        return whole if len(whole) <= room else answer_to(asked, (room - 100) // 16, cut=True)

    def shell(self, container: Container, command: str, *, timeout: float) -> ShellAnswer:
        if "nc" in command and "od -An" in command:
            wire = answer_to(question(MANY, room=None).encode("ascii"), self.over_tcp)
            octets = struct.pack(">H", len(wire)) + wire if self.over_tcp else b""
            return ShellAnswer("# bytes\n" + " ".join(f"{octet:02x}" for octet in octets))
        return super().shell(container, command, timeout=timeout)

    def create(self, manifest: JsonObject) -> JsonObject:
        self.objects[str(manifest["kind"])] = manifest
        return manifest

    def delete(self, path: str, *, grace: int | None = None) -> None:
        assert grace is None
        self.objects.pop({"services": "Service", "endpoints": "Endpoints"}[path.split("/")[-2]])

    def judged(self, *, mode: Mode = Mode.KERNEL) -> NodeUnderTest:
        known = vars(self.node(mode=mode))
        known["fleet"].run_id = "run"
        return cast("NodeUnderTest", SimpleNamespace(**known, id="linux-kernel-0", patience=LAB))


@pytest.mark.parametrize("mode", [Mode.KERNEL, Mode.USER])
def test_all_addresses_come_where_the_asker_has_room_for_them(mode: Mode) -> None:
    names = ManyNames()

    seen = large_answers(names.judged(mode=mode))

    assert [(each.container, each.large) for each in seen.asked] == [
        (container, (60,)) for container in "abc"
    ]
    assert all(0 < (each.small or 0) < 60 for each in seen.asked)
    assert set(names.rooms) == {512, ROOM}
    assert large_answers_arrive(seen).code == "pass"
    assert names.objects == {}


def test_a_name_is_waited_for_until_its_server_knows_it() -> None:
    seen = large_answers(ManyNames(known_after=4).judged())

    assert seen.known.looks == 5
    assert large_answers_arrive(seen).code == "pass"


def test_answers_that_are_lost_for_their_size_are_asked_for_again() -> None:
    seen = large_answers(ManyNames(most=512).judged())

    assert [each.large for each in seen.asked] == [(None,) * 3] * 3
    assert [each.control for each in seen.asked] == [1] * 3
    assert large_answers_arrive(seen).code == "silent"


def test_one_lost_datagram_is_no_lost_size() -> None:
    seen = large_answers(ManyNames(flaky=1).judged(mode=Mode.USER))

    assert seen.asked[0].large == (None, 60)
    assert attempts_of(seen) == 2
    assert large_answers_arrive(seen).code == "pass"


def test_questions_that_are_lost_for_telling_of_room_say_nothing_of_size() -> None:
    seen = large_answers(ManyNames(heeds_room=False).judged())

    assert large_answers_arrive(seen).code == "control-failed"


@pytest.mark.parametrize(("over_tcp", "code"), [(60, "pass"), (20, "fewer"), (0, "not-over-tcp")])
def test_a_server_that_cuts_its_answers_is_asked_over_tcp(over_tcp: int, code: str) -> None:
    seen = large_answers(ManyNames(limit=512, over_tcp=over_tcp).judged())

    assert large_answers_arrive(seen).code == code


def test_a_name_that_never_comes_to_be_known_decides_nothing() -> None:
    names = ManyNames(known_after=10_000)

    seen = large_answers(names.judged())

    assert large_answers_arrive(seen).code == "never-known"
    assert names.objects == {}


def test_a_container_without_a_name_server_has_none_to_ask() -> None:
    seen = large_answers(ManyNames(unserved="abc").judged())

    assert (seen.asked, seen.unserved) == ((), ("a", "b", "c"))
    assert large_answers_arrive(seen).code == "no-server"


def test_an_answer_to_another_question_has_no_addresses() -> None:
    asked = question(MANY, room=ROOM).encode("ascii")

    assert addresses_in(as_netexec_says(answer_to(asked, 60))) == 60
    assert addresses_in(as_netexec_says(b"\x00\x01" + answer_to(asked, 60)[2:])) == 0
    assert addresses_in("") == 0
