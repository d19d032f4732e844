"""What witnesses see: small observations that say whether a node can be asked at all."""

from verdicts.observations.attempts import Attempts
from verdicts.vocabulary import Frozen


class Identified(Frozen):
    """A container asked for its hostname through the transport that its self-test chose."""

    container: str
    transport: str
    expected: str
    actual: str


class Reached(Frozen):
    """Attempts from the judged pod at every address that it has to reach, one each."""

    attempts: tuple[Attempts, ...]
