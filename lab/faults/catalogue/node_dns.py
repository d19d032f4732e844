"""Faults of a DNS server on a node: names that it makes up, and names that it does not forget."""

from lab.faults import places, proofs
from lab.faults.fault import Bite, Fault, Proof, Turns
from lab.faults.node_dns import NodeDns
from lab.faults.site import Site
from lab.faults.trial import Trial, TrialService, comes_true
from lab.faults.trial_pods import TrialPod

_ROW = "dns-search-suffixes"
_WILDCARD = "192.0.2.20"


def _wildcard(names: str) -> NodeDns:
    """A server on which all names that match have an address; `$domain` is the cluster's."""
    return NodeDns(
        f"""\
    template IN A $domain {{
        match "{names}"
        answer "{{{{ .Name }}}} 1 IN A {_WILDCARD}"
        fallthrough
    }}"""
    )


def _has_an_address(name: str) -> Proof:
    """Prove that a name has an address that nobody gave it; it may name the place."""

    def proof(site: Site, trial: Trial) -> Bite:
        said = trial.pod(site.node).ask("dns", site.topology.dns_address, "udp", site.fill(name))
        return Bite(said == _WILDCARD, f"{site.fill(name)} is {said}")

    return proof


def _name_is_stale(site: Site, trial: Trial) -> Bite:
    """Ask for a Service by its name, make it again, and ask once more."""
    client, elsewhere = proofs.pair(site, trial)
    name = f"renewed.{trial.namespace}.svc.{site.topology.cluster_domain}."

    def leads_to(service: TrialService, asking: TrialPod, *, within: float) -> bool:
        return comes_true(
            lambda: asking.ask("dns", site.topology.dns_address, "udp", name) == service.address,
            what=f"{name} is {service.address} on {asking.node.name}",
            timeout=within,
        )

    old = trial.service("renewed", role="nobody")
    was_known = leads_to(old, client, within=proofs.LONG_ENOUGH)
    trial.remove_service(old)
    new = trial.service("renewed", role="nobody")
    leads_to(new, elsewhere, within=proofs.LONG_ENOUGH)
    is_known = leads_to(new, client, within=proofs.for_the_better(site))
    return Bite(
        was_known and not is_known,
        f"{name} was {old.address if was_known else 'unknown'}, and is "
        f"{'' if is_known else 'not '}{new.address}",
    )


FAULTS = (
    Fault(
        name="wildcard-below-services",
        sentence="Every name of one label more than a Service's has an address, as by a wildcard.",
        source="https://github.com/openshift/origin/issues/17316",
        where=places.LINUX_KERNEL_MODE,
        expects=Turns(
            check="dns-partial-names", feature=_ROW, codes=("not-completed",), verdict="partial"
        ),
        # `service.namespace` with the first suffix of a search list is such a name.
        means=_wildcard("^[^.]+[.][^.]+[.][^.]+[.]svc[.]$domain[.]$$"),
        proof=_has_an_address("no.such.service.svc.$domain."),
    ),
    Fault(
        name="wildcard-below-the-domain",
        sentence="A full name with a suffix behind it has an address, as by a wildcard.",
        source="https://github.com/openshift/origin/issues/17316",
        where=places.ROUTED_PODS_IN_KERNEL_MODE,
        expects=Turns(
            check="dns-directions", feature=_ROW, codes=("no-answer",), verdict="partial"
        ),
        # A resolver that completes names of fewer than five dots first asks for such ones.
        means=_wildcard("[.]svc[.]$domain[.](.+[.])?$domain[.]$$"),
        proof=_has_an_address("no.service.svc.$domain.svc.$domain."),
    ),
    Fault(
        name="old-address-of-a-name",
        sentence="A name once answered is answered so for an hour, whatever becomes of its Service.",
        source="https://github.com/kubernetes/dns/issues/60",
        where=places.ROUTED_PODS_IN_KERNEL_MODE,
        expects=Turns(
            check="dns-recreated-service", feature=_ROW, codes=("old-address",), verdict="partial"
        ),
        means=NodeDns(
            """\
    cache {
        success 9984 3600 3600
        denial 9984 1 0
    }"""
        ),
        proof=_name_is_stale,
    ),
)
