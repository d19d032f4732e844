"""Two requests on one connection with a silence between them, by a Linux container's own nc."""

import re
import shlex
from typing import Final

from conformance.errors import HarnessError

SILENCE: Final = 5
"""Seconds. What forgets connections this soon forgets them while a person reads a page."""
LIMIT: Final = SILENCE + 3
_ENDED: Final = "# ended"
_ANSWER: Final = re.compile(
    r"HTTP/1\.\d 200 .*?\r?\n\r?\n([^\r\n#]*?)(?=HTTP/1\.|\r|\n|#|$)", re.DOTALL
)


def held_command(address: str, port: int) -> str:
    """Return the command that asks netexec for its hostname, is silent, and asks once more."""
    request = "GET /hostname HTTP/1.1\\r\\nHost: netexec\\r\\n"
    return (
        f"{{ printf '{request}\\r\\n'; sleep {SILENCE}; "
        f"printf '{request}Connection: close\\r\\n\\r\\n'; sleep 1; }} "
        f"| timeout {LIMIT} nc {shlex.quote(address)} {port}; echo; echo '{_ENDED}'"
    )


def read_held(output: str) -> tuple[str, ...]:
    """Read who answered, in order: both, the first alone, or nobody.

    Raises:
        HarnessError: the image lacks a command.
    """
    if _ENDED not in output or "not found" in output:
        raise HarnessError(
            f"a connection could not be held - Expected: answers of netexec Actual: {output[:200]!r}",
            next_step="see that the pod's image has printf, sleep, nc and timeout, as agnhost's has",
        )
    return tuple(_ANSWER.findall(output))
