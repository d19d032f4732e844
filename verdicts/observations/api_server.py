"""What comes of asking for the API server at the Service that every cluster has for it."""

from verdicts.observations.attempts import Attempts
from verdicts.observations.load_balancing import Convergence
from verdicts.vocabulary import Frozen, Mode, Reply


class AskedElsewhere(Frozen):
    """The same request from a pod on another node; `mode` is that of the node's service proxy."""

    client: str
    node: str
    mode: Mode
    request: Attempts

    @property
    def came_through(self) -> bool:
        """Whether the API server was met: only a proxy in user mode completes handshakes for it."""
        closed_by_itself = self.mode is Mode.KERNEL and Reply.CLOSED in self.request.replies
        return self.request.answered > 0 or closed_by_itself


class ApiServerSample(Frozen):
    """Plain HTTP requests to `default/kubernetes`, whose endpoints are no pods.

    An API server says to those that it wants TLS, or closes the connection; nothing is asked of
    it. `requests` are the last until one was answered or the bound had passed, and one after
    `elsewhere`, the control. That, and `handshake`, a bare TCP one, are asked only where the first
    was not answered.
    """

    address: str
    port: int
    client: str
    readiness: Convergence
    requests: tuple[Attempts, ...]
    handshake: Reply | None = None
    elsewhere: tuple[AskedElsewhere, ...] = ()
