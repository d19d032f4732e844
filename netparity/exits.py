"""Exit codes of the command, as every CI job reads them."""

from enum import IntEnum


class Exit(IntEnum):
    """What a finished command says to its caller."""

    AS_EXPECTED = 0
    REGRESSION = 1
    COULD_NOT_ASK = 2
    USAGE = 3
