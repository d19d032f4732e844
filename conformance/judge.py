"""The one thing a test does with its observation: hand it to the check's claim."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NoReturn, Protocol

import pytest

from conformance.catalogue import Declared
from conformance.errors import ConformanceFailure, HarnessError
from conformance.handles import NodeUnderTest
from conformance.journal import Journal, Line
from verdicts.evidence import Evidence
from verdicts.expectations import expectation_for
from verdicts.findings import Finding
from verdicts.observations.retried import attempts_of
from verdicts.releases import release_of
from verdicts.vocabulary import Frozen, Outcome, Verdict, Weight


class Judge(Protocol):
    """Fixture `judge`: hands an observation to the check's claim, and records the finding."""

    def __call__(self, observation: Frozen) -> None:
        """Judge the observation by the claim that the check declares.

        Raises:
            ConformanceFailure: the claim does not hold.
            HarnessError: the observation does not decide it.
        """


@dataclass(slots=True)
class CheckJudge:
    """Judges one check on one node; every outcome ends in one record."""

    declared: Declared
    node: NodeUnderTest
    journal: Journal
    mark: int
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    line: Line | None = None

    def __call__(self, observation: Frozen) -> None:
        """Judge the observation, record it, and end the test as the finding wants it."""
        finding = self.declared.claim(observation)
        departed: tuple[str, ...] = ()
        if finding.outcome is Outcome.FAIL:
            seen = observation.model_dump_json()
            departed = self.node.fleet.departed(seen)
        self._record(finding, observation, departed)
        if departed:
            raise HarnessError(
                f"{self.declared.check.id} on {self.node.id} - a pod of the run went meanwhile - "
                f"{'; '.join(departed)}",
                next_step="see who ends pods of the run: evictions, quotas, people; run again",
            )
        self._end(finding)

    def could_not_ask(self, code: str, why: str) -> Line:
        """Record that the question was not answered, and return the journal's line."""
        return self._record(Finding.inconclusive(code, why), None)

    def _record(
        self, finding: Finding, observation: Frozen | None, departed: tuple[str, ...] = ()
    ) -> Line:
        self.line = self.journal.write(
            Evidence(
                check=self.declared.check.id,
                node=self.node.id,
                claim=self.declared.check.claim,
                started=self.started,
                ended=datetime.now(UTC),
                observation=observation.dump() if observation is not None else None,
                finding=finding,
                attempts=attempts_of(observation),
                exchanges=self.node.recorder.since(self.mark),
                left_out=self.node.recorder.left_out(self.mark),
                departed=departed,
            )
        )
        return self.line

    def _end(self, finding: Finding) -> None:
        subject = f"{self.declared.check.id} on {self.node.id} ({self.node.judged.node.name})"
        match finding.outcome:
            case Outcome.PASS:
                return
            case Outcome.NOT_APPLICABLE:
                # The finding is recorded; pytest is only told how the item ended.
                pytest.skip(f"{finding.code}: {finding.seen}")  # noqa: TID251
            case Outcome.FAIL:
                self._fail(subject, finding)
            case _:
                raise HarnessError(
                    f"{subject} - not decided ({finding.code}) - {finding.seen}",
                    next_step=f"read the evidence of {self.declared.check.id}@{self.node.id}",
                )

    def _fail(self, subject: str, finding: Finding) -> NoReturn:
        judged = self.node.judged
        expected = expectation_for(
            self.declared.check.feature,
            judged.platform,
            release=release_of(judged.node.kubelet_version),
            active=True,
        )
        # Codes are listed of what decides a row; what only supports it falls with it.
        falls_with_it = (
            self.declared.check.weight is not Weight.REQUIRED
            and expected.verdict is not Verdict.SUPPORTED
        )
        if finding.code in expected.codes or falls_with_it:
            pytest.xfail(f"{finding.code}, as {judged.platform} is known for: {finding.seen}")
        raise ConformanceFailure(
            f"{subject} - {finding.code} - Expected: {self.declared.check.title} "
            f"Actual: {finding.seen}"
        )
