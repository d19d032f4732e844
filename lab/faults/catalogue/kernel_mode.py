"""Faults of load balancing in kernel mode."""

from lab import proxies
from lab.faults import places, proofs
from lab.faults.fault import Bite, Fault, Turns
from lab.faults.rules import NodeRules
from lab.faults.service_proxies import MisinformedProxy, SwappedProxy
from lab.faults.site import Site
from lab.faults.trial import SERVED, Trial, comes_true
from lab.faults.trial_pods import TrialPod
from lab.node_description import Proxy

_ROW = "kernel-mode-load-balancing"


def _ask_itself(site: Site, trial: Trial) -> str:
    """Ask a Service from the pod that is its only backend."""
    pod, client = trial.pods((site.node, "alone"), (proofs.other_node(site), "client"))
    service = trial.service("alone", role="alone")
    trial.await_served(service, client, {pod.name})
    return pod.get(service.address)


def _runs_in_user_mode(site: Site, trial: Trial) -> Bite:
    mode = proxies.said_mode(trial.api, site.place)
    return Bite(mode == "userspace", f"the proxy says {mode!r} at /proxyMode")


def _a_node_is_seen(site: Site, trial: Trial) -> Bite:
    other = proofs.other_node(site)
    client, elsewhere, backend = trial.pods(
        (site.node, "client"), (other, "client"), (other, "served")
    )
    service = trial.service("served", role="served")
    for asking in (elsewhere, client):
        trial.await_served(service, asking, {backend.name})
    return proofs.node_address_is_seen(site, client, service.address, SERVED)


def _equal_is_emptied(site: Site, trial: Trial) -> Bite:
    """Delete one of two Services over the same pod, and ask the other."""
    backend, client = trial.pods((proofs.other_node(site), "shared"), (site.node, "client"))
    stays, goes = trial.service("stays", role="shared"), trial.service("goes", role="shared")
    for service in (stays, goes):
        trial.await_served(service, client, {backend.name})
    trial.remove_service(goes)
    is_lost = comes_true(
        lambda: client.get(stays.address) != backend.name,
        what="the other Service is lost",
        timeout=proofs.for_the_worse(site),
    )
    return Bite(is_lost, f"the other Service {'is lost' if is_lost else 'is answered'}")


def _last_endpoint_is_kept(site: Site, trial: Trial) -> Bite:
    """Take a Service's only endpoint away, and ask it still."""
    other = proofs.other_node(site)
    client, elsewhere, backend = trial.pods(
        (site.node, "client"), (other, "client"), (other, "last")
    )
    service = trial.service_by_hand("last", [backend.address])
    for asking in (client, elsewhere):
        trial.await_served(service, asking, {backend.name})
    trial.serve_by_hand(service.name, [])

    def leaves_alone(asking: TrialPod, *, within: float) -> bool:
        return comes_true(
            lambda: asking.get(service.address) != backend.name,
            what=f"the last endpoint is left alone by {asking.node.name}",
            timeout=within,
        )

    followed = leaves_alone(elsewhere, within=proofs.LONG_ENOUGH)
    is_gone = leaves_alone(client, within=proofs.for_the_better(site))
    if not followed:
        return Bite(bites=False, seen="the last endpoint answers on other nodes too")
    return Bite(not is_gone, f"the last endpoint {'is left alone' if is_gone else 'answers'}")


def _is_masked(site: Site, trial: Trial) -> Bite:
    answered, tries = proofs.answers_beside_a_refusing_backend(site, trial)
    return Bite(answered == tries, f"{answered} of {tries} connections were answered")


