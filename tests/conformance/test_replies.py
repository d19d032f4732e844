"""Texts of Go programs on Linux and Windows mean one kind of reply each."""

from pathlib import Path

import pytest

from conformance.replies import reply_of
from verdicts.vocabulary import Reply

# What others posted is not ours to copy: it lies beside a checkout whose owner has collected it.
RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings" / "other"

# The system's own messages, which Go puts behind the name of the call that failed:
# https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2
WINDOWS_MESSAGES = {
    "connectex: A connection attempt failed because the connected party did not properly respond "
    "after a period of time, or established connection failed because connected host has failed "
    "to respond.": Reply.TIMED_OUT,
    "connectex: A socket operation was attempted to an unreachable network.": Reply.UNREACHABLE,
    "connectex: A socket operation was attempted to an unreachable host.": Reply.UNREACHABLE,
    "connectex: An attempt was made to access a socket in a way forbidden by its access "
    "permissions.": Reply.NOT_PERMITTED,
    "wsarecv: An existing connection was forcibly closed by the remote host.": Reply.CLOSED,
    "wsasend: An established connection was aborted by the software in your host machine.": (
        Reply.CLOSED
    ),
    "getaddrinfow: No such host is known.": Reply.UNRESOLVED,
}


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        (
            'Get "http://10.0.0.9:8080/hostname": dial tcp 10.0.0.9:8080: connect: connection refused',
            Reply.REFUSED,
        ),
        (
            "reading from udp connection failed. err:'read udp 10.244.1.5:39044->10.96.0.9:81: read: connection refused'",
            Reply.REFUSED,
        ),
        ("REFUSED\n", Reply.REFUSED),
        (
            "OTHER: dial tcp 10.96.0.9:80: connectex: No connection could be made because the target machine actively refused it.",
            Reply.REFUSED,
        ),
        ("dial tcp 10.0.0.9:8080: connect: no route to host", Reply.UNREACHABLE),
        ("OTHER: dial tcp 10.0.0.9:80: connect: network is unreachable", Reply.UNREACHABLE),
        ("dial tcp 10.0.0.9:80: connect: operation not permitted", Reply.NOT_PERMITTED),
        (
            'Get "http://10.0.0.9/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
            Reply.TIMED_OUT,
        ),
        (
            "reading from udp connection failed. err:'read udp 10.244.1.5:3->10.96.0.9:81: i/o timeout'",
            Reply.TIMED_OUT,
        ),
        ("TIMEOUT\n", Reply.TIMED_OUT),
        ('Get "http://10.96.0.9/": EOF', Reply.CLOSED),
        ("read tcp 10.0.0.1:5->10.0.0.2:6: read: connection reset by peer", Reply.CLOSED),
        ("DNS: lookup nobody on 10.96.0.10:53: no such host", Reply.UNRESOLVED),
        ("host and/or port param are invalid. lookup web: i/o timeout", Reply.UNRESOLVED),
        ("something nobody has seen yet", Reply.OTHER),
        ("", Reply.OTHER),
    ],
)
def test_a_text_means_one_kind_of_reply(text: str, reply: Reply) -> None:
    assert reply_of(text) is reply


@pytest.mark.parametrize(("message", "reply"), list(WINDOWS_MESSAGES.items()))
def test_a_message_of_windows_means_one_kind_of_reply(message: str, reply: Reply) -> None:
    assert reply_of(f"dial tcp 10.0.0.9:80: {message}") is reply


@pytest.mark.skipif(
    not RECORDINGS.is_dir(),
    reason="third parties' recordings are read where ../shared/recordings lies beside the checkout",
)
@pytest.mark.parametrize(
    ("recording", "replies"),
    [
        ("go-socket-errors--refused.txt", {Reply.REFUSED}),
        ("go-socket-errors--dns.txt", {Reply.UNRESOLVED}),
        ("go-socket-errors--reset-and-aborted.txt", {Reply.CLOSED}),
        (
            "go-socket-errors--timeout-and-unreachable.txt",
            {Reply.TIMED_OUT, Reply.UNREACHABLE},
        ),
    ],
)
def test_recorded_texts_of_windows_are_known(recording: str, replies: set[Reply]) -> None:
    text = (RECORDINGS / recording).read_text(encoding="utf-8").partition("\n# ---\n")[2]

    assert {reply_of(line) for line in text.splitlines() if line} == replies
