"""Words that the sentences of several rows are put together from."""

from collections.abc import Iterable, Mapping, Sequence

from verdicts.findings import Finding
from verdicts.vocabulary import Outcome

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six")
_SHOWN = 3


def counted(number: int, noun: str) -> str:
    """Return `three containers`, `one container`, `12 containers`."""
    word = _NUMBERS[number] if number < len(_NUMBERS) else str(number)
    return f"{word} {noun}" if number == 1 else f"{word} {noun}s"


def listed(words: Iterable[str], *, shown: int = _SHOWN) -> str:
    """Join words by commas, each once; those beyond `shown` are only counted."""
    distinct = list(dict.fromkeys(word for word in words if word))
    more = len(distinct) - shown
    return ", ".join(distinct[:shown]) + (f" and {more} more" if more > 0 else "")


def texts(value: object) -> tuple[str, ...]:
    """Return the texts in a fact; none where the fact is missing or has another shape."""
    if isinstance(value, str):
        return (value,) if value else ()
    if isinstance(value, Mapping):
        return texts([*value.values()])
    if isinstance(value, list | tuple):
        return tuple(text for item in value for text in texts(item))
    return ()


def having(
    findings: Mapping[str, Sequence[Finding]], outcome: Outcome, *checks: str
) -> tuple[Finding, ...]:
    """Return the findings with this outcome: of these checks in their order, or of all."""
    return tuple(
        finding
        for check in checks or findings
        for finding in findings.get(check, ())
        if finding.outcome is outcome
    )


def what_was_seen(findings: Mapping[str, Sequence[Finding]], *checks: str) -> str:
    """Say what failed in the checks' own words; where nothing failed, what was seen at all."""
    for outcome in (Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.PASS, Outcome.NOT_APPLICABLE):
        found = having(findings, outcome, *checks)
        if found:
            return "; ".join(dict.fromkeys(finding.seen for finding in found[:2]))
    return "nothing was seen"
