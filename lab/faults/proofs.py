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
from lab.faults.trial import SERVED, Trial, comes_true
from lab.faults.trial_pods import TrialPod
from lab.node_description import Node

LONG_ENOUGH = 10.0
"""Seconds within which every proxy of the lab has followed a change of endpoints."""
_USUALLY = 5.0
"""Seconds within which it has on a machine that does nothing else."""

_CONNECTIONS = 20
"""Of two backends chosen at random either is met by so many, but once in a million."""

Ask = Callable[[Site, Trial], str]
"""Makes the traffic that a fault concerns, and tells what came of it."""


def for_the_better(site: Site) -> float:
    """Return how long to wait for what does not come as long as the fault bites.

    Without the fault it comes at once, or the machine is busy.
    """
    return _USUALLY if site.is_made else LONG_ENOUGH


def for_the_worse(site: Site) -> float:
    """Return how long to wait for what comes only if the fault bites."""
    return LONG_ENOUGH if site.is_made else _USUALLY


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


def silent(protocol: str = "tcp", *, named: bool = False) -> Proof:
    """Prove that a Service is silent here that pods of another node are answered by.

    `named`: its targets are the names of ports.
    """

    def proof(site: Site, trial: Trial) -> Bite:
        elsewhere = trial.pod(other_node(site))
        backend = trial.pod(other_node(site), role="served")
        service = trial.service("named" if named else "served", role="served", named=named)
        trial.await_served(service, elsewhere, {backend.name})
        client = trial.pod(site.node)

        def answers() -> bool:
            if protocol == "udp":
                return client.ask("udp", service.address, SERVED, "hostname") == backend.name
            return client.get(service.address) == backend.name

        answered_here = comes_true(
            answers, what="the Service answers", timeout=for_the_better(site)
        )
        said = "answers" if answered_here else "is silent"
        return Bite(not answered_here, f"the Service {said} over {protocol}")

    return proof


def ask_node_port(site: Site, trial: Trial) -> str:
    """Ask the judged node's NodePort from another node, with a backend on the judged one."""
    backend, client = trial.pod(site.node, role="backend"), trial.pod(other_node(site))
    service = trial.service("node-port", role="backend", node_port=True)
    trial.await_served(service, client, {backend.name})
    return client.get(site.topology.address(site.node), service.node_ports["TCP"])


def ask_node_port_over_udp(site: Site, trial: Trial) -> str:
    """Ask the same over UDP; over TCP it is answered."""
    backend, client = trial.pod(site.node, role="backend"), trial.pod(other_node(site))
    service = trial.service("node-port", role="backend", node_port=True)
    trial.await_served(service, client, {backend.name})
    address, port = site.topology.address(site.node), service.node_ports["UDP"]
    return client.ask("udp", address, port, "hostname")


def never_chosen(site: Site, trial: Trial) -> Bite:
    """Prove that of two backends one is never chosen here; one runs here, one on another node."""
    other = other_node(site)
    backends = {trial.pod(node, role="chosen").name for node in (site.node, other)}
    service = trial.service("chosen", role="chosen")
    trial.await_served(service, trial.pod(other), backends)
    client = trial.pod(site.node)
    seen: set[str] = set()

    def all_are_chosen() -> bool:
        seen.add(client.get(service.address))
        return seen >= backends

    everyone = comes_true(
        all_are_chosen, what="every backend is chosen", timeout=for_the_better(site)
    )
    return Bite(not everyone, f"answered by {', '.join(sorted(seen & backends))} of two")


def answers_beside_a_refusing_backend(site: Site, trial: Trial) -> tuple[int, int]:
    """Ask a Service of a live and a refusing backend: how many of so many connections are answered.

    The refusing one is another node, whose port nobody serves.
    """
    other = other_node(site)
    backend, client = trial.pod(other, role="live"), trial.pod(site.node)
    addresses = [backend.address, site.topology.address(other)]
    service = trial.service_by_hand("beside", addresses)
    comes_true(
        lambda: client.get(service.address) == backend.name,
        what="the live backend answers",
        timeout=LONG_ENOUGH,
    )
    said = [client.get(service.address) for _ in range(_CONNECTIONS)]
    return said.count(backend.name), _CONNECTIONS


def node_address_is_seen(site: Site, client: TrialPod, address: object, port: int) -> Bite:
    """Prove that a backend sees the judged node's address, where the client has its own."""
    seen = client.ask("get", address, port, "/clientip").rpartition(":")[0]
    return Bite(seen == str(site.topology.address(site.node)), f"the backend sees {seen}")


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
        timeout=for_the_better(site),
    )
    trial.remove(kept)
    return Bite(not follows, f"the removed endpoint is {'left alone' if follows else 'served'}")
