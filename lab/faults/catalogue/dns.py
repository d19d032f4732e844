"""Faults of names: search suffixes, resolvers, and the way to DNS."""

from lab.faults import places, proofs
from lab.faults.fault import Fault, Turns
from lab.faults.rules import NodeRules
from lab.faults.site import Site
from lab.faults.trial import Trial

_ROW = "dns-search-suffixes"


def _ask_over_tcp(site: Site, trial: Trial) -> str:
    name = f"kubernetes.default.svc.{site.topology.cluster_domain}."
    return trial.pod(site.node).ask("dns", site.topology.dns_address, "tcp", name)


FAULTS = (
    Fault(
        name="dns-tcp-dropped",
        sentence="DNS over TCP is dropped on its way out of the node's pods; over UDP it passes.",
        source="https://github.com/kubernetes/minikube/issues/2617",
        where=places.ROUTED_PODS,
        expects=Turns(
            check="dns-over-tcp", feature=_ROW, codes=("timed-out",), verdict="unsupported"
        ),
        # Ahead of the service proxy, so that it is the same in every mode.
        means=NodeRules(
            """
            chain prerouting {
              type filter hook prerouting priority -300; policy accept;
              ip saddr $pods tcp dport 53 counter drop
            }
            """
        ),
        proof=proofs.counted(_ask_over_tcp),
    ),
)
