"""Faults of load balancing in user mode."""

from lab import proxies
from lab.faults import places, proofs
from lab.faults.fault import Bite, Fault, Turns
from lab.faults.programs import Stopped
from lab.faults.rules import NodeRules
from lab.faults.service_proxies import PROXY, MisinformedProxy, SwappedProxy
from lab.faults.site import Site
from lab.faults.trial import SERVED, Trial
from lab.node_description import Proxy

_ROW = "user-mode-load-balancing"


def _is_not_masked(site: Site, trial: Trial) -> Bite:
    answered, tries = proofs.answers_beside_a_refusing_backend(site, trial)
    return Bite(answered < tries, f"{answered} of {tries} connections were answered")


def _goes_not_round(site: Site, trial: Trial) -> Bite:
    """Ask a Service of two backends, which a proxy in rotation chooses by turns."""
    other = proofs.other_node(site)
    client, *turning = trial.pods((site.node, "client"), (site.node, "turns"), (other, "turns"))
    backends = {pod.name for pod in turning}
    service = trial.service("turns", role="turns")
    trial.await_served(service, client, backends)
    seen = client.names(service.address, 12)
    by_turns = all(name == before for name, before in zip(seen[2:], seen, strict=False))
    return Bite(not by_turns, f"answered by {', '.join(seen)}")


def _runs_in_kernel_mode(site: Site, trial: Trial) -> Bite:
    mode = proxies.said_mode(trial.api, site.place)
    return Bite(mode == Proxy.NFTABLES, f"the proxy says {mode!r} at /proxyMode")


def _the_client_is_seen(site: Site, trial: Trial) -> Bite:
    """Ask as two clients in turn: neither may be taken for the one before it."""
    *clients, backend = trial.pods(
        (site.node, "client"), (site.node, "second"), (proofs.other_node(site), "served")
    )
    service = trial.service("served", role="served")
    trial.await_served(service, clients[0], {backend.name})
    seen = {
        client.address: client.ask("get", service.address, SERVED, "/clientip").rpartition(":")[0]
        for client in clients
    }
    told = ", ".join(f"{address} as {shown}" for address, shown in seen.items())
    return Bite(all(key == shown for key, shown in seen.items()), f"the backend sees {told}")


_FAILED = frozenset({"closed", "refused", "timed out"})

