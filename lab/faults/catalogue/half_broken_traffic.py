"""Faults of which most traffic knows nothing: of one protocol, one size, one range, one flow of four.

Written from the claims of the checks alone, by someone who had not seen how the suite asks; what
each must turn was committed before its first run. Where the suite saw nothing then, a fault names
the check that shows it since.
"""

from lab.faults import places, proofs
from lab.faults.catalogue.modes import in_each_mode
from lab.faults.fault import Bite, Fault, Turns
from lab.faults.rules import NodeRules
from lab.faults.site import Site
from lab.faults.trial import SERVED, Trial, TrialService
from lab.faults.trial_pods import PORTS, TrialPod

_KERNEL_MODE = "kernel-mode-load-balancing"
_SOURCES = range(41000, 41008, 2)
"""Ports to ask from: two of them differ in the two bits that a path is chosen by."""

_SILENCE = 5
"""Seconds."""


def _served(site: Site, trial: Trial, *, here: bool = False) -> tuple[TrialPod, TrialService]:
    """Return a Service's one backend, and the Service; the judged node and another know of it.

    The backend is on the other node, or `here`, on the judged one. Roles are the node's own, as
    another fault's trial may have made the same backend for another node.
    """
    other = proofs.other_node(site)
    role = f"half-{site.place}-{'here' if here else 'away'}"
    backend, client, elsewhere = trial.pods(
        (site.node if here else other, role), (site.node, "client"), (other, "client")
    )
    service = trial.service(role, role=role, node_port=True)
    trial.await_served(service, elsewhere, {backend.name})
    proofs.await_answered(site, client, service, {backend.name})
    return backend, service


def _send_a_flow(site: Site, trial: Trial) -> str:
    """Send three datagrams to a Service from one socket, and count the answers."""
    _, service = _served(site, trial)
    return trial.pod(site.node).ask("flow", service.address, SERVED, "hostname", 3)


def _one_path_is_dead(site: Site, trial: Trial) -> Bite:
    """Ask a Service from four ports."""
    backend, service = _served(site, trial)
    client = trial.pod(site.node)
    said = [client.ask("get", service.address, SERVED, "/hostname", source) for source in _SOURCES]
    lost = said.count("timed out")
    return Bite(
        lost == 1 and said.count(backend.name) == len(said) - 1,
        f"from {len(said)} ports {lost} were lost",
    )


def _goes_on_after_silence(site: Site, trial: Trial) -> str:
    """Ask a Service twice on one connection, for longer apart than the node remembers it."""
    backend, service = _served(site, trial)
    said = trial.pod(site.node).ask("resume", service.address, SERVED, "/hostname", _SILENCE)
    return "answered" if said == backend.name else said


def _datagrams_to_node_port_are_lost(site: Site, trial: Trial) -> Bite:
    backend, service = _served(site, trial, here=True)
    client, address = trial.pod(proofs.other_node(site)), site.topology.address(site.node)
    tcp = client.get(address, service.node_ports["TCP"])
    udp = client.ask("udp", address, service.node_ports["UDP"], "hostname")
    return Bite(
        tcp == backend.name and udp == "timed out",
        f"at the NodePort {tcp!r} over TCP, {udp!r} over UDP",
    )


def _node_port_has_own_backends_only(site: Site, trial: Trial) -> Bite:
    client, address = trial.pod(proofs.other_node(site)), site.topology.address(site.node)
    said = {}
    for here in (True, False):
        backend, service = _served(site, trial, here=here)
        said[here] = (client.get(address, service.node_ports["TCP"]), backend.name)
    (own, here_name), (away, _) = said[True], said[False]
    return Bite(
        own == here_name and away == "timed out",
        f"of a backend here {own!r}, of one on another node {away!r}",
    )


def _ask_for_the_api(site: Site, trial: Trial) -> str:
    return trial.pod(site.node).get(site.topology.kubernetes_service_address, 443)


def _send_a_fragmented_datagram(site: Site, trial: Trial) -> str:
    client, backend = proofs.pair(site, trial)
    said = client.ask("udp", backend.address, PORTS["first"], f"echo {'x' * 1800}")
    return f"{len(said)} letters came back of 1800" if "x" in said else said


def _one_range_sees_the_node(site: Site, trial: Trial) -> Bite:
    """Ask a pod of a routed range, and one of the nodes' own subnet, whom they see."""
    client = trial.pod(site.node)
    near = next(
        node for node in site.topology.nodes if node.has_host_addresses and node != site.node
    )
    seen = [
        client.ask("get", trial.pod(node).address, PORTS["first"], "/clientip").rpartition(":")[0]
        for node in (proofs.other_node(site), near)
    ]
    return Bite(
        seen == [str(site.topology.address(site.node)), client.address],
        f"pods of the routed range see {seen[0]}, those of the subnet {seen[1]}",
    )


