"""The one thing a test does with its observation."""

from typing import Protocol

from verdicts.vocabulary import Frozen


class Judge(Protocol):
    """Fixture `judge`: hands an observation to the check's claim, and records the finding."""

    def __call__(self, observation: Frozen) -> None:
        """Judge the observation by the claim that the check declares.

        Raises:
            ConformanceFailure: the claim does not hold.
            HarnessError: the observation does not decide it.
        """
