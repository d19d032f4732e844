"""What short names became in the pods of a platform, and by whose doing."""

from collections.abc import Mapping, Sequence

from verdicts.findings import Finding
from verdicts.sentences.wording import counted, having, texts, what_was_seen
from verdicts.vocabulary import Outcome, Verdict

_PROXY = "dns-proxy-leaves-names"
_SHORT_NAMES = ("dns-own-kubernetes", "dns-own-twin")


def sentence(verdict: Verdict, findings: Mapping[str, Sequence[Finding]]) -> str:
    """Return the sentence under the row's cell on one platform."""
    match verdict:
        case Verdict.SUPPORTED:
            return _own_suffixes(findings)
        case Verdict.ALTERNATIVE:
            return _the_proxys_suffixes(findings)
        case _:
            return what_was_seen(findings)


def _own_suffixes(findings: Mapping[str, Sequence[Finding]]) -> str:
    passed = having(findings, Outcome.PASS, *_SHORT_NAMES)
    if not passed:
        return what_was_seen(findings, *_SHORT_NAMES)
    answers = [answers for f in passed if isinstance(answers := f.facts.get("answers"), dict)]
    asked = counted(max(map(len, answers), default=0), "container")
    said = f"short names are the own namespace's in {asked} a pod"
    return f"{said}, though the proxy rewrites" if _rewritten(findings) else said


def _the_proxys_suffixes(findings: Mapping[str, Sequence[Finding]]) -> str:
    for finding in _rewritten(findings):
        for name in texts(finding.facts.get("name")):
            for became in texts(finding.facts.get("became")):
                return f"kube-proxy adds suffixes: {name.rstrip('.')} became {became.rstrip('.')}"
    return what_was_seen(findings, *_SHORT_NAMES, _PROXY)


def _rewritten(findings: Mapping[str, Sequence[Finding]]) -> list[Finding]:
    return [f for f in findings.get(_PROXY, ()) if f.code == "reported-rewrites"]
