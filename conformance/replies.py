"""Error texts of Go programs on Linux and Windows, sorted into kinds of reply, here and nowhere else.

Windows texts: recorded (`go-socket-errors-*`), and the messages of
https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2
"""

import re

from verdicts.vocabulary import Reply

# The first that matches counts: "connect: connection timed out" is a handshake's, and a proxy's
# sentence around a refusal may contain the word "timeout".
_TEXTS: tuple[tuple[Reply, str], ...] = (
    (Reply.REFUSED, r"connection refused|actively refused it|\bREFUSED\b"),
    (
        Reply.UNREACHABLE,
        (
            r"no route to host|network is unreachable|host is unreachable|host is down"
            r"|unreachable network|unreachable host"
        ),
    ),
    (
        Reply.NOT_PERMITTED,
        r"operation not permitted|permission denied|forbidden by its access permissions",
    ),
    (
        Reply.UNRESOLVED,
        (
            r"no such host|No such host is known|server misbehaving|temporary error during hostname"
            r"|DNS name does not exist|Temporary failure in name resolution|\bDNS:|\blookup \S+"
        ),
    ),
    (
        Reply.TIMED_OUT,
        (
            r"i/o timeout|connection timed out|deadline exceeded|Client\.Timeout|\bTIMEOUT\b"
            r"|did not properly respond after a period of time|has failed to respond"
        ),
    ),
    (
        Reply.CLOSED,
        (
            r"\bEOF\b|connection reset|broken pipe|forcibly closed by the remote host"
            r"|connection was aborted|server closed"
        ),
    ),
)


def reply_of(text: str) -> Reply:
    """Return the kind of reply that an error text tells of; `other` where no rule knows it."""
    for reply, pattern in _TEXTS:
        if re.search(pattern, text):
            return reply
    return Reply.OTHER
