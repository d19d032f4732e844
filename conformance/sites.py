"""The nodes that pods are placed on, and which of them are another node to one; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.platforms import LINUX
from verdicts.inventory import Inventory, JudgedNode, Node


@dataclass(frozen=True, slots=True)
class Site:
    """A node that pods are placed on: a judged one, or one that only lends peers to others."""

    id: str
    node: Node
    judged: bool

    @property
    def platform(self) -> str:
        """The column that the node is counted in."""
        return self.node.platform

    def peer(self, ordinal: int) -> str:
        """Return the name of one of the peers placed here."""
        return f"peer-{self.id}-{ordinal}"


def other_node_peers(judged: JudgedNode, inventory: Inventory) -> tuple[str, ...]:
    """Return the names of peers on other nodes, two a node, same platform first, then Linux.

    Other platforms lend theirs only where neither has another node: else what they lack would
    tell on this one.
    """
    others = on_other_nodes(judged.node, sites_of(inventory))
    near = [site for site in others if site.platform in {judged.platform, LINUX}]
    return tuple(site.peer(ordinal) for site in near or others for ordinal in range(2))


def sites_of(inventory: Inventory) -> list[Site]:
    """Return the judged nodes that can be used, and a lender where a platform has but one."""
    sites = [
        Site(id=judged.id, node=judged.node, judged=True)
        for judged in inventory.judged
        if is_usable(judged.node)
    ]
    for platform in dict.fromkeys(site.platform for site in sites):
        used = {site.node.name for site in sites if site.platform == platform}
        free = [
            node
            for node in inventory.nodes
            if node.platform == platform and is_usable(node) and node.name not in used
        ]
        if len(used) == 1 and free:
            lender = min(free, key=lambda node: node.name)
            sites.append(Site(id=f"{platform}-lender", node=lender, judged=False))
    return sites


def on_other_nodes(node: Node, sites: Sequence[Site]) -> list[Site]:
    """Return the sites on other nodes: same platform first, then Linux, then the rest."""

    def distance(site: Site) -> int:
        return (site.platform != node.platform) + (site.platform not in {node.platform, LINUX})

    return sorted((site for site in sites if site.node.name != node.name), key=distance)


def is_usable(node: Node) -> bool:
    """Tell whether pods can be placed on the node."""
    return node.ready and node.schedulable


def why_unusable(node: Node) -> str:
    """Return why no pod can be placed on the node, as a predicate."""
    if not node.ready:
        return f"is NotReady ({node.reason or 'no reason given'})"
    return "is cordoned"
