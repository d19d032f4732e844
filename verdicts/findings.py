"""What a claim says of an observation: an outcome, a code, and a sentence of what was seen."""

from typing import Final, Self

from pydantic import Field, JsonValue, model_validator

from verdicts.vocabulary import Frozen, Outcome

HARNESS_ERROR: Final = "harness-error"
"""Code of a check that ended in an error which nobody foresaw: the harness is broken there."""

NOT_JUDGED: Final = "not-judged"
"""Code of a check that ended without handing on what it had seen."""


NOT_READY: Final = "not-ready"
"""Code of a check that was not asked, because what it needs of the fleet did not become ready."""

NEVER_READY: Final = "never-ready"
"""Code of a failure in which a node does not get through to its pods, which are ready by its word."""

FOLLOWS: Final = "follows-failure"
"""Code of a failure that only says once more what another check of its row has failed for."""


class Finding(Frozen):
    """The outcome of one check on one node.

    `code` decides (expectations and alternatives compare it); `seen` is for readers and decides
    nothing; `facts` carries what a cell's sentence quotes (addresses, names, counts).
    `as_control` is the outcome that the same observation has as another column's control where
    the row itself does not count it (frames on Linux, which nobody asks to be l2bridge).
    """

    outcome: Outcome
    code: str
    seen: str
    facts: dict[str, JsonValue] = Field(default_factory=dict)
    as_control: Outcome | None = None

    @model_validator(mode="after")
    def _a_failure_has_a_code_of_its_own(self) -> Self:
        if self.outcome is Outcome.FAIL and self.code in {"", "pass"}:
            raise ValueError("a failed finding needs a code that names how it failed")
        return self

    @classmethod
    def passed(cls, seen: str, **facts: JsonValue) -> Self:
        """The claim holds."""
        return cls(outcome=Outcome.PASS, code="pass", seen=seen, facts=facts)

    @classmethod
    def failed(cls, code: str, seen: str, **facts: JsonValue) -> Self:
        """The platform answered, and the answer contradicts the claim."""
        return cls(outcome=Outcome.FAIL, code=code, seen=seen, facts=facts)

    @classmethod
    def inconclusive(cls, code: str, seen: str, **facts: JsonValue) -> Self:
        """The question could not be asked, or its positive control failed."""
        return cls(outcome=Outcome.INCONCLUSIVE, code=code, seen=seen, facts=facts)

    @classmethod
    def not_applicable(
        cls, code: str, seen: str, *, as_control: Outcome | None = None, **facts: JsonValue
    ) -> Self:
        """The claim does not concern this node, or is only reported there; `seen` says why."""
        return cls(
            outcome=Outcome.NOT_APPLICABLE,
            code=code,
            seen=seen,
            facts=facts,
            as_control=as_control,
        )
