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


def _search_list(site: Site, trial: Trial) -> tuple[str, list[str]]:
    """Return what a new pod's own suffix is, and its search list."""
    text = trial.fresh(site.node).read("/etc/resolv.conf", container="third")
    lists = [line.split()[1:] for line in text.splitlines() if line.startswith("search")]
    return f"{trial.namespace}.svc.{site.topology.cluster_domain}", lists[0] if lists else []


def _has_not_its_own(site: Site, trial: Trial) -> Bite:
    own, search = _search_list(site, trial)
    return Bite(own not in search, f"the pod searches {' '.join(search)}")


def _own_is_not_the_first(site: Site, trial: Trial) -> Bite:
    own, search = _search_list(site, trial)
    return Bite(own in search[1:], f"the pod searches {' '.join(search)}")


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
    Fault(
        name="one-suffix-for-all-pods",
        sentence="Every pod of the node searches namespace default, whatever its own is.",
        source="https://github.com/kubernetes/kubernetes/issues/61579",
        where=places.NAMES_LEFT_ALONE,
        expects=Turns(check="dns-own-kubernetes", feature=_ROW, codes=("default-suffix",)),
        means=WrappedRuntime(search=("default.svc.$domain", "svc.$domain", "$domain")),
        proof=_has_not_its_own,
    ),
    Fault(
        name="suffix-order-wrong",
        sentence="Pods search the cluster's suffixes first, and their own namespace's after them.",
        source="https://github.com/kubernetes/kubernetes/issues/10161",
        where=places.LINUX,
        expects=Turns(
            check="dns-search-list", feature=_ROW, codes=("other-order",), verdict="partial"
        ),
        means=WrappedRuntime(search=("svc.$domain", "<namespace>.svc.$domain", "$domain")),
        proof=_own_is_not_the_first,
    ),
)
