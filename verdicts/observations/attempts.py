"""Repeated attempts at one address and port, as a client saw them."""

from verdicts.vocabulary import Frozen, Protocol, Reply


class Failure(Frozen):
    """One attempt that brought no answer: the kind that is compared, and the text it came from."""

    reply: Reply
    detail: str


class Attempts(Frozen):
    """New connections (TCP) or datagrams (UDP) from one client to one address and port.

    `answers` are the texts that came back, in order unless a connection timed out. agnhost forgets
    them when its last try fails, so `answered` counts tries minus failures and may exceed
    `len(answers)`.
    """

    client: str
    address: str
    port: int
    protocol: Protocol
    tries: int
    answers: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()

    @property
    def answered(self) -> int:
        """How many tries were answered."""
        return self.tries - len(self.failures)

    @property
    def replies(self) -> frozenset[Reply]:
        """Every kind of reply that was seen."""
        kinds = {failure.reply for failure in self.failures}
        return frozenset(kinds | ({Reply.ANSWERED} if self.answered else set()))
