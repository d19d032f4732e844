"""The one table of what a cell is expected to say; whatever it does not list is `supported`."""

from collections.abc import Collection
from dataclasses import dataclass

from verdicts.cells import USER_MODE_REMOVED
from verdicts.vocabulary import Agreement, Feature, Verdict

BLOG = "https://kubernetes.io/blog/2017/09/Windows-Networking-At-Parity-With-Linux"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What one row is expected to say on one platform, and why.

    `codes` are the codes with which required checks may fail there; a row that ends in the
    expected verdict by any other code is not as expected. `active` bounds the entry to platforms
    where a node runs, or asked for, the row's proxy mode (or to those where none does);
    `releases` bounds the Kubernetes releases, first included, last excluded.
    """

    feature: Feature
    verdict: Verdict
    source: str
    platform: str | None = None
    codes: frozenset[str] = frozenset()
    active: bool | None = None
    releases: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (999, 0))

    def covers(
        self, feature: Feature, platform: str, *, release: tuple[int, int], active: bool
    ) -> bool:
        """Say whether this entry speaks of that cell."""
        first, end = self.releases
        return (
            self.feature is feature
            and self.platform in {None, platform}
            and self.active in {None, active}
            and first <= release < end
        )


# The more particular entry stands first: the first that covers a cell is the one that counts.
EXPECTATIONS = (
    Expectation(
        feature=Feature.SHARED_COMPARTMENT,
        platform="windows-2016",
        verdict=Verdict.ALTERNATIVE,
        codes=frozenset({"refused", "other-address"}),
        source="https://github.com/kubernetes/kubernetes/issues/31707",
    ),
    Expectation(
        feature=Feature.SINGLE_ENDPOINT,
        platform="windows-2016",
        verdict=Verdict.ALTERNATIVE,
        codes=frozenset({"second-address"}),
        source="https://github.com/kubernetes/kubernetes/pull/41625",
    ),
    Expectation(
        feature=Feature.DNS_SUFFIXES,
        platform="windows-2016",
        verdict=Verdict.ALTERNATIVE,
        codes=frozenset({"default-suffix", "unresolved"}),
        source="https://github.com/kubernetes/kubernetes/pull/41618",
    ),
    Expectation(
        feature=Feature.CNI_PLUGIN,
        platform="windows-2016",
        verdict=Verdict.UNSUPPORTED,
        codes=frozenset({"no-plugin", "own-mac"}),
        source=BLOG,
    ),
    Expectation(
        feature=Feature.KERNEL_MODE,
        platform="windows-2016",
        verdict=Verdict.UNSUPPORTED,
        codes=frozenset({"fell-back"}),
        source=BLOG,
    ),
    Expectation(
        feature=Feature.USER_MODE,
        active=False,
        releases=(USER_MODE_REMOVED, (999, 0)),
        verdict=Verdict.NOT_APPLICABLE,
        source="https://github.com/kubernetes/kubernetes/pull/112133",
    ),
    Expectation(
        feature=Feature.USER_MODE,
        active=False,
        verdict=Verdict.NOT_ACTIVE,
        source="https://kubernetes.io/docs/reference/networking/virtual-ips/",
    ),
    Expectation(
        feature=Feature.KERNEL_MODE,
        active=False,
        verdict=Verdict.NOT_ACTIVE,
        source="https://kubernetes.io/docs/reference/networking/virtual-ips/",
    ),
)

_SUPPORTED_SOURCES = {
    Feature.SHARED_COMPARTMENT: "https://kubernetes.io/docs/concepts/workloads/pods/#pod-networking",
    Feature.SINGLE_ENDPOINT: "https://kubernetes.io/docs/concepts/services-networking/#the-kubernetes-network-model",
    Feature.USER_MODE: BLOG,
    Feature.KERNEL_MODE: "https://kubernetes.io/docs/reference/networking/virtual-ips/",
    Feature.DNS_SUFFIXES: "https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/",
    Feature.CNI_PLUGIN: "https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/",
}

_RANK = {
    Verdict.UNSUPPORTED: 0,
    Verdict.ALTERNATIVE: 1,
    Verdict.PARTIAL: 2,
    Verdict.SUPPORTED: 3,
}


def expectation_for(
    feature: Feature, platform: str, *, release: tuple[int, int], active: bool
) -> Expectation:
    """Return what this cell is expected to say.

    `active` is whether a node of the platform runs, or asked for, the row's proxy mode.
    """
    for entry in EXPECTATIONS:
        if entry.covers(feature, platform, release=release, active=active):
            return entry
    return Expectation(
        feature=feature, verdict=Verdict.SUPPORTED, source=_SUPPORTED_SOURCES[feature]
    )


def agreement(expected: Expectation, got: Verdict, *, failed: Collection[str]) -> Agreement:
    """Compare a cell with its expectation, by verdict and by the codes that led to it."""
    if got is Verdict.INCONCLUSIVE:
        return Agreement.UNKNOWN
    if got is expected.verdict:
        same_reason = frozenset(failed) <= expected.codes
        return Agreement.AS_EXPECTED if same_reason else Agreement.REGRESSION
    if got not in _RANK or expected.verdict not in _RANK:
        improved = got is Verdict.SUPPORTED
        return Agreement.IMPROVEMENT if improved else _beyond_rank(expected.verdict, got)
    return Agreement.IMPROVEMENT if _RANK[got] > _RANK[expected.verdict] else Agreement.REGRESSION


def _beyond_rank(expected: Verdict, got: Verdict) -> Agreement:
    """Compare verdicts of which one (not active, not applicable) has no rank.

    A row that was expected to be idle and failed is a regression; one that was expected to be
    judged and was idle says nothing of the platform.
    """
    return Agreement.REGRESSION if got in _RANK and expected not in _RANK else Agreement.UNKNOWN
