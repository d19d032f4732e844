"""What is written down of a fault that the suite was run under, and of all of them."""

from enum import StrEnum

from pydantic import Field

from verdicts.vocabulary import Feature, Frozen


class Result(StrEnum):
    """What the suite made of a fault."""

    CAUGHT = "caught"
    """The expected check failed in the expected cell, and nothing else was blamed."""
    SURVIVED = "survived"
    """A fault of the harness: the matrix is that of the clean cluster."""
    INCONCLUSIVE = "inconclusive"
    """A fault of the harness: the run says that it could not ask, and blames nobody."""
    MISSED = "missed"
    """Anything else; the complaints say what."""


class Difference(Frozen):
    """A check that ended otherwise than on the clean cluster."""

    check: str
    node: str
    before: str
    """Outcome and code on the clean cluster."""
    after: str
    because: str = ""


class Judgement(Frozen):
    """A run under a fault beside the run without."""

    result: Result
    turned: tuple[Difference, ...] = ()
    """The expected check, and reported ones, which decide nothing."""
    collateral: tuple[Difference, ...] = ()
    """What a witness made inconclusive."""
    complaints: tuple[str, ...] = ()
    """Why it is missed, one sentence each."""


class Experiment(Frozen):
    """A fault on one node, and what came of it."""

    fault: str
    node: str
    """Empty for a fault of the whole cluster."""
    platform: str
    asked: tuple[Feature, ...] = ()
    """The rows that were asked about."""
    judgement: Judgement
    cell: str = ""
    """The verdict of the expected cell; empty where none is expected."""
    bite: str = ""
    """What its own proof saw while it was there."""
    healed: str = ""
    """And what after it was cleared."""
    exit_code: int | None = None
    seconds: dict[str, float] = Field(default_factory=dict)

    @property
    def key(self) -> str:
        """The name of the experiment's file and folder."""
        return f"{self.fault}@{self.node or 'cluster'}"

    @property
    def is_missed(self) -> bool:
        """Whether it fails the target."""
        return self.judgement.result is Result.MISSED


class Mutation(Frozen):
    """All experiments beside the clean runs, for programs."""

    seconds: float
    clean: dict[str, float]
    """Seconds of the clean runs, the first and the last."""
    complaints: tuple[str, ...]
    """What is wrong without any fault, or after all of them."""
    experiments: tuple[Experiment, ...]
