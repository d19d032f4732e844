"""Faults of a pod's one endpoint."""

import json

from lab.faults import places, proofs
from lab.faults.fault import Bite, Fault, Turns
from lab.faults.plugins import WrappedPlugin
from lab.faults.rules import NodeRules
from lab.faults.site import Site
from lab.faults.trial import Trial
from lab.faults.trial_pods import PORTS

_ROW = "single-endpoint"


def _has_a_second_address(site: Site, trial: Trial) -> Bite:
    pod = trial.fresh(site.node)
    links = json.loads(pod.spaces["first"].run("ip", "-json", "-4", "address"))
    addresses = [
        given["local"] for link in links for given in link["addr_info"] if link["ifname"] != "lo"
    ]
    return Bite(len(addresses) > 1, f"the pod has {', '.join(addresses)}")


def _has_a_second_way_out(site: Site, trial: Trial) -> Bite:
    routes = trial.fresh(site.node).spaces["first"].run("ip", "-4", "route", "show", "default")
    return Bite(len(routes.splitlines()) > 1, f"the pod has {'; '.join(routes.splitlines())}")


def _same_node_sees_the_node(site: Site, trial: Trial) -> Bite:
    client, peer = trial.pod(site.node), trial.pod(site.node, role="peer")
    return proofs.node_address_is_seen(site, client, peer.address, PORTS["first"])


def _other_node_sees_the_node(site: Site, trial: Trial) -> Bite:
    client, peer = proofs.pair(site, trial)
    return proofs.node_address_is_seen(site, client, peer.address, PORTS["first"])


FAULTS = (
    Fault(
        name="second-address",
        sentence="A pod has a second address, which came after its plugin had ended.",
        source="https://github.com/Azure/acs-engine/issues/418",
        where=places.SINGLE_ENDPOINT,
        # One more address and nothing else is how 2016 looked; elsewhere it is a regression.
        expects=Turns(
            check="endpoint-one-address",
            feature=_ROW,
            codes=("second-address",),
            verdict="alternative",
        ),
        means=WrappedPlugin(inside=("ip address add 192.0.2.<octet>/24 dev <interface>",)),
        proof=_has_a_second_address,
    ),
    Fault(
        name="second-default-route",
        sentence="A pod has a second default route, by another gateway.",
        source="https://github.com/kubernetes/kubernetes/pull/41625",
        where=places.SINGLE_ENDPOINT,
        expects=Turns(
            check="endpoint-one-default-route", feature=_ROW, codes=("second-default-route",)
        ),
        # Of a worse metric: what the pod sends goes where it went.
        means=WrappedPlugin(
            inside=("ip route add default via 192.0.2.1 dev <interface> onlink metric 200",)
        ),
        proof=_has_a_second_way_out,
    ),
    Fault(
        name="translated-to-same-node",
        sentence="Pods of the same node see the node's address where a pod asks them directly.",
        source="https://github.com/cloudnativelabs/kube-router/issues/173",
        where=places.ONE_ENDPOINT_ROUTED,
        expects=Turns(check="endpoint-source-same-node", feature=_ROW, codes=("translated",)),
        # What a service proxy has translated is the service proxy's.
        means=NodeRules(
            """
            chain postrouting {
              type nat hook postrouting priority 90; policy accept;
              ct status dnat accept
              ip saddr $pods ip daddr $pods counter snat to $node
            }
            """
        ),
        proof=_same_node_sees_the_node,
    ),
    Fault(
        name="translated-to-other-nodes",
        sentence="Pods of other nodes see the node's address where a pod asks them directly.",
        source="https://github.com/cloudnativelabs/kube-router/issues/173",
        where=places.ONE_ENDPOINT_ROUTED,
        expects=Turns(check="endpoint-source-other-node", feature=_ROW, codes=("translated",)),
        means=NodeRules(
            """
            chain postrouting {
              type nat hook postrouting priority 90; policy accept;
              ct status dnat accept
              ip saddr $pods ip daddr $pods accept
              ip saddr $pods ip daddr $all_pods counter snat to $node
            }
            """
        ),
        proof=_other_node_sees_the_node,
    ),
)
