"""Two requests on one connection with a silence between them, by a Linux container's own nc."""

import re
import shlex
from typing import Final

from conformance.errors import HarnessError
from verdicts.observations.silence import HeldConnection

SILENCE: Final = 5
"""Seconds. What forgets connections this soon forgets them while a person reads a page."""
LIMIT: Final = SILENCE + 7
"""Seconds until a connection is given up, whatever the machine does meanwhile."""
_ANSWERED_WITHIN: Final = 1
_BEGUN, _AGAIN, _ENDED = "# begun", "# again", "# ended"
_MARK: Final = re.compile(r"(# (?:begun|again|ended)) (\d+(?:\.\d+)?)")
_ANSWER: Final = re.compile(
    r"HTTP/1\.\d 200 .*?\r?\n\r?\n([^\r\n#]*?)(?=HTTP/1\.|\r|\n|#|$)", re.DOTALL
)


def held_command(address: str, port: int) -> str:
    """Return the command that asks netexec for its hostname, is silent, and asks once more.

    It tells when, apart from what it sends, by how long the node is up.
    """
    request = "GET /hostname HTTP/1.1\\r\\nHost: netexec\\r\\n"
    return (
        f"now() {{ read up _ < /proc/uptime; echo; echo \"$1 $up\"; }}; now '{_BEGUN}'; "
        f"{{ printf '{request}\\r\\n'; sleep {SILENCE}; now '{_AGAIN}' >&2; "
        f"printf '{request}Connection: close\\r\\n\\r\\n'; sleep {_ANSWERED_WITHIN}; }} "
        f"| timeout {LIMIT} nc {shlex.quote(address)} {port}; now '{_ENDED}'"
    )


def read_held(output: str) -> HeldConnection:
    """Read who answered, in order, and when: both, the first alone, or nobody.

    Raises:
        HarnessError: the image lacks a command.
    """
    marks = {mark: float(at) for mark, at in _MARK.findall(output)}
    if not {_BEGUN, _ENDED} <= marks.keys() or "not found" in output:
        raise HarnessError(
            f"a connection could not be held - Expected: answers of netexec Actual: {output[:200]!r}",
            next_step="see that the pod's image has printf, sleep, nc and timeout, as agnhost's has",
        )
    begun = marks[_BEGUN]
    return HeldConnection(
        answers=tuple(_ANSWER.findall(_MARK.sub("", output))),
        again=round(marks[_AGAIN] - begun, 2) if _AGAIN in marks else None,
        ended=round(marks[_ENDED] - begun, 2),
        limit=LIMIT,
        needed=_ANSWERED_WITHIN,
    )
