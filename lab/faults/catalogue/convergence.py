"""Faults of what follows changes behind a Service, and of its special forms, in either mode."""

from lab.faults import places, proofs
from lab.faults.catalogue.modes import in_each_mode
from lab.faults.fault import Bite, Fault, Proof, Turns
from lab.faults.rules import NodeRules
from lab.faults.service_proxies import MisinformedProxy
from lab.faults.site import Site
from lab.faults.trial import SERVED, Trial, comes_true
from lab.faults.trial_pods import Wishes


def _unready_is_served(site: Site, trial: Trial) -> Bite:
    """Ask a Service of two backends, one of which never becomes ready."""
    other = proofs.other_node(site)
    client, elsewhere, ready = trial.pods(
        (site.node, "client"), (other, "client"), (other, "half-ready")
    )
    unready = trial.fresh(other, role="half-ready", wishes=Wishes(is_ready=False))
    service = trial.service("half-ready", role="half-ready")
    for asking in (elsewhere, client) if not site.is_made else (elsewhere,):
        trial.await_served(service, asking, {ready.name})
    is_served = comes_true(
        lambda: unready.name in client.names(service.address, 12),
        what="the unready backend answers",
        timeout=proofs.for_the_worse(site),
    )
    trial.remove(unready)
    return Bite(is_served, f"the unready backend is {'served' if is_served else 'left alone'}")


def _udp_stays_behind(source: int) -> Proof:
    """Prove that UDP goes on to a backend that a Service lost, which TCP leaves alone.

    `source` is the client's port, 0 for a new one each time.
    """

    def proof(site: Site, trial: Trial) -> Bite:
        other = proofs.other_node(site)
        client, elsewhere, removed, kept = trial.pods(
            (site.node, "client"), (other, "client"), (other, "goes"), (other, "comes")
        )
        service = trial.service("followed", role="followed")

        def who(times: int) -> set[str]:
            asked = ("udp", service.address, SERVED, "hostname", source)
            return set(client.repeatedly(times, *asked))

        trial.relabel(removed, "followed")
        was_answered = comes_true(
            lambda: who(1) == {removed.name}, what="UDP is answered", timeout=proofs.LONG_ENOUGH
        )
        trial.relabel(kept, "followed")
        trial.relabel(removed, "goes")
        trial.await_served(service, elsewhere, {kept.name})
        follows = comes_true(
            lambda: who(6) == {kept.name},
            what="UDP comes to the backend that is left",
            timeout=proofs.for_the_better(site),
        )
        trial.relabel(kept, "comes")
        if not was_answered:
            return Bite(bites=False, seen="UDP was not answered by the only backend")
        return Bite(not follows, f"UDP {'follows' if follows else 'stays behind'}")

    return proof


FAULTS = (
    *in_each_mode(
        name="unready-served",
        sentence="The {mode}-mode proxy sends connections to endpoints that are not ready.",
        source="https://github.com/projectcalico/calico/issues/4952",
        check="convergence",
        codes=("backend-kept", "unready-served"),
        means=MisinformedProxy("unready-told-ready"),
        proof=_unready_is_served,
    ),
    *in_each_mode(
        name="named-targets-lost",
        sentence="The {mode}-mode proxy does not know whereto ports lead whose target is a name.",
        source="https://github.com/kubernetes/kubernetes/issues/69336",
        check="service-forms",
        codes=("no-answer",),
        means=MisinformedProxy("named-targets-missing"),
        proof=proofs.silent(named=True),
    ),
    Fault(
        name="stale-udp-kernel-mode",
        sentence="What the kernel remembers of a UDP client's backend outlives that backend.",
        source="https://github.com/kubernetes/kubernetes/issues/126130",
        where=places.LINUX_KERNEL_MODE,
        expects=Turns(
            check="kernel-udp-successor",
            feature="kernel-mode-load-balancing",
            codes=("stale",),
            verdict="partial",
        ),
        # A memory beside the kernel's own, which kube-proxy clears: asked before its rules are.
        means=NodeRules(
            """
            map backends {
              type ipv4_addr . inet_service . ipv4_addr . inet_service : ipv4_addr . inet_service
              flags dynamic,timeout; timeout 10m; size 4096;
            }
            chain prerouting {
              type nat hook prerouting priority -110; policy accept;
              ip saddr $pods ip daddr $services meta l4proto udp counter \\
                dnat ip to ip saddr . udp sport . ip daddr . udp dport map @backends
            }
            chain postrouting {
              type filter hook postrouting priority 90; policy accept;
              ip saddr $pods meta l4proto udp ct status dnat ct direction original \\
                ct original ip daddr $services add @backends { \\
                  ip saddr . udp sport . ct original ip daddr . ct original proto-dst : \\
                  ip daddr . udp dport }
            }
            """
        ),
        proof=_udp_stays_behind(40000),
    ),
    Fault(
        name="stale-udp-user-mode",
        sentence="The user-mode proxy goes on sending datagrams to endpoints that are gone.",
        source="https://github.com/kubernetes/kubernetes/issues/11570",
        where=places.LINUX_USER_MODE,
        expects=Turns(
            check="user-udp-successor",
            feature="user-mode-load-balancing",
            codes=("stale",),
            verdict="partial",
        ),
        means=MisinformedProxy("removed-udp-endpoints-kept"),
        proof=_udp_stays_behind(0),
    ),
)
