"""Faults of names: search suffixes, resolvers, and the way to DNS."""

from lab.faults import places, proofs
from lab.faults.fault import Bite, Fault, Proof, Turns, Undecided
from lab.faults.rules import NodeRules
from lab.faults.runtimes import WrappedRuntime
from lab.faults.second_proxies import ExpandingProxy
from lab.faults.site import Site
from lab.faults.trial import Trial
from lab.faults.trial_pods import PORTS, Wishes

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


def _proxy_expands(site: Site, trial: Trial) -> Bite:
    """Ask for an absolute short name, which no DNS knows."""
    said = trial.pod(site.node).ask("dns", site.topology.dns_address, "udp", "kubernetes")
    expanded = str(site.topology.kubernetes_service_address)
    return Bite(said == expanded, f"kubernetes. is {said}")


def _hosts_name_it(name: str) -> Proof:
    """Prove that a pod's hosts file names a Service of its namespace."""

    def proof(site: Site, trial: Trial) -> Bite:
        text = trial.fresh(site.node).read("/etc/hosts", container="third")
        wanted = site.fill(name).replace("<namespace>", trial.namespace)
        lines = [line for line in text.splitlines() if line.split()[1:] == [wanted]]
        return Bite(bool(lines), f"of {wanted} the hosts file says {lines}")

    return proof


_ELSEWHERE = "elsewhere.example"


def _own_settings_are_ignored(site: Site, trial: Trial) -> Bite:
    """Make a pod with a search list of its own, and no other."""
    own = {"nameservers": [str(site.topology.dns_address)], "searches": [_ELSEWHERE]}
    wishes = Wishes(spec={"dnsPolicy": "None", "dnsConfig": own})
    text = trial.fresh(site.node, wishes=wishes).read("/etc/resolv.conf", container="third")
    lines = [line for line in text.splitlines() if line.startswith("search")]
    return Bite(_ELSEWHERE not in text, f"the pod has {lines}, and asked for {_ELSEWHERE}")


_FULL = "kubernetes.<namespace>.svc.$domain."

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
        expects=Turns(check="dns-over-tcp", feature=_ROW, codes=("timed-out",), verdict="partial"),
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
    Fault(
        name="proxy-expands-names",
        sentence="The proxy adds suffixes of namespace default, though pods have their own.",
        source="https://github.com/kubernetes/kubernetes/issues/102846",
        where=places.ROUTED_PODS_IN_KERNEL_MODE,
        expects=Turns(check="dns-proxy-leaves-names", feature=_ROW, codes=("rewrites",)),
        means=ExpandingProxy(),
        proof=_proxy_expands,
    ),
    Fault(
        name="stale-full-name-in-hosts",
        sentence="Pods' hosts files give a Service's full name the address that it once had.",
        source="https://github.com/openshift/cluster-dns-operator/pull/56",
        where=places.POD_SUFFIXES,
        expects=Turns(check="dns-fqdn", feature=_ROW, codes=("full-name-other-answer",)),
        # With the root's dot, as whoever asks for the full name does: short names are left alone.
        means=WrappedRuntime(hosts=(f"192.0.2.10 {_FULL}",)),
        proof=_hosts_name_it(_FULL),
    ),
    Fault(
        name="stale-short-name-in-hosts",
        sentence="Pods' hosts files give a Service's short name the address that it once had.",
        source="https://github.com/openshift/cluster-dns-operator/pull/61",
        where=places.POD_SUFFIXES,
        expects=Turns(check="dns-own-twin", feature=_ROW, codes=("other-answer",)),
        means=WrappedRuntime(hosts=("192.0.2.11 twin",)),
        proof=_hosts_name_it("twin"),
    ),
    Fault(
        name="own-dns-settings-ignored",
        sentence="Pods that ask for DNS settings of their own get the same as all others.",
        source="https://github.com/kubernetes/kubernetes/issues/78565",
        where=places.LINUX,
        expects=Turns(
            check="dns-pod-policies", feature=_ROW, codes=("other-suffixes",), verdict="partial"
        ),
        means=WrappedRuntime(search=("<namespace>.svc.$domain", "svc.$domain", "$domain")),
        proof=_own_settings_are_ignored,
    ),
)
