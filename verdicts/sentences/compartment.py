"""What was seen of a pod's containers: one network stack between them, or one each."""

from collections.abc import Mapping, Sequence

from verdicts.findings import Finding
from verdicts.sentences.wording import counted, having, listed, texts, what_was_seen
from verdicts.vocabulary import Outcome, Verdict

_TCP, _ADDRESSES = "compartment-loopback-tcp", "compartment-addresses"
_RESTART = "compartment-after-restart"
_SUPPORTING = (
    "compartment-loopback-udp",
    "compartment-ports-on-pod-ip",
    "compartment-port-conflict",
)


def sentence(verdict: Verdict, findings: Mapping[str, Sequence[Finding]]) -> str:
    """Return the sentence under the row's cell on one platform."""
    match verdict:
        case Verdict.SUPPORTED:
            return _shared(findings)
        case Verdict.PARTIAL:
            return f"{_shared(findings)}; but {what_was_seen(findings, *_SUPPORTING)}"
        case Verdict.ALTERNATIVE:
            addresses = having(findings, Outcome.FAIL, _ADDRESSES)[:1]
            seen = listed(texts([finding.facts.get("addresses") for finding in addresses]))
            return f"one container per compartment: {seen or what_was_seen(findings)}"
        case _:
            return what_was_seen(findings, _TCP, _ADDRESSES, _RESTART)


def _shared(findings: Mapping[str, Sequence[Finding]]) -> str:
    answered = having(findings, Outcome.PASS, _TCP)
    shared = having(findings, Outcome.PASS, _ADDRESSES)
    if not answered:
        return what_was_seen(findings, _TCP, _ADDRESSES)
    facts = answered[0].facts
    containers = counted(len(texts(facts.get("containers"))), "container")
    if not texts(facts.get("containers")):
        containers = "containers"
    address = listed(texts(facts.get("address"))) or "loopback"
    pods = [" and ".join(texts(finding.facts.get("pod_ips"))) for finding in shared]
    if not listed(pods):
        return f"{containers} answer each other on {address}"
    if len(pods) == 1:
        return f"{containers} answer each other on {address} and share {listed(pods)}"
    return f"{containers} of a pod answer on {address} and share its address ({listed(pods)})"
