"""A name of many addresses, and how many of them a name server's answers bring."""

from verdicts.observations.load_balancing import Convergence
from verdicts.observations.retried import Retried
from verdicts.vocabulary import Frozen


class AskedForMany(Retried):
    """How many addresses one container's name server gave, None where no answer came.

    `small` is what fits the 512 bytes that everybody has room for. `large` are answers to the same
    question with more room (EDNS0), try by try until one came: UDP promises no delivery. `control`
    is such a question for a name of one address, put only where none came; `over_tcp` is put only
    where the answer was less than all, None too where the userland cannot ask so.
    """

    container: str
    server: str
    small: int | None
    large: tuple[int | None, ...]
    control: int | None = None
    over_tcp: int | None = None

    @property
    def succeeded(self) -> tuple[bool, ...]:
        """Whether each try with more room brought an answer."""
        return tuple(count is not None for count in self.large)

    @property
    def count(self) -> int | None:
        """The answer that counts."""
        return self.large[-1]


class LargeAnswers(Frozen):
    """The full name of a headless Service with `wanted` addresses, asked in every container.

    `known` is how long it took until the name server knew any of them. `unserved` are containers
    that know no name server, and so had none to ask.
    """

    pod: str
    name: str
    wanted: int
    known: Convergence
    asked: tuple[AskedForMany, ...]
    unserved: tuple[str, ...] = ()
