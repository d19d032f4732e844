"""What was seen of a proxy in user mode: the order of its backends, and what an empty Service does."""

from collections.abc import Mapping, Sequence

from verdicts.findings import Finding
from verdicts.sentences.supporting import shortfall
from verdicts.sentences.wording import having, what_was_seen
from verdicts.vocabulary import Outcome, Verdict

_ROTATION, _EMPTY = "user-round-robin", "user-no-endpoints-accepts"
_REQUIRED = (
    "user-tcp-backends",
    "user-udp-backends",
    _ROTATION,
    _EMPTY,
    "user-refusing-backend-masked",
)
_SUPPORTING = {
    "user-backends-follow": "scaling",
    "user-node-port": "NodePort",
    "user-api-service": "API server's Service",
    "user-source-address": "source",
}


def sentence(verdict: Verdict, findings: Mapping[str, Sequence[Finding]]) -> str:
    """Return the sentence under the row's cell on one platform."""
    match verdict:
        case Verdict.SUPPORTED:
            return _how_it_behaves(findings)
        case Verdict.PARTIAL:
            return f"{_rotation(findings) or 'reached'}; but {shortfall(_SUPPORTING, findings)}"
        case _:
            return what_was_seen(findings, *_REQUIRED)


def _how_it_behaves(findings: Mapping[str, Sequence[Finding]]) -> str:
    empty = [finding.seen for finding in having(findings, Outcome.PASS, _EMPTY)[:1]]
    said = [part for part in (_rotation(findings), *empty) if part]
    return "; ".join(said) or what_was_seen(findings, *_REQUIRED)


def _rotation(findings: Mapping[str, Sequence[Finding]]) -> str:
    for finding in having(findings, Outcome.PASS, _ROTATION):
        backends = finding.facts.get("backends")
        if isinstance(backends, int):
            return f"strict round robin over {backends} backends"
    return ""
