"""The sentence of each row, by feature."""

from collections.abc import Mapping, Sequence

from verdicts.findings import Finding
from verdicts.sentences import cni, compartment, dns, endpoint, kernel_mode, user_mode
from verdicts.vocabulary import Feature, Verdict

_ROWS = {
    Feature.SHARED_COMPARTMENT: compartment.sentence,
    Feature.SINGLE_ENDPOINT: endpoint.sentence,
    Feature.USER_MODE: user_mode.sentence,
    Feature.KERNEL_MODE: kernel_mode.sentence,
    Feature.DNS_SUFFIXES: dns.sentence,
    Feature.CNI_PLUGIN: cni.sentence,
}


def sentence(feature: Feature, verdict: Verdict, findings: Mapping[str, Sequence[Finding]]) -> str:
    """Say in one sentence what was seen of a row on a platform."""
    return _ROWS[feature](verdict, findings)
