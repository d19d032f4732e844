"""Proofs that a fault bites, put together from what is asked and what is counted.

A proof is a function of a site and a trial; these make the common ones. Whatever it asks, it asks
from a pod's network namespace or of the machine itself, never through the suite.
"""

from collections.abc import Callable
from pathlib import Path

from lab.faults import nft
from lab.faults.asking import Space
from lab.faults.fault import Bite, Proof
from lab.faults.site import Site
from lab.faults.trial import Trial, TrialPod, comes_true
from lab.node_description import Node

LONG_ENOUGH = 10.0
"""Seconds within which every proxy of the lab has followed a change of endpoints."""

Ask = Callable[[Site, Trial], str]
"""Makes the traffic that a fault concerns, and tells what came of it."""


def counted(ask: Ask) -> Proof:
    """Prove by the counters of the fault's own table: what was asked made them count."""

    def proof(site: Site, trial: Trial) -> Bite:
        before = nft.counted(site.machine, site.table)
        told = ask(site, trial)
        packets = nft.counted(site.machine, site.table) - before
        return Bite(packets > 0, f"{told}; {packets} packets were counted")

    return proof


def answered(ask: Ask, *wrong: str) -> Proof:
    """Prove by the answer itself, which is one of these only under the fault."""

    def proof(site: Site, trial: Trial) -> Bite:
        told = ask(site, trial)
        return Bite(told in wrong, f"{told!r} was answered")

    return proof


def other_node(site: Site) -> Node:
    """Return a node beside the judged one: a Linux one in kernel mode where there is one.

    Raises:
        ValueError: the lab has one node alone.
    """
    others = [node for node in site.topology.nodes if node != site.node]
    return min(others, key=lambda node: node.ordinal)


def pair(site: Site, trial: Trial) -> tuple[TrialPod, TrialPod]:
    """Return a pod on the judged node, and one on another."""
    return trial.pod(site.node), trial.pod(other_node(site))


def node_space(site: Site) -> Space:
    """Return the node's own network namespace."""
    return Space(Path(f"/proc/{site.machine.init_pid}/ns/net"))


def removed_endpoint_is_served(site: Site, trial: Trial) -> Bite:
    """A backend that lost its role goes on being chosen on this node, and on no other."""
    other = other_node(site)
    kept, removed = trial.fresh(other, role="scaled"), trial.fresh(other, role="scaled")
    service = trial.service("scaled", role="scaled")
    client, elsewhere = trial.pod(site.node), trial.pod(other)
    for asking in (client, elsewhere):
        trial.await_served(service, asking, {kept.name, removed.name})
    trial.relabel(removed, "idle")
    trial.await_served(service, elsewhere, {kept.name})
    follows = comes_true(
        lambda: {client.get(service.address) for _ in range(12)} == {kept.name},
        what="the removed endpoint is left alone",
        timeout=LONG_ENOUGH,
    )
    trial.remove(kept)
    return Bite(not follows, f"the removed endpoint is {'left alone' if follows else 'served'}")
