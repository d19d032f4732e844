"""The parts of a run that may be asked at once: groups of checks that must be asked together.

What several parts want to know is asked anew in each; nothing that one of them changes in the
cluster is another's.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

T = TypeVar("T")

_AXIS: Final = re.compile(r"\[(?P<node>[^\[\]]+)\]$")
_SUITE: Final = re.compile(r"test_(?P<row>[a-z0-9]+)[a-z0-9_]*\.py::")
_APART: Final[Mapping[str, str]] = {
    "compartment-after-restart": "restart",
    "dns-after-restart": "restart",
    "dns-recreated-service": "dns",
    "cni-pods-reach-each-other": "reachability",
    "cni-large-packets": "sizes",
    "cni-l2bridge-mac": "wire",
    "cni-plugin-configuration": "wire",
    **{
        f"{mode}-{check}": check
        for mode in ("user", "kernel")
        for check in (
            "tcp-backends",
            "udp-backends",
            "round-robin",
            "no-endpoints-accepts",
            "no-endpoints-no-handshake",
            "refusing-backend-masked",
            "refusing-backend-not-masked",
            "backends-follow",
            "hairpin",
            "node-port",
            "source-address",
            "silent-connection",
        )
    },
}
"""The part that a check is asked in, where that is not its row's."""

_ASK_NAMES: Final = frozenset({"dns", "pod", "directions"})
"""Rows whose suites look names up from the probe pod, which goes with one process.

Of questions that one client asks at the same time, the Windows user-mode proxier mixes up the
states: "TODO: handle concurrent queries from a client".
https://github.com/kubernetes/kubernetes/blob/v1.21.14/pkg/proxy/winuserspace/proxysocket.go
"""

_CHANGES: Final = frozenset({"kernel-services-independent", "kernel-last-endpoint-gone"})
_CHANGED: Final = frozenset({"kernel-backends-follow", "kernel-source-address"})
"""Ask Services whose backends those change, and so go with them."""


def parts(questions: Iterable[tuple[str, str, T]]) -> list[list[T]]:
    """Group what is given with a check's id and its item's id by what must be asked together.

    Parts of the same checks stand together, whichever node is asked.
    """
    given = list(questions)
    changing = {judged_node_of(nodeid) for check, nodeid, _ in given if check in _CHANGES}
    found: dict[str, dict[str, list[T]]] = {}
    for check, nodeid, each in given:
        node = judged_node_of(nodeid)
        goes_along = check in _CHANGED and node in changing
        part = row_of(nodeid) if goes_along else _APART.get(check, row_of(nodeid))
        found.setdefault(part, {}).setdefault(node, []).append(each)
    return [part for of_nodes in found.values() for part in of_nodes.values()]


def judged_node_of(nodeid: str) -> str:
    """Return the judged node in an item's id, or the id itself where there is none."""
    found = _AXIS.search(nodeid)
    return found["node"] if found else nodeid


def row_of(nodeid: str) -> str:
    """Return what the names of a row's suites begin with: `cni` for test_cni_deeper.py."""
    found = _SUITE.search(nodeid)
    row = found["row"] if found else ""
    return "dns" if row in _ASK_NAMES else row