FAULTS = (
    Fault(
        name="proxy-dead",
        sentence="The service proxy of the node has ended, and nobody starts it again.",
        source="https://github.com/Azure/acs-engine/issues/531",
        where=places.USER_MODE,
        expects=Turns(check="user-tcp-backends", feature=_ROW, codes=("no-answer",)),
        means=Stopped(PROXY),
        proof=proofs.silent(others_too=True),
    ),
    Fault(
        name="removed-endpoint-served-user-mode",
        sentence="The user-mode proxy goes on choosing endpoints that a Service has lost.",
        source="https://github.com/kubernetes/kubernetes/issues/67875",
        where=places.USER_MODE,
        expects=Turns(
            check="user-backends-follow", feature=_ROW, codes=("backend-kept",), verdict="partial"
        ),
        means=MisinformedProxy("removed-endpoints-kept"),
        proof=proofs.removed_endpoint_is_served,
    ),
    Fault(
        name="backend-never-chosen",
        sentence="The proxy does not know one of a Service's endpoints, which it never chooses.",
        source="https://github.com/kubernetes/kubernetes/issues/98066",
        where=places.USER_MODE,
        expects=Turns(check="user-tcp-backends", feature=_ROW, codes=("backend-missing",)),
        means=MisinformedProxy("last-endpoint-missing"),
        proof=proofs.never_chosen,
    ),
    Fault(
        name="one-backend-for-all",
        sentence="Every connection goes to one and the same endpoint, however many there are.",
        source="https://github.com/kubernetes/kubernetes/issues/47533",
        where=places.USER_MODE,
        expects=Turns(check="user-tcp-backends", feature=_ROW, codes=("backend-missing",)),
        means=MisinformedProxy("first-endpoint-only"),
        proof=proofs.never_chosen,
    ),
    Fault(
        name="udp-not-proxied",
        sentence="The proxy serves TCP alone, as the first one of Windows did.",
        source="https://github.com/kubernetes/kubernetes/pull/36079",
        where=places.USER_MODE,
        expects=Turns(check="user-udp-backends", feature=_ROW, codes=("no-answer",)),
        means=MisinformedProxy("udp-missing"),
        proof=proofs.silent("udp"),
    ),
    Fault(
        name="refusing-backend-not-masked",
        sentence="The proxy gives up before it comes to a backend that does not refuse.",
        source="https://kubernetes.io/docs/reference/networking/virtual-ips/",
        where=places.USER_MODE,
        expects=Turns(check="user-refusing-backend-masked", feature=_ROW, codes=("not-masked",)),
        means=MisinformedProxy("refusing-endpoints-added"),
        proof=_is_not_masked,
    ),
    Fault(
        name="node-port-not-served",
        sentence="The user-mode proxy does not listen at NodePorts; ClusterIPs are served.",
        source="https://github.com/kubernetes/kubernetes/issues/18802",
        where=places.USER_MODE,
        expects=Turns(
            check="user-node-port", feature=_ROW, codes=("no-answer",), verdict="partial"
        ),
        means=MisinformedProxy("node-ports-missing"),
        proof=proofs.answered(proofs.ask_node_port, *_FAILED),
    ),
    Fault(
        name="endpoint-listed-twice",
        sentence="One endpoint is in the proxy's list twice, and is chosen twice as often.",
        source="https://github.com/kubernetes/kubernetes/issues/121556",
        where=places.USER_MODE,
        expects=Turns(check="user-round-robin", feature=_ROW, codes=("not-round-robin",)),
        means=MisinformedProxy("first-endpoint-twice"),
        proof=_goes_not_round,
    ),
    Fault(
        name="unasked-for-kernel-mode",
        sentence="The proxy was asked for user mode and runs in kernel mode, as later releases do.",
        source="https://github.com/openshift/sdn/pull/510",
        where=places.LINUX_USER_MODE,
        expects=Turns(check="user-no-endpoints-accepts", feature=_ROW, codes=("refused",)),
        means=SwappedProxy(Proxy.NFTABLES),
        proof=_runs_in_kernel_mode,
    ),
    Fault(
        name="proxy-shows-its-client",
        sentence="The proxy's connections bear the client's address, as of a transparent proxy.",
        source="https://github.com/linkerd/linkerd2/issues/7089",
        where=places.ROUTED_PODS_IN_USER_MODE,
        expects=Turns(
            check="user-source-address",
            feature=_ROW,
            codes=("client-address",),
            verdict="partial",
        ),
        # Of the latest client that opened a connection to a Service: the proxy goes on at once.
        # Deleted first, for an element that is there keeps its value when it is added or updated.
        # Pods that are clients themselves are spared, for none takes what comes from itself.
        means=NodeRules(
            """
            map latest { type inet_proto : ipv4_addr; flags dynamic; size 4096; }
            set clients { type ipv4_addr; flags dynamic; size 1024; }
            chain prerouting {
              type filter hook prerouting priority -160; policy accept;
              ip saddr $pods ip daddr $services tcp flags & (syn|ack) == syn \
                delete @latest { meta l4proto : ip saddr } \
                add @latest { meta l4proto : ip saddr } add @clients { ip saddr }
            }
            chain postrouting {
              type nat hook postrouting priority 90; policy accept;
              fib saddr type local ip daddr $all_pods ip daddr != @clients meta l4proto tcp \
                counter snat ip to meta l4proto map @latest
            }
            """
        ),
        proof=_the_client_is_seen,
    ),
)
