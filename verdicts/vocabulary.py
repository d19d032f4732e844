"""The words that every room shares: features, modes, weights, outcomes, verdicts."""

from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, JsonValue


class Frozen(BaseModel):
    """A value that is written to a file and read back: immutable, and strict about its fields."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="forbid", use_enum_values=False, ser_json_inf_nan="strings"
    )

    def dump(self) -> dict[str, JsonValue]:
        """Return the value as JSON-ready data."""
        return self.model_dump(mode="json")


class Feature(StrEnum):
    """A row of the matrix, by its stable id."""

    SHARED_COMPARTMENT = "shared-compartment"
    SINGLE_ENDPOINT = "single-endpoint"
    USER_MODE = "user-mode-load-balancing"
    KERNEL_MODE = "kernel-mode-load-balancing"
    DNS_SUFFIXES = "dns-search-suffixes"
    CNI_PLUGIN = "cni-plugin"

    @property
    def mode(self) -> "Mode | None":
        """The proxy mode whose nodes judge this row; None where every sampled node does."""
        return {Feature.USER_MODE: Mode.USER, Feature.KERNEL_MODE: Mode.KERNEL}.get(self)

    @property
    def heading(self) -> str:
        """The row's name as the matrix prints it."""
        return _HEADINGS[self]


_HEADINGS = {
    Feature.SHARED_COMPARTMENT: "Containers of a pod share one compartment",
    Feature.SINGLE_ENDPOINT: "One endpoint per pod",
    Feature.USER_MODE: "User-mode load balancing",
    Feature.KERNEL_MODE: "Kernel-mode load balancing",
    Feature.DNS_SUFFIXES: "DNS search suffixes per pod",
    Feature.CNI_PLUGIN: "CNI plugin support",
}


class Mode(StrEnum):
    """Where a node's service proxy forwards packets."""

    USER = "user"
    KERNEL = "kernel"
    UNKNOWN = "unknown"


class Weight(StrEnum):
    """What a check can do to its cell."""

    REQUIRED = "required"
    SUPPORTING = "supporting"
    REPORTED = "reported"


class Level(StrEnum):
    """Which profile of a run asks a check."""

    CORE = "core"
    """Asked by every run."""
    EXTENDED = "extended"
    """Asked where time is given: it changes the cluster at length, or asks the same more widely."""


class RunProfile(StrEnum):
    """How much a run asks."""

    CORE = "core"
    FULL = "full"

    def asks(self, level: Level) -> bool:
        """Say whether checks of this level are asked."""
        return self is RunProfile.FULL or level is Level.CORE


class Outcome(StrEnum):
    """How a check ended on one node."""

    PASS = "pass"  # noqa: S105  # an outcome, not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not-applicable"
    NOT_RUN = "not-run"


UNANSWERED = frozenset({Outcome.INCONCLUSIVE, Outcome.NOT_RUN})
"""The outcomes that leave a check without an answer."""


class Verdict(StrEnum):
    """What a cell of the matrix says."""

    SUPPORTED = "supported"
    PARTIAL = "partial"
    ALTERNATIVE = "alternative"
    UNSUPPORTED = "unsupported"
    NOT_ACTIVE = "not-active"
    NOT_APPLICABLE = "not-applicable"
    INCONCLUSIVE = "inconclusive"


class Origin(StrEnum):
    """Where a cell's verdict comes from; an emulated cell is never called measured."""

    MEASURED = "measured"
    EMULATED = "emulated"
    DOCUMENTED = "documented"


class Agreement(StrEnum):
    """A cell's verdict beside the expectation."""

    AS_EXPECTED = "as-expected"
    REGRESSION = "regression"
    IMPROVEMENT = "improvement"
    UNKNOWN = "unknown"


class Reply(StrEnum):
    """How one attempt to reach an address and port ended."""

    ANSWERED = "answered"
    REFUSED = "refused"
    TIMED_OUT = "timed-out"
    CLOSED = "closed"
    UNREACHABLE = "unreachable"
    NOT_PERMITTED = "not-permitted"
    UNRESOLVED = "unresolved"
    OTHER = "other"


class Protocol(StrEnum):
    """A transport protocol that a probe speaks."""

    TCP = "tcp"
    UDP = "udp"


class Placement(StrEnum):
    """Where the other end of a probe runs, seen from the judged node."""

    SAME_NODE = "same-node"
    OTHER_NODE = "other-node"
