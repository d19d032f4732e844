"""Flows that a platform's documentation rules out: not applicable there, whatever came back."""

from dataclasses import dataclass
from typing import Final

from verdicts.observations.directions import ClientKind, Target
from verdicts.vocabulary import Placement

_LIMITS: Final = (
    "https://kubernetes.io/docs/concepts/services-networking/windows-networking/#limitations"
)
_COMMON_PROBLEMS: Final = (
    "https://learn.microsoft.com/virtualization/windowscontainers/kubernetes/common-problems"
)
PING: Final = "icmp"


@dataclass(frozen=True, slots=True)
class UnsupportedFlow:
    """A flow that Windows documents as unsupported; `protocol` None stands for TCP and UDP."""

    kind: ClientKind
    target: Target
    because: str
    source: str
    placement: Placement | None = None
    protocol: str | None = None
    until_build: int | None = None
    """The first build that has it, where a later one does."""


ON_WINDOWS: Final = (
    UnsupportedFlow(
        kind=ClientKind.NODE,
        target=Target.CLUSTER_IP,
        because="a Windows node does not reach Services before LocalRoutedVIP (KB4571748)",
        source=_COMMON_PROBLEMS,
        until_build=17763,
    ),
    UnsupportedFlow(
        kind=ClientKind.NODE,
        target=Target.NODE_PORT,
        placement=Placement.SAME_NODE,
        because="a Windows node does not reach its own NodePorts",
        source=_LIMITS,
    ),
    UnsupportedFlow(
        kind=ClientKind.POD,
        target=Target.CLUSTER_IP,
        protocol=PING,
        because="a Service's address is no host that answers a ping",
        source=_LIMITS,
    ),
)


def unsupported(
    platform: str, kind: ClientKind, target: Target, *, placement: Placement, build: int | None
) -> UnsupportedFlow | None:
    """Return what rules a TCP or UDP flow from a client of this platform out, or None."""
    if not platform.startswith("windows"):
        return None
    return next(
        (
            each
            for each in ON_WINDOWS
            if (each.kind, each.target, each.protocol) == (kind, target, None)
            and each.placement in {None, placement}
            and (each.until_build is None or build is None or build < each.until_build)
        ),
        None,
    )