FAULTS = (
    Fault(
        name="silent-fallback-to-user-mode",
        sentence="The proxy was asked for kernel mode and runs in user mode, without a word.",
        source="https://github.com/kubernetes/kubernetes/blob/v1.20.2/cmd/kube-proxy/app/server_windows.go#L192-L205",
        where=places.KERNEL_MODE,
        expects=Turns(
            check="kernel-no-endpoints-no-handshake", feature=_ROW, codes=("handshake-completed",)
        ),
        means=SwappedProxy(Proxy.LINUX_USERSPACE),
        proof=_runs_in_user_mode,
    ),
    Fault(
        name="removed-endpoint-served-kernel-mode",
        sentence="The kernel-mode proxy goes on choosing endpoints that a Service has lost.",
        source="https://github.com/kubernetes/kubernetes/issues/67875",
        where=places.KERNEL_MODE,
        expects=Turns(
            check="kernel-backends-follow",
            feature=_ROW,
            codes=("backend-kept",),
            verdict="partial",
        ),
        means=MisinformedProxy("removed-endpoints-kept"),
        proof=proofs.removed_endpoint_is_served,
    ),
    Fault(
        name="node-port-missing",
        sentence="NodePorts are not programmed on the node, so that nobody answers at them.",
        source="https://github.com/kubernetes/kubernetes/issues/72712",
        where=places.KERNEL_MODE,
        expects=Turns(
            check="kernel-node-port", feature=_ROW, codes=("no-answer",), verdict="partial"
        ),
        # What is not tracked is not translated either: it comes to the node itself, whose
        # kernel refuses it as it would without a service proxy's rules.
        means=NodeRules(
            """
            chain prerouting {
              type filter hook prerouting priority -300; policy accept;
              fib daddr type local meta l4proto { tcp, udp } th dport 30000-32767 counter notrack
            }
            """
        ),
        proof=proofs.counted(proofs.ask_node_port),
    ),
    Fault(
        name="hairpin-broken",
        sentence="A pod that is chosen as its own Service's backend does not get its own packets.",
        source="https://github.com/kubernetes/kubernetes/issues/20475",
        where=places.LINUX_KERNEL_MODE,
        expects=Turns(
            check="kernel-hairpin", feature=_ROW, codes=("no-answer",), verdict="partial"
        ),
        # What goes back to where it came from, before it is masqueraded: two fields of a packet are
        # compared by a set of what was seen to be the same.
        means=NodeRules(
            """
            set selves { type ipv4_addr . ipv4_addr; flags dynamic; size 1024; }
            chain postrouting {
              type filter hook postrouting priority 90; policy accept;
              ct status dnat ip saddr $pods add @selves { ip saddr . ip saddr }
              ct status dnat ip saddr . ip daddr @selves counter drop
            }
            """
        ),
        proof=proofs.counted(_ask_itself),
    ),
    Fault(
        name="new-service-not-programmed",
        sentence="Services that are made from now on are not programmed on the node.",
        source="https://github.com/kubernetes/kubernetes/issues/35641",
        where=places.KERNEL_MODE,
        expects=Turns(check="kernel-tcp-backends", feature=_ROW, codes=("no-answer",)),
        means=MisinformedProxy("new-services-missing"),
        proof=proofs.silent(),
    ),
    Fault(
        name="other-nodes-missing",
        sentence="Backends on other nodes are not programmed, as on 1709 without KB4089848.",
        source="https://github.com/kubernetes/kubernetes/issues/62029",
        where=places.KERNEL_MODE,
        expects=Turns(check="kernel-tcp-backends", feature=_ROW, codes=("backend-missing",)),
        means=MisinformedProxy("other-nodes-missing"),
        proof=proofs.never_chosen,
    ),
    Fault(
        name="udp-not-programmed",
        sentence="Ports over UDP are not programmed on the node; those over TCP are.",
        source="https://github.com/kubernetes/kubernetes/pull/36079",
        where=places.KERNEL_MODE,
        expects=Turns(check="kernel-udp-backends", feature=_ROW, codes=("no-answer",)),
        means=MisinformedProxy("udp-missing"),
        proof=proofs.silent("udp"),
    ),
    Fault(
        name="client-address-lost",
        sentence="Whatever goes through a Service is masqueraded, so that backends see the node.",
        source="https://github.com/kubernetes/kubernetes/issues/83072",
        where=places.LINUX_KERNEL_MODE,
        expects=Turns(
            check="kernel-source-address",
            feature=_ROW,
            codes=("node-address",),
            verdict="partial",
        ),
        means=NodeRules(
            """
            chain postrouting {
              type nat hook postrouting priority 90; policy accept;
              ct status dnat ip saddr $pods counter snat to $node
            }
            """
        ),
        proof=_a_node_is_seen,
    ),
    Fault(
        name="one-of-two-services-deleted",
        sentence="Where one of two Services over the same pods is deleted, the other is lost too.",
        source="https://github.com/kubernetes/kubernetes/issues/76316",
        where=places.KERNEL_MODE,
        expects=Turns(
            check="kernel-services-independent",
            feature=_ROW,
            codes=("no-answer",),
            verdict="partial",
        ),
        means=MisinformedProxy("equals-emptied"),
        proof=_equal_is_emptied,
    ),
    Fault(
        name="last-endpoint-served",
        sentence="A Service whose last endpoint went goes on sending connections to it.",
        source="https://github.com/kubernetes/kubernetes/issues/137530",
        where=places.KERNEL_MODE,
        expects=Turns(
            check="kernel-last-endpoint-gone",
            feature=_ROW,
            codes=("still-answers",),
            verdict="partial",
        ),
        means=MisinformedProxy("last-endpoint-kept"),
        proof=_last_endpoint_is_kept,
    ),
    Fault(
        name="refusing-backend-left-out",
        sentence="The proxy asks backends before it chooses, and leaves out those that refuse.",
        source="https://github.com/kubernetes/kubernetes/issues/14399",
        where=places.KERNEL_MODE,
        expects=Turns(check="kernel-refusing-backend-not-masked", feature=_ROW, codes=("masked",)),
        means=MisinformedProxy("refusing-left-out"),
        proof=_is_masked,
    ),
)
