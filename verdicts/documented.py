"""What the columns of September 2017 are documented to say, for clusters without such nodes."""

from dataclasses import dataclass

from verdicts.expectations import BLOG
from verdicts.vocabulary import Feature, Verdict

SEED_COLUMNS = ("windows-2016", "windows-1709", "linux")
"""The columns of the blog's table, in its order; they are always printed."""


@dataclass(frozen=True, slots=True)
class Documented:
    """A cell that nobody measured here: what is documented, and where."""

    verdict: Verdict
    seen: str
    sources: tuple[str, ...]


_YES = {
    Feature.SHARED_COMPARTMENT: "containers of a pod share one compartment",
    Feature.SINGLE_ENDPOINT: "one shared endpoint per pod",
    Feature.USER_MODE: "user-mode proxying, until Kubernetes 1.25",
    Feature.KERNEL_MODE: "service load balancing in the kernel",
    Feature.DNS_SUFFIXES: "search suffixes per pod",
    Feature.CNI_PLUGIN: "endpoints are made and removed by a CNI plugin",
}

_KERNEL_1709 = Documented(
    verdict=Verdict.SUPPORTED,
    seen="in the kernel by HNS and VFP, from Kubernetes 1.9 and with KB4089848",
    sources=(
        BLOG,
        "https://github.com/kubernetes/kubernetes/pull/56529",
        "https://github.com/kubernetes/kubernetes/issues/62029",
    ),
)

_2016 = {
    Feature.SHARED_COMPARTMENT: Documented(
        verdict=Verdict.ALTERNATIVE,
        seen="one container per compartment",
        sources=(BLOG, "https://github.com/kubernetes/kubernetes/issues/31707"),
    ),
    Feature.SINGLE_ENDPOINT: Documented(
        verdict=Verdict.ALTERNATIVE,
        seen="two endpoints: WinNAT (external) and Transparent (intra-cluster)",
        sources=(BLOG, "https://github.com/kubernetes/kubernetes/pull/41625"),
    ),
    Feature.KERNEL_MODE: Documented(
        verdict=Verdict.UNSUPPORTED,
        seen="kube-proxy asked for kernelspace falls back to user mode",
        sources=(BLOG,),
    ),
    Feature.DNS_SUFFIXES: Documented(
        verdict=Verdict.ALTERNATIVE,
        seen="kube-proxy adds DNS suffixes to each request",
        sources=(BLOG, "https://github.com/kubernetes/kubernetes/pull/41618"),
    ),
    Feature.CNI_PLUGIN: Documented(
        verdict=Verdict.UNSUPPORTED,
        seen="no CNI before Kubernetes 1.11",
        sources=(BLOG, "https://github.com/kubernetes/kubernetes/pull/61940"),
    ),
}


def documented(feature: Feature, platform: str) -> Documented:
    """Return the documented cell of a seed column.

    Raises:
        KeyError: the platform is not one of the seed's columns.
    """
    if platform not in SEED_COLUMNS:
        raise KeyError(platform)
    if platform == "windows-2016" and feature in _2016:
        return _2016[feature]
    if platform == "windows-1709" and feature is Feature.KERNEL_MODE:
        return _KERNEL_1709
    return Documented(verdict=Verdict.SUPPORTED, seen=_YES[feature], sources=(BLOG,))
