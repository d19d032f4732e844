"""Which source address a pod's containers show to their peers."""

from verdicts.observations.attempts import Attempts
from verdicts.vocabulary import Frozen, Placement


class SourceAsk(Frozen):
    """One container asked one peer address which client it sees.

    `attempts.answers` are the peer's own words, `<address>:<port>`. `own` are the container's
    endpoint addresses; `path_source` is the one that its routes choose towards the peer, empty
    where its userland does not say.
    """

    container: str
    peer: str
    peer_node: str
    own: tuple[str, ...]
    path_source: str = ""
    attempts: Attempts


class Sources(Frozen):
    """Every container of a pod asked peers in one place.

    `nodes` are the other ready and schedulable nodes of the cluster when the peers are on another node, and the
    pod's own when they are on the same.
    """

    pod: str
    pod_ips: tuple[str, ...]
    placement: Placement
    nodes: tuple[str, ...]
    asks: tuple[SourceAsk, ...]
