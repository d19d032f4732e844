"""What a row falls short of that its required checks do not decide."""

from collections.abc import Mapping, Sequence

from verdicts.findings import Finding
from verdicts.sentences.wording import having, what_was_seen
from verdicts.vocabulary import Outcome


def shortfall(names: Mapping[str, str], findings: Mapping[str, Sequence[Finding]]) -> str:
    """Say which supporting check failed first, by its name in `names`, and what was seen."""
    for check, name in names.items():
        for finding in having(findings, Outcome.FAIL, check):
            return f"{name}: {finding.seen}"
    return what_was_seen(findings, *names)