FAULTS = (
    Fault(
        name="second-datagram-lost",
        sentence="Of the datagrams that a socket sends to a Service, only the first arrives.",
        source="https://github.com/kubernetes/kubernetes/issues/108876",
        where=places.KERNEL_MODE,
        expects=Turns(check="kernel-udp-same-port", feature=_KERNEL_MODE, codes=("no-answer",)),
        # But for DNS: a resolver sends two questions from one socket, and names are another row's.
        means=NodeRules(
            """
            set begun {
              type ipv4_addr . inet_service . ipv4_addr . inet_service
              flags dynamic
              timeout 1m
              size 65535
            }
            chain forward {
              type filter hook forward priority -10; policy accept;
              meta l4proto udp ct status dnat ct direction original ip saddr $pods \\
                udp dport != 53 jump begun_before
            }
            chain begun_before {
              ip saddr . udp sport . ip daddr . udp dport @begun counter drop
              add @begun { ip saddr . udp sport . ip daddr . udp dport }
            }
            """
        ),
        proof=proofs.answered(_send_a_flow, "1"),
    ),
    Fault(
        name="one-flow-in-four-lost",
        sentence="Of four connections to a Service one is lost, always that of the same ports.",
        source="https://github.com/cilium/cilium/issues/44630",
        where=places.KERNEL_MODE,
        expects=Turns(check="kernel-tcp-backends", feature=_KERNEL_MODE, codes=("no-answer",)),
        # By the bits above the last: the kernel chooses ports of one parity for what it connects.
        means=NodeRules(
            """
            chain forward {
              type filter hook forward priority -10; policy accept;
              ct status dnat ct direction original ip saddr $pods ip daddr $all_pods \\
                tcp sport & 6 == 2 counter drop
            }
            """
        ),
        proof=_one_path_is_dead,
    ),
    Fault(
        name="silent-connection-forgotten",
        sentence="A connection to a Service that was silent for 3 s is cut when it speaks again.",
        source="https://github.com/kubernetes/kubernetes/issues/80298",
        where=places.KERNEL_MODE,
        expects=Turns(
            check="kernel-silent-connection", feature=_KERNEL_MODE, codes=("no-answer",)
        ),
        # After tracking, ahead of translation. Not the API's port: by that DNS follows Services.
        means=NodeRules(
            """
            ct timeout short {
              protocol tcp
              l3proto ip
              policy = { established : 3 }
            }
            chain prerouting {
              type filter hook prerouting priority -150; policy accept;
              ip saddr $pods ip daddr $services tcp dport != 443 ct state new jump begun
            }
            chain begun {
              tcp flags & (syn | ack) == ack counter reject with tcp reset
              ct timeout set "short"
            }
            """
        ),
        proof=proofs.answered(_goes_on_after_silence, "closed"),
    ),
    Fault(
        name="udp-node-port-lost",
        sentence="Datagrams to the node's NodePorts are lost; connections to them are answered.",
        source="https://github.com/kubernetes/kubernetes/issues/92798",
        where=places.KERNEL_MODE,
        expects=Turns(
            check="kernel-directions",
            feature=_KERNEL_MODE,
            codes=("no-answer",),
            verdict="partial",
        ),
        means=NodeRules(
            """
            chain prerouting {
              type filter hook prerouting priority -300; policy accept;
              fib daddr type local udp dport 30000-32767 counter drop
            }
            """
        ),
        proof=_datagrams_to_node_port_are_lost,
    ),
    Fault(
        name="node-port-own-backends-only",
        sentence="The node's NodePorts lead to pods of its own; what is for other nodes is dropped.",
        source="https://github.com/kubernetes/kubernetes/issues/58908",
        where=places.KERNEL_MODE,
        expects=Turns(
            check="kernel-node-port", feature=_KERNEL_MODE, codes=("no-answer",), verdict="partial"
        ),
        means=NodeRules(
            """
            chain forward {
              type filter hook forward priority -10; policy accept;
              meta l4proto { tcp, udp } ct status dnat ct direction original \\
                ct original proto-dst 30000-32767 ip daddr != $pods counter drop
            }
            """
        ),
        proof=_node_port_has_own_backends_only,
    ),
    *in_each_mode(
        name="api-service-unreachable",
        sentence="Pods of a node in {mode} mode reach every Service but the API server's own.",
        source="https://github.com/kubernetes/kubernetes/issues/79359",
        check="api-service",
        codes=("no-answer",),
        # New connections alone: by one that it has, DNS follows Services.
        means=NodeRules(
            """
            chain prerouting {
              type filter hook prerouting priority -300; policy accept;
              ip daddr $services tcp dport 443 tcp flags & (syn | ack) == syn counter drop
            }
            """
        ),
        proof=proofs.counted(_ask_for_the_api),
    ),
    Fault(
        name="fragments-lost",
        sentence="Fragments are dropped between pods, so that datagrams above the MTU are lost.",
        source="https://github.com/projectcalico/calico/issues/8821",
        where=places.ROUTED_PODS,
        # Only reported, as no contract promises them: the cell stays.
        expects=Turns(
            check="cni-fragments",
            feature="cni-plugin",
            codes=("fragments-lost",),
            verdict="supported",
        ),
        # Ahead of connection tracking, which puts fragments together at -400.
        means=NodeRules(
            """
            chain prerouting {
              type filter hook prerouting priority -450; policy accept;
              ip saddr $all_pods ip daddr $all_pods ip frag-off & 0x3fff != 0 counter drop
            }
            """
        ),
        proof=proofs.counted(_send_a_fragmented_datagram),
    ),
    Fault(
        name="translated-to-one-range",
        sentence="Pods of a range that the node's exception list lacks see the node's address.",
        source="https://github.com/Azure/AKS/issues/1859",
        where=places.L2BRIDGE,
        expects=Turns(
            check="endpoint-source-other-node", feature="single-endpoint", codes=("translated",)
        ),
        # The list has the first range alone, the subnet that nodes and l2bridge pods are in.
        means=NodeRules(
            """
            chain postrouting {
              type nat hook postrouting priority 90; policy accept;
              ct status dnat accept
              ip saddr $pods ip daddr $all_pods ip daddr != $subnet counter snat to $node
            }
            """
        ),
        proof=_one_range_sees_the_node,
    ),
)
