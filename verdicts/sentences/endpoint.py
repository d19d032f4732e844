"""What was seen of a pod's endpoint: its address, its way out, and what peers see of it."""

from collections.abc import Mapping, Sequence

from verdicts.findings import Finding
from verdicts.sentences.wording import counted, having, listed, texts, what_was_seen
from verdicts.vocabulary import Outcome, Verdict

_ADDRESS, _ROUTE = "endpoint-one-address", "endpoint-one-default-route"
_SOURCES = ("endpoint-source-same-node", "endpoint-source-other-node")


def sentence(verdict: Verdict, findings: Mapping[str, Sequence[Finding]]) -> str:
    """Return the sentence under the row's cell on one platform."""
    match verdict:
        case Verdict.SUPPORTED | Verdict.PARTIAL:
            return _single(findings)
        case Verdict.ALTERNATIVE:
            return _several(findings)
        case _:
            return what_was_seen(findings, _ADDRESS, _ROUTE, *_SOURCES)


def _single(findings: Mapping[str, Sequence[Finding]]) -> str:
    found = having(findings, Outcome.PASS, _ADDRESS)
    pods = [
        " and ".join(dict.fromkeys(texts(finding.facts.get("addresses")))) for finding in found
    ]
    if not listed(pods):
        return what_was_seen(findings, _ADDRESS, _ROUTE, *_SOURCES)
    routed = " and default route" if having(findings, Outcome.PASS, _ROUTE) else ""
    plain = ", untranslated between pods" if having(findings, Outcome.PASS, *_SOURCES) else ""
    return f"one endpoint{routed} per pod ({listed(pods)}){plain}"


def _several(findings: Mapping[str, Sequence[Finding]]) -> str:
    for finding in having(findings, Outcome.FAIL, _ADDRESS):
        endpoints = texts(finding.facts.get("endpoints"))
        roles = {
            "default route": listed(texts(finding.facts.get("default_route_address"))),
            "pod IP": listed(texts(finding.facts.get("pod_ip"))),
        }
        if endpoints:
            ordered = sorted(endpoints, key=lambda e: (*(e != a for a in roles.values()), e))
            named = [_named(address, roles) for address in ordered]
            return f"{counted(len(endpoints), 'endpoint')}: {', '.join(named)}"
    return what_was_seen(findings, _ADDRESS, _ROUTE, *_SOURCES)


def _named(address: str, roles: Mapping[str, str]) -> str:
    mine = [role for role, bearer in roles.items() if bearer == address]
    return f"{address} ({', '.join(mine)})" if mine else address
