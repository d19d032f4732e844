"""What is documented of the data planes of service proxies, where a claim must know it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from verdicts.vocabulary import Reply

T = TypeVar("T")

_IPVS_README = "https://github.com/kubernetes/kubernetes/blob/master/pkg/proxy/ipvs/README.md"
_VIRTUAL_IPS = "https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-ipvs"

RETRYING: Mapping[str, str] = MappingProxyType({"ipvs": _IPVS_README})
"""Data planes documented to retry another backend, by the word that names them, with the source."""

CHOOSING_ONE: Mapping[str, str] = MappingProxyType({"ipvs": _VIRTUAL_IPS})
"""Data planes with schedulers that keep one client, or every idle moment, at one backend.

IPVS hashes by source (`sh`) or destination (`dh`), or takes the first idle backend (`sed`, `nq`):
one client that asks one thing after another then sees one backend only, by design.
"""

WITHOUT_BACKENDS: Mapping[str, tuple[frozenset[Reply], str]] = MappingProxyType(
    {
        "iptables": (
            frozenset({Reply.REFUSED}),
            "https://github.com/kubernetes/kubernetes/pull/72534",
        ),
        "nftables": (
            frozenset({Reply.REFUSED}),
            "https://github.com/kubernetes/enhancements/tree/master/keps/sig-network/3866-nftables-proxy",
        ),
        "cilium": (
            frozenset({Reply.REFUSED, Reply.UNREACHABLE, Reply.NOT_PERMITTED, Reply.TIMED_OUT}),
            "https://github.com/cilium/cilium/issues/45184",
        ),
    }
)
"""How a data plane is known to turn away a client of a Service without endpoints; reported only."""


_PROXY_FLAGS = "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-proxy/"

MASQUERADING: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("iptables", "nftables", "ipvs"), _PROXY_FLAGS)
)
"""Data planes that can be told to masquerade whatever goes to a ClusterIP (`masqueradeAll`)."""


def named_in(table: Mapping[str, T], data_plane: str) -> T | None:
    """Return the table's entry for the data plane that this text names, or None."""
    text = data_plane.lower()
    return next((entry for name, entry in table.items() if name in text), None)
