"""Faults by which most names are found: answers of one size or without a record, restarted containers.

Written from the claims of the checks alone, by someone who had not seen how the suite asks; what
each must turn was committed before its first run. Where the suite saw nothing then, a fault names
the check that shows it since.
"""

from lab.faults import places, proofs
from lab.faults.fault import Bite, Fault, Turns
from lab.faults.rules import NodeRules
from lab.faults.runtimes import WrappedRuntime
from lab.faults.site import Site
from lab.faults.trial import Trial
from lab.faults.trial_pods import PORTS
from lab.waiting import eventually

_ROW = "dns-search-suffixes"
_A, _AAAA = 1, 28
_MANY = 60
"""Addresses that do not fit into an answer of 512 bytes, and do into one of 1232."""
_KNOWN_TIMEOUT = 30.0


def _answers_without_records_are_lost(site: Site, trial: Trial) -> Bite:
    """Ask for both families of a Service that has an IPv4 address alone."""
    name = f"kubernetes.default.svc.{site.topology.cluster_domain}."
    client = trial.pod(site.node)
    a, aaaa = (
        client.ask("records", site.topology.dns_address, name, kind) for kind in (_A, _AAAA)
    )
    return Bite(a == "1" and aaaa == "timed out", f"to A {a}, to AAAA {aaaa}")


def _large_answers_are_lost(site: Site, trial: Trial) -> Bite:
    """Ask for a headless Service of many addresses, and for one of a single address."""
    large = f"many.{trial.namespace}.svc.{site.topology.cluster_domain}."
    small = f"kubernetes.default.svc.{site.topology.cluster_domain}."
    _publish_many(trial)
    server, elsewhere = site.topology.dns_address, trial.pod(proofs.other_node(site))
    eventually(
        lambda: elsewhere.ask("records", server, large, _A),
        until=lambda said: said == str(_MANY),
        what=f"{large} has {_MANY} addresses for a pod of another node",
        timeout=_KNOWN_TIMEOUT,
        next_step=f"read `netparity lab logs {site.topology.dns_node.name}`",
    )
    client = trial.pod(site.node)
    few, many = (client.ask("records", server, name, _A) for name in (small, large))
    return Bite(few == "1" and many == "timed out", f"of 1 record {few}, of {_MANY} {many}")


def _publish_many(trial: Trial) -> None:
    within = f"/api/v1/namespaces/{trial.namespace}"
    port = {"name": "tcp", "port": PORTS["first"], "protocol": "TCP"}
    metadata = {"metadata": {"name": "many"}}
    # Of the range for documentation, so of nobody here: https://www.rfc-editor.org/rfc/rfc5737
    addresses = [{"ip": f"192.0.2.{last}"} for last in range(1, _MANY + 1)]
    trial.api.create(
        f"{within}/services", metadata | {"spec": {"clusterIP": "None", "ports": [port]}}
    )
    trial.api.create(
        f"{within}/endpoints", metadata | {"subsets": [{"addresses": addresses, "ports": [port]}]}
    )


def _restarted_has_no_suffix(site: Site, trial: Trial) -> Bite:
    pod = trial.restart(trial.fresh(site.node), "second")
    searching = [
        name for name in PORTS if "search" in pod.read("/etc/resolv.conf", container=name)
    ]
    return Bite(
        searching == ["first", "third"],
        f"the second was restarted; a search list is in {', '.join(searching)}",
    )


FAULTS = (
    Fault(
        name="suffix-lost-with-restart",
        sentence="A container that is restarted has no search list any more; the others keep theirs.",
        source="https://github.com/kubernetes/kubernetes/issues/121712",
        where=places.NAMES_LEFT_ALONE,
        expects=Turns(check="dns-after-restart", feature=_ROW, codes=("unresolved",)),
        means=WrappedRuntime(restarted=True, search=()),
        proof=_restarted_has_no_suffix,
    ),
    Fault(
        name="answers-without-records-lost",
        sentence="An answer that has no record never arrives, so that asking for AAAA takes 10 s.",
        source="https://github.com/kubernetes/dns/issues/96",
        where=places.ROUTED_PODS,
        expects=Turns(
            check="dns-missing-records", feature=_ROW, codes=("silent",), verdict="partial"
        ),
        # After the service proxy has put its own address and port back: NOERROR and no answers.
        means=NodeRules(
            """
            chain postrouting {
              type filter hook postrouting priority 150; policy accept;
              ip saddr $dns ip daddr $pods udp sport 53 \\
                @th,80,16 & 0x800f == 0x8000 @th,112,16 == 0 counter drop
            }
            """
        ),
        proof=_answers_without_records_are_lost,
    ),
    Fault(
        name="large-answers-lost",
        sentence="Answers of DNS above 512 bytes are lost over UDP, though pods have room for them.",
        source="https://github.com/coredns/coredns/issues/5362",
        where=places.ROUTED_PODS,
        expects=Turns(
            check="dns-large-answers", feature=_ROW, codes=("silent",), verdict="partial"
        ),
        # 20 bytes of IP's header, and UDP's with the answer: what came before EDNS passes.
        means=NodeRules(
            """
            chain postrouting {
              type filter hook postrouting priority 150; policy accept;
              ip saddr $dns ip daddr $pods udp sport 53 udp length > 520 counter drop
            }
            """
        ),
        proof=_large_answers_are_lost,
    ),
)
