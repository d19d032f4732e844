"""Asking a container for names that was ended and started again."""

from conformance.handles import NodeUnderTest
from conformance.probes.dns import names_of
from conformance.probes.restart import restarted
from verdicts.observations.dns import NamesAfterRestart


def names_after_restart(node: NodeUnderTest) -> NamesAfterRestart:
    """Let the quiet pod's containers look names up, once the second was started again.

    Raises:
        HarnessError: a container could not be asked, or its answer cannot be read.
    """
    restart = restarted(node)
    if not restart.was_restarted:
        return NamesAfterRestart(restart=restart)
    return NamesAfterRestart(restart=restart, names=names_of(node, node.quiet_pod))
