"""Whose endpoints the pods of a platform have: a plugin's or nobody's, and with which MAC."""

from collections.abc import Mapping, Sequence

from verdicts.findings import Finding
from verdicts.sentences.wording import having, listed, texts, what_was_seen
from verdicts.vocabulary import Outcome, Verdict

_ADDRESSES = "cni-distinct-addresses"
_CONFIGURATION = "cni-plugin-configuration"
_FRAMES = "cni-l2bridge-mac"


def sentence(verdict: Verdict, findings: Mapping[str, Sequence[Finding]]) -> str:
    """Return the sentence under the row's cell on one platform."""
    parts: tuple[str, ...] = ()
    if verdict is Verdict.SUPPORTED:
        parts = (_plugin(findings), _frames(findings), _counts(findings))
    elif verdict is Verdict.UNSUPPORTED and (missing := _no_plugin(findings)):
        parts = (missing, _frames(findings))
    return "; ".join(part for part in parts if part) or what_was_seen(findings)


def _plugin(findings: Mapping[str, Sequence[Finding]]) -> str:
    if any(finding.facts.get("l2bridge") is True for finding in findings.get(_FRAMES, ())):
        return ""
    found = having(findings, Outcome.PASS, _CONFIGURATION)
    names = dict.fromkeys(name for f in found for name in texts(f.facts.get("networks"))[:1])
    return f"plugin {listed(names)}" if names else ""


def _no_plugin(findings: Mapping[str, Sequence[Finding]]) -> str:
    failed = having(findings, Outcome.FAIL, _CONFIGURATION)
    return "no plugin configuration" if any(f.code == "no-plugin" for f in failed) else ""


def _frames(findings: Mapping[str, Sequence[Finding]]) -> str:
    """Name one pod and whose MAC its frames bear; a pod's own outweighs."""
    borne = {
        bearing: pod_ip
        for finding in reversed(findings.get(_FRAMES, ()))
        for bearing in texts(finding.facts.get("bearing"))
        for pod_ip in texts(finding.facts.get("pod_ip"))
    }
    if "own" in borne:
        return f"frames of {borne['own']} bear the pod's own MAC"
    if "node" not in borne:
        return ""
    promised = any(f.facts.get("l2bridge") is True for f in findings[_FRAMES])
    return f"{'l2bridge: ' if promised else ''}frames of {borne['node']} bear the node's MAC"


def _counts(findings: Mapping[str, Sequence[Finding]]) -> str:
    for finding in having(findings, Outcome.PASS, _ADDRESSES):
        pods, addresses = finding.facts.get("pods"), finding.facts.get("addresses")
        if isinstance(pods, int) and isinstance(addresses, int):
            return f"{pods} pods, {addresses} addresses"
    return ""
