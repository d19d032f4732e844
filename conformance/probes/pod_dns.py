"""Look partial names up, and make pods whose DNS settings are their own."""

from functools import partial
from typing import TYPE_CHECKING

from conformance import manifests
from conformance.batches import at_once
from conformance.containers import Container
from conformance.handles import NodeUnderTest, Service
from conformance.kinds import path_of
from conformance.plan import PlannedService
from conformance.probes import own_pods
from conformance.probes.dns import look_up, tries_past_its_proxy
from conformance.probes.own_pods import Wanted
from conformance.probes.own_services import made_anew
from conformance.userlands.names import ResolverAnswers
from verdicts.observations.dns import Lookup
from verdicts.observations.pod_dns import (
    ContainerPartials,
    OwnSettings,
    PartialName,
    PartialNames,
    PodPolicies,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.objects import JsonObject


def partial_names(node: NodeUnderTest) -> PartialNames:
    """Look a Service up by `service.namespace`, `service.namespace.svc` and its full name.

    One container after the other: one pod's names are asked one by one.

    Raises:
        HarnessError: a container could not be asked, or its resolver not be read.
    """
    service, pod = node.services.alone, node.probe_pod
    return PartialNames(
        pod=pod.name,
        platform=node.judged.platform,
        containers=tuple(_partials(node, service, container) for container in pod.containers),
    )


def _partials(node: NodeUnderTest, service: Service, container: Container) -> ContainerPartials:
    forms = {
        "service.namespace": f"{service.name}.{service.namespace}",
        "service.namespace.svc": f"{service.name}.{service.namespace}.svc",
    }
    full = f"{service.fqdn}."
    _, found = _looked_up(node, container, full, *forms.values())
    return ContainerPartials(
        container=container.name,
        full=found[full],
        names=tuple(
            PartialName(form=form, wanted=service.cluster_ip, lookup=found[name])
            for form, name in forms.items()
        ),
    )


def pod_policies(node: NodeUnderTest) -> PodPolicies:
    """Make a pod of each policy, and look up what its own settings lead to.

    Raises:
        HarnessError: a pod did not start, could not be asked, or its resolver not be read.
    """
    far = f"far-{node.id}"
    namespace, elsewhere = node.fleet.namespace, node.fleet.privileged_namespace
    suffix, other = (f"{each}.svc.{node.facts.cluster_domain}" for each in (namespace, elsewhere))
    server = node.facts.dns_service_ip
    searches: JsonObject = {"dnsConfig": {"searches": [other]}}
    wanted = {"dnsConfig.searches": Wanted(f"searches-{node.id}", {}, dns=searches)}
    wanted["Default"] = Wanted(f"default-{node.id}", {}, dns={"dnsPolicy": "Default"})
    if server is not None:
        own: JsonObject = {"nameservers": [server], "searches": [other]}
        none: JsonObject = {"dnsPolicy": "None", "dnsConfig": own}
        wanted["None"] = Wanted(f"none-{node.id}", {}, dns=none)
    # The first namespace has none of this name.
    service = manifests.service(
        PlannedService(name=far, namespace=elsewhere, selects=False), run_id=node.fleet.run_id
    )
    try:
        address = made_anew(node, service)
        with own_pods.made(node, list(wanted.values())):
            asked = at_once(partial(_asked, node, each, far) for each in wanted.values())
            _, plain = _looked_up(node, node.probe_pod.first, far)
    finally:
        node.cluster.delete(path_of(service))
    settings: Mapping[str, Mapping[str, tuple[str, ...]]] = {
        "dnsConfig.searches": {"suffixes": (suffix, other), "wanted": (address,)},
        "None": {
            "servers": (server or "",),
            "suffixes": (other,),
            "unlike": (suffix,),
            "wanted": (address,),
        },
        "Default": {"unlike": (suffix, other)},
    }
    return PodPolicies(
        platform=node.judged.platform,
        foreign=far,
        plain=plain[far],
        pods=tuple(
            OwnSettings(
                policy=policy,
                pod=each.name,
                nameservers=told.nameservers,
                search=told.search,
                lookups=tuple(found.values()) if "wanted" in settings[policy] else (),
                **settings[policy],
            )
            for (policy, each), (told, found) in zip(wanted.items(), asked, strict=True)
        ),
    )


def _asked(
    node: NodeUnderTest, wanted: Wanted, name: str
) -> tuple[ResolverAnswers, dict[str, Lookup]]:
    pod = own_pods.running(node, wanted, ready=True)
    return _looked_up(node, pod.first, name)


def _looked_up(
    node: NodeUnderTest, container: Container, *names: str
) -> tuple[ResolverAnswers, dict[str, Lookup]]:
    return look_up(container, names, tries=tries_past_its_proxy(node))
