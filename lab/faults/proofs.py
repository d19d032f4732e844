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
from lab.faults.trial import SERVED, Trial, TrialService, comes_true
from lab.faults.trial_pods import TrialPod
from lab.node_description import Node
from lab.waiting import eventually

LONG_ENOUGH = 10.0
"""Seconds within which every proxy of the lab has followed a change of endpoints."""
_AFTER_THE_OTHERS = 2.0
"""Seconds within which a proxy has followed what that of another node has followed already."""

_KNOWN_TIMEOUT = 30.0
_CLIENT = "client"
_CONNECTIONS = 20
"""Of two backends chosen at random either is met by so many, but once in a million."""

Ask = Callable[[Site, Trial], str]
"""Makes the traffic that a fault concerns, and tells what came of it."""


def for_the_better(site: Site) -> float:
    """Return how long to wait for what does not come as long as the fault bites.

    Another node shows it already, so that without the fault it comes at once, or the machine is
    busy.
    """
    return _AFTER_THE_OTHERS if site.is_made else LONG_ENOUGH


def for_the_worse(site: Site) -> float:
    """Return how long to wait for what comes only if the fault bites; likewise."""
    return LONG_ENOUGH if site.is_made else _AFTER_THE_OTHERS


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
    client, other = trial.pods((site.node, _CLIENT), (other_node(site), _CLIENT))
    return client, other


def node_space(site: Site) -> Space:
    """Return the node's own network namespace."""
    return Space(Path(f"/proc/{site.machine.init_pid}/ns/net"))


def silent(protocol: str = "tcp", *, named: bool = False, others_too: bool = False) -> Proof:
    """Prove that a Service is silent here that pods of another node are answered by.

    `named`: its targets are the names of ports. Unless `others_too` are silent, the proxy is waited
    for until it serves DNS: then it knows all that was there when it started.
    """

    def proof(site: Site, trial: Trial) -> Bite:
        other = other_node(site)
        client, elsewhere, backend = trial.pods(
            (site.node, _CLIENT), (other, _CLIENT), (other, "served")
        )
        service = trial.service("named" if named else "served", role="served", named=named)
        trial.await_served(service, elsewhere, {backend.name})
        if not others_too:
            _await_dns(site, client)

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
    client, service = _node_port(site, trial)
    return client.get(site.topology.address(site.node), service.node_ports["TCP"])


def ask_node_port_over_udp(site: Site, trial: Trial) -> str:
    """Ask the same over UDP; over TCP it is answered."""
    client, service = _node_port(site, trial)
    address, port = site.topology.address(site.node), service.node_ports["UDP"]
    return client.ask("udp", address, port, "hostname")


def _node_port(site: Site, trial: Trial) -> tuple[TrialPod, TrialService]:
    backend, client = trial.pods((site.node, "backend"), (other_node(site), _CLIENT))
    service = trial.service("node-port", role="backend", node_port=True)
    trial.await_served(service, client, {backend.name})
    return client, service


def never_chosen(site: Site, trial: Trial) -> Bite:
    """Prove that of two backends one is never chosen here; one runs here, one on another node."""
    other = other_node(site)
    client, elsewhere, *chosen = trial.pods(
        (site.node, _CLIENT), (other, _CLIENT), (site.node, "chosen"), (other, "chosen")
    )
    backends = {pod.name for pod in chosen}
    service = trial.service("chosen", role="chosen")
    trial.await_served(service, elsewhere, backends)
    await_answered(site, client, service, backends)
    seen: set[str] = set()

    def all_are_chosen() -> bool:
        seen.update(client.names(service.address, _CONNECTIONS))
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
    backend, client = trial.pods((other, "live"), (site.node, _CLIENT))
    addresses = [backend.address, site.topology.address(other)]
    service = trial.service_by_hand("beside", addresses)
    await_answered(site, client, service, {backend.name})
    said = client.names(service.address, _CONNECTIONS)
    return said.count(backend.name), _CONNECTIONS


def await_answered(
    site: Site, client: TrialPod, service: TrialService, backends: set[str]
) -> None:
    """Wait until one of its backends answers a pod: then the node's proxy knows of the Service.

    One answer is enough: under a fault several in a row may never come.

    Raises:
        LabError: none does for 30 s.
    """
    eventually(
        lambda: client.get(service.address),
        until=backends.__contains__,
        what=f"{service.name} of the trial answers a pod of {site.place}",
        timeout=_KNOWN_TIMEOUT,
        next_step=f"read `netparity lab logs {site.place}`",
    )


def _await_dns(site: Site, client: TrialPod) -> None:
    """Wait until the node's proxy leads pods to the cluster's DNS, over TCP."""
    name = f"kubernetes.default.svc.{site.topology.cluster_domain}."
    eventually(
        lambda: client.ask("dns", site.topology.dns_address, "tcp", name),
        until=str(site.topology.kubernetes_service_address).__eq__,
        what=f"DNS answers a pod of {site.place}",
        timeout=_KNOWN_TIMEOUT,
        next_step=f"read `netparity lab logs {site.place}`",
    )


def node_address_is_seen(site: Site, client: TrialPod, address: object, port: int) -> Bite:
    """Prove that a backend sees the judged node's address, where the client has its own."""
    seen = client.ask("get", address, port, "/clientip").rpartition(":")[0]
    return Bite(seen == str(site.topology.address(site.node)), f"the backend sees {seen}")


def removed_endpoint_is_served(site: Site, trial: Trial) -> Bite:
    """A backend that lost its role goes on being chosen on this node, and on no other."""
    other = other_node(site)
    client, elsewhere, kept, removed = trial.pods(
        (site.node, _CLIENT), (other, _CLIENT), (other, "scaled"), (other, "idle")
    )
    service = trial.service("scaled", role="scaled")
    trial.relabel(removed, "scaled")
    for asking in (client, elsewhere):
        trial.await_served(service, asking, {kept.name, removed.name})
    trial.relabel(removed, "idle")
    trial.await_served(service, elsewhere, {kept.name})
    follows = comes_true(
        lambda: set(client.names(service.address, _CONNECTIONS)) == {kept.name},
        what="the removed endpoint is left alone",
        timeout=for_the_better(site),
    )
    return Bite(not follows, f"the removed endpoint is {'left alone' if follows else 'served'}")
