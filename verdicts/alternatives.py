"""The named mechanisms that do a feature's job in another way, by the codes that betray them."""

from collections.abc import Collection
from dataclasses import dataclass

from verdicts.vocabulary import Feature


@dataclass(frozen=True, slots=True)
class Alternative:
    """A mechanism met instead of the feature's own.

    `failed` are the codes of the required checks that it makes fail, all of them and no others
    but those `also_failed`; `reported` are codes that must have been seen on the same node
    besides.
    """

    feature: Feature
    name: str
    failed: frozenset[str]
    source: str
    also_failed: frozenset[str] = frozenset()
    reported: frozenset[str] = frozenset()

    def explains(self, *, failed: Collection[str], seen: Collection[str]) -> bool:
        """Say whether the failed codes of a row are this alternative's, and nothing else's."""
        codes = frozenset(failed)
        return (
            self.failed <= codes <= self.failed | self.also_failed
            and self.reported <= frozenset(seen)
        )


_BLOG = "https://kubernetes.io/blog/2017/09/Windows-Networking-At-Parity-With-Linux"

ALTERNATIVES = (
    Alternative(
        feature=Feature.SHARED_COMPARTMENT,
        name="one container per compartment",
        failed=frozenset({"refused", "other-address"}),
        source="https://github.com/kubernetes/kubernetes/issues/31707",
    ),
    Alternative(
        feature=Feature.SINGLE_ENDPOINT,
        name="two endpoints",
        failed=frozenset({"second-address"}),
        source=_BLOG,
    ),
    Alternative(
        feature=Feature.DNS_SUFFIXES,
        name="kube-proxy adds suffixes",
        failed=frozenset({"default-suffix"}),
        also_failed=frozenset({"unresolved"}),
        reported=frozenset({"reported-rewrites"}),
        source="https://github.com/kubernetes/kubernetes/pull/41618",
    ),
)


def alternative_for(
    feature: Feature, *, failed: Collection[str], seen: Collection[str]
) -> Alternative | None:
    """Return the alternative that explains these failed codes of a row, if one does."""
    for alternative in ALTERNATIVES:
        if alternative.feature is feature and alternative.explains(failed=failed, seen=seen):
            return alternative
    return None
