"""Faults of one direction, one protocol or one way to a server, where all others are open."""

from lab.faults import places, proofs
from lab.faults.fault import Fault, Turns
from lab.faults.rules import NodeRules
from lab.faults.site import Site
from lab.faults.trial import SERVED, Trial
from lab.faults.trial_pods import PORTS

_CNI = "cni-plugin"


def _ask_a_neighbour_over_udp(site: Site, trial: Trial) -> str:
    client, neighbour = trial.pods((site.node, "client"), (site.node, "peer"))
    return client.ask("udp", neighbour.address, PORTS["first"], "hostname")


def _ask_a_service_from_the_node(site: Site, trial: Trial) -> str:
    other = proofs.other_node(site)
    elsewhere, backend = trial.pods((other, "client"), (other, "served"))
    service = trial.service("served", role="served")
    trial.await_served(service, elsewhere, {backend.name})
    return proofs.node_space(site).ask("get", service.address, SERVED, "/hostname")


def _ask_with_edns(site: Site, trial: Trial) -> str:
    name = f"kubernetes.default.svc.{site.topology.cluster_domain}."
    return trial.pod(site.node).ask("records", site.topology.dns_address, name, 1)


FAULTS = (
    Fault(
        name="udp-lost-on-the-same-node",
        sentence="UDP from pod to pod of one node is lost, but for what goes to a Service.",
        source="https://github.com/kubernetes/kubernetes/issues/95565",
        where=places.ROUTED_PODS,
        expects=Turns(
            check="cni-directions", feature=_CNI, codes=("no-answer",), verdict="partial"
        ),
        # A proxy in user mode sends from the node; in kernel mode Services are spared alike, as they
        # are another row's. Where DNS is on this node, it stays: without it the fault would be
        # every name's.
        means=NodeRules(
            """
            chain forward {
              type filter hook forward priority -10; policy accept;
              ct status dnat accept
              ct state new ip saddr $pods ip daddr $pods udp dport != 53 counter drop
            }
            """
        ),
        proof=proofs.counted(_ask_a_neighbour_over_udp),
    ),
    Fault(
        name="node-reaches-no-service",
        sentence="The node itself does not reach ClusterIPs, which its pods reach.",
        source="https://github.com/kubernetes/kubernetes/issues/86754",
        where=places.LINUX,
        # Only reported: the cell stays.
        expects=Turns(
            check="cni-node-directions", feature=_CNI, codes=("no-answer",), verdict="supported"
        ),
        means=NodeRules(
            """
            chain output {
              type filter hook output priority -150; policy accept;
              ip daddr $services counter drop
            }
            """
        ),
        proof=proofs.counted(_ask_a_service_from_the_node),
    ),
    # In kernel mode it is `udp-node-port-lost`.
    Fault(
        name="udp-node-ports-closed-user-mode",
        sentence="The firewall before a user-mode proxy opens NodePorts over TCP alone.",
        source="https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/1395",
        where=places.USER_MODE,
        expects=Turns(
            check="user-directions",
            feature="user-mode-load-balancing",
            codes=("no-answer",),
            verdict="partial",
        ),
        means=NodeRules(
            """
            chain prerouting {
              type filter hook prerouting priority -300; policy accept;
              iifname "$wire" fib daddr type local udp dport 30000-32767 counter drop
            }
            """
        ),
        proof=proofs.counted(proofs.ask_node_port_over_udp),
    ),
    Fault(
        name="extended-dns-queries-dropped",
        sentence="DNS queries with EDNS0 are dropped on their way; plain ones are answered.",
        source="https://github.com/golang/go/issues/65197",
        where=places.LINUX,
        expects=Turns(
            check="dns-resolvers",
            feature="dns-search-suffixes",
            codes=("resolvers-differ",),
            verdict="partial",
        ),
        # Of the header's four counts the last: EDNS0 is a record more (RFC 6891).
        means=NodeRules(
            """
            chain prerouting {
              type filter hook prerouting priority -300; policy accept;
              ip saddr $pods udp dport 53 @th,144,16 != 0 counter drop
            }
            """
        ),
        proof=proofs.counted(_ask_with_edns),
    ),
)
