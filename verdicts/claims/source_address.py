"""Claims on the address that a backend sees as its client's when asked through a Service."""

import ipaddress
from enum import StrEnum

from pydantic import JsonValue

from verdicts.claims.data_planes import MASQUERADING, named_in
from verdicts.findings import Finding
from verdicts.observations.load_balancing import SourceAddress

JUDGED_PLATFORM = "linux"
"""The platform whose kernel-mode proxies promise the client pod's address; others are reported.

https://kubernetes.io/docs/tutorials/services/source-ip/#source-ip-for-services-with-type-clusterip
"""


class Whose(StrEnum):
    """Whose address it is."""

    CLIENT = "pod-ip"
    NODE = "node-ip"
    OTHER = "other"


def a_node_is_seen(seen: SourceAddress) -> Finding:
    """The backend sees an address of a node, for the proxy makes a connection of its own.

    Failing with `client-address` needs the client pod's address. An address that the API knows
    nothing of (`unknown-address`: Calico's tunnel device has one) says nothing of whose it is.
    """
    doubt = _doubt(seen)
    if doubt is not None:
        return doubt
    facts = _facts(seen)
    whose = {_whose(address, seen) for address in seen.through_service}
    if Whose.CLIENT in whose:
        return Finding.failed("client-address", "backends see the client pod's address", **facts)
    if Whose.OTHER in whose:
        return Finding.inconclusive(
            "unknown-address", f"backends see {_said(seen)}, nobody's that the API knows", **facts
        )
    return Finding.passed("backends see the node's address", **facts)


def the_client_is_seen(seen: SourceAddress) -> Finding:
    """The backend sees the client pod's own address, on Linux and without masquerading.

    Elsewhere what it sees is reported: direct server return, overlays and source VIPs decide it,
    and the API shows none of them. A node's address decides nothing where kube-proxy may have
    been told to masquerade all, and nobody could read whether it was.
    """
    doubt = _doubt(seen)
    if doubt is not None:
        return doubt
    facts = _facts(seen)
    whose = {_whose(address, seen) for address in seen.through_service}
    only = whose.pop() if len(whose) == 1 else Whose.OTHER
    if seen.platform != JUDGED_PLATFORM:
        return Finding.not_applicable(
            f"reported-{only}",
            f"backends see {_PHRASES[only]} ({_said(seen)})",
            as_control=None,
            **facts,
        )
    if seen.masquerade_all:
        return Finding.not_applicable(
            "masquerade-all",
            f"masqueradeAll is configured ({seen.masquerade_by}); backends see {_said(seen)}",
            as_control=None,
            **facts,
        )
    if only is Whose.CLIENT:
        return Finding.passed("backends see the client pod's address", **facts)
    return _translated(seen, only)


def _translated(seen: SourceAddress, only: Whose) -> Finding:
    facts = _facts(seen)
    if only is not Whose.NODE:
        return Finding.failed("other-address", f"backends see {_said(seen)}", **facts)
    can_be_told = named_in(MASQUERADING, seen.data_plane) is not None
    if seen.masquerade_all is None and can_be_told:
        return Finding.inconclusive(
            "masquerade-unknown",
            f"backends see {_said(seen)}, and whether masqueradeAll is configured is not known",
            **facts,
        )
    return Finding.failed("node-address", f"backends see {_said(seen)}{_outside(seen)}", **facts)


_PHRASES = {
    Whose.CLIENT: "the client pod's address",
    Whose.NODE: "the node's address",
    Whose.OTHER: "another address",
}


def _doubt(seen: SourceAddress) -> Finding | None:
    facts = _facts(seen)
    if seen.backend.pod == seen.client:
        return Finding.inconclusive(
            "client-is-backend", "connections of a pod to itself are masqueraded", **facts
        )
    if not seen.through_service:
        kinds = sorted({failure.reply.value for failure in seen.unanswered})
        return Finding.inconclusive(
            "no-answer", f"the Service did not answer: {', '.join(kinds) or 'not asked'}", **facts
        )
    if not set(seen.directly) or not set(seen.directly) <= set(seen.client_addresses):
        return Finding.inconclusive(
            "translated-without-service",
            f"asked directly, the backend saw {', '.join(seen.directly) or 'nothing'}: the way "
            "translates addresses without any Service",
            **facts,
        )
    return None


def _whose(address: str, seen: SourceAddress) -> Whose:
    if address in seen.client_addresses:
        return Whose.CLIENT
    if address in seen.node_addresses:
        return Whose.NODE
    if address not in seen.pod_addresses and any(
        ipaddress.ip_address(address) in ipaddress.ip_network(cidr, strict=False)
        for cidr in seen.pod_ranges
    ):
        # A bridge (cni0) or tunnel (flannel.1) of the node: in its range, and no pod's.
        return Whose.NODE
    return Whose.OTHER


def _outside(seen: SourceAddress) -> str:
    """Say so where kube-proxy takes the client for an outsider, whom it masquerades."""
    ranges = [ipaddress.ip_network(cidr, strict=False) for cidr in seen.cluster_cidrs]
    clients = [ipaddress.ip_address(address) for address in seen.directly]
    if not ranges or any(client in known for client in clients for known in ranges):
        return ""
    return f": the client is outside of kube-proxy's clusterCIDR, {', '.join(seen.cluster_cidrs)}"


def _said(seen: SourceAddress) -> str:
    return ", ".join(sorted(set(seen.through_service)))


def _facts(seen: SourceAddress) -> dict[str, JsonValue]:
    return {
        "addresses": list(dict.fromkeys(seen.through_service)),
        "whose": [*sorted({_whose(address, seen).value for address in seen.through_service})],
        "data_plane": seen.data_plane,
        "masquerade_all": seen.masquerade_all,
        "masquerade_known_by": seen.masquerade_by.value,
        "dsr": seen.dsr,
    }
