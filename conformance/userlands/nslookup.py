"""`nslookup` of busybox, of BIND and of Windows: one query, and the three forms of its answer."""

import re
import shlex
from typing import Final

from conformance.errors import HarnessError
from verdicts.observations.dns import Answer, Query

_LIMIT: Final = 12
"""Seconds: busybox asks once more after five of them, BIND and Windows in less."""
_STATUS: Final = "# status"

# BIND says "** server can't find NAME: NXDOMAIN", busybox the same, Windows "*** HOST can't find
# NAME: Non-existent domain".
_FAILURES: Final = (
    (Answer.NXDOMAIN, r"NXDOMAIN|Non-existent domain"),
    (Answer.SERVFAIL, r"SERVFAIL|Server failed"),
    (Answer.REFUSED, r"REFUSED|Query refused"),
    (Answer.NODATA, r"No answer|No internal type|No address"),
    (
        Answer.SILENT,
        r"timed[ -]out|no servers could be reached|No response from server|onnection refused",
    ),
)
_ADDRESS: Final = re.compile(r"(?:Address(?:es)?(?: \d+)?:)?\s*(\d+\.\d+\.\d+\.\d+)\s*")
_COMPLETE: Final = re.compile(r"^Server:", re.MULTILINE)


def query_command(
    name: str, server: str, port: int, *, kind: str = "a", over_tcp: bool = False
) -> str:
    """Return the command that sends one query without EDNS0 for an absolute name; `a` or `aaaa`.

    `name` ends in the root's dot, so that no search list is applied to it. Over TCP neither
    busybox's nslookup can ask nor any that is not of BIND or Windows.
    """
    to = f"{shlex.quote(name)} {shlex.quote(server)}"
    way = "-vc " if over_tcp else ""
    return f"timeout {_LIMIT} nslookup {way}-port={port} -type={kind} {to}; echo '{_STATUS}' $?"


def read_query(output: str) -> Query:
    """Read one run of that command.

    Raises:
        HarnessError: the image has no nslookup, or it said nothing that is understood.
    """
    said, found, status = output.rpartition(_STATUS)
    if not found or status.strip() in {"126", "127"}:
        raise _unreadable(output)
    # Before "Name:" stands the server's own address.
    _, named, answer = said.partition("Name:")
    if named:
        lines = answer.splitlines()[1:]
        addresses = tuple(m[1] for line in lines if (m := _ADDRESS.fullmatch(line)))
        if addresses:
            return Query(answer=Answer.NOERROR, addresses=tuple(dict.fromkeys(addresses)))
    for kind, pattern in _FAILURES:
        if re.search(pattern, said):
            return Query(answer=kind, detail=_last_line(said))
    if status.strip() in {"124", "143"}:
        return Query(answer=Answer.SILENT, detail=f"no answer within {_LIMIT} s")
    if _COMPLETE.search(said):
        # busybox prints its server and then nothing where a name has no such record.
        return Query(answer=Answer.NODATA, detail="no address in the answer")
    raise _unreadable(output)


def _last_line(said: str) -> str:
    return next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "")


def _unreadable(output: str) -> HarnessError:
    return HarnessError(
        "a name server could not be asked directly - Expected: an answer as nslookup prints it "
        f"Actual: {output[:200]!r}",
        next_step="see that the pod's image has nslookup of busybox or BIND, and timeout",
    )
