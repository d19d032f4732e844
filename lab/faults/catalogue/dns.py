"""Faults of names: search suffixes, resolvers, and the way to DNS."""

from lab.faults import places, proofs
from lab.faults.fault import Bite, Fault, Turns, Undecided
from lab.faults.rules import NodeRules
from lab.faults.runtimes import WrappedRuntime
from lab.faults.site import Site
from lab.faults.trial import PORTS, Trial

_ROW = "dns-search-suffixes"


def _ask_over_tcp(site: Site, trial: Trial) -> str:
    name = f"kubernetes.default.svc.{site.topology.cluster_domain}."
    return trial.pod(site.node).ask("dns", site.topology.dns_address, "tcp", name)


def _second_has_no_suffix(site: Site, trial: Trial) -> Bite:
    pod = trial.fresh(site.node)
    searching = [
        name for name in PORTS if "search" in pod.read("/etc/resolv.conf", container=name)
    ]
    return Bite(searching == ["first", "third"], f"a search list is in {', '.join(searching)}")


def _first_query_is_lost(site: Site, trial: Trial) -> str:
    name = f"kubernetes.default.svc.{site.topology.cluster_domain}."
    pod = trial.fresh(site.node)
    return ", then ".join(pod.ask("dns", site.topology.dns_address, "udp", name) for _ in "ab")


FAULTS = (
    Fault(
        name="suffix-missing-in-second-container",
        sentence="The second container of a pod has no search list; the others have theirs.",
        source="https://github.com/rancher/rancher/issues/3737",
        where=places.NAMES_LEFT_ALONE,
        expects=Turns(check="dns-own-kubernetes", feature=_ROW, codes=("unresolved",)),
        means=WrappedRuntime(containers=(2,), search=()),
        proof=_second_has_no_suffix,
    ),
    Fault(
        name="dns-first-answer-late",
        sentence="A pod's first query is lost, so that its answer comes with the retry after 5 s.",
        source="https://github.com/kubernetes/kubernetes/issues/56903",
        where=places.ROUTED_PODS,
        # Late is not wrong: names resolve, by the resolver's own retry.
        expects=Undecided(survives=True),
        means=NodeRules(
            """
            set asked { type ipv4_addr; flags dynamic; size 4096; }
            chain prerouting {
              type filter hook prerouting priority -300; policy accept;
              ip saddr $pods udp dport 53 ip saddr != @asked add @asked { ip saddr } counter drop
            }
            """
        ),
        proof=proofs.counted(_first_query_is_lost),
    ),
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
