"""What was seen of a proxy in kernel mode: who answers, and what becomes of an empty Service."""

from collections.abc import Mapping, Sequence

from verdicts.findings import Finding
from verdicts.sentences.supporting import shortfall
from verdicts.sentences.wording import having, listed, texts, what_was_seen
from verdicts.vocabulary import Outcome, Verdict

_TCP, _UDP = "kernel-tcp-backends", "kernel-udp-backends"
_EMPTY, _REFUSING = "kernel-no-endpoints-no-handshake", "kernel-refusing-backend-not-masked"
_SOURCE = "kernel-source-address"
_REQUIRED = (_TCP, _UDP, _EMPTY, _REFUSING)
_SUPPORTING = {
    "kernel-backends-follow": "scaling",
    "kernel-hairpin": "hairpin",
    "kernel-node-port": "NodePort",
    "kernel-api-service": "API server's Service",
    _SOURCE: "source",
    "kernel-services-independent": "another Service's deletion",
    "kernel-last-endpoint-gone": "last endpoint",
}
_SOURCES = {"pod-ip": "pod IPs kept", "node-ip": "node IPs seen"}


def sentence(verdict: Verdict, findings: Mapping[str, Sequence[Finding]]) -> str:
    """Return the sentence under the row's cell on one platform."""
    match verdict:
        case Verdict.SUPPORTED:
            said = [
                part
                for part in (_backends(findings), _empty(findings), _sources(findings))
                if part
            ]
            return ", ".join(said) or what_was_seen(findings, *_REQUIRED)
        case Verdict.PARTIAL:
            return f"{_backends(findings) or 'reached'}; but {shortfall(_SUPPORTING, findings)}"
        case _:
            return what_was_seen(findings, *_REQUIRED)


def _backends(findings: Mapping[str, Sequence[Finding]]) -> str:
    for finding in having(findings, Outcome.PASS, _TCP):
        backends = finding.facts.get("backends")
        if isinstance(backends, int):
            protocols = "TCP and UDP" if having(findings, Outcome.PASS, _UDP) else "TCP"
            return f"{backends} backends over {protocols}"
    return ""


def _empty(findings: Mapping[str, Sequence[Finding]]) -> str:
    kinds = [
        kind
        for finding in having(findings, Outcome.PASS, _EMPTY)
        for kind in texts(finding.facts.get("kinds"))
    ]
    return f"no handshake without backends ({listed(kinds)})" if kinds else ""


def _sources(findings: Mapping[str, Sequence[Finding]]) -> str:
    whose = [
        word
        for outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE)
        for finding in having(findings, outcome, _SOURCE)
        for word in texts(finding.facts.get("whose"))
    ]
    return listed(_SOURCES.get(word, "") for word in whose)
