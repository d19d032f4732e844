"""Ask a judged pod's containers for names, one after the other, and the DNS Service past them."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from conformance import timeouts
from conformance.batches import CONNECTIONS, at_once
from conformance.errors import ClusterError, NotReadyError
from conformance.handles import Container, NodeUnderTest, Pod
from conformance.probes.api_server import kubernetes_service
from conformance.probes.dns_service import dns_backend, serves_tcp
from conformance.userlands import dns_over_tcp
from conformance.userlands.names import LIMIT, ResolverAnswers, names_command, read_names
from conformance.userlands.nslookup import query_command, read_query
from verdicts.observations.dns import (
    AbsoluteShortName,
    Answer,
    AskedOverTcp,
    AskedServer,
    ContainerNames,
    Lookup,
    NamesOverTcp,
    PodNames,
    Query,
)
from verdicts.vocabulary import Mode, Reply

DNS_PORT: Final = 53
_KUBERNETES: Final = "kubernetes"
_TWIN: Final = "twin"

# The Windows user-mode proxier keeps one state a client and type: a query that was lost spoils
# the next one, and the one after it is well again. So whoever may have it in the way asks
# serially, and three times. It may go with Kubernetes 1.25, the last release with that proxier.
# https://github.com/kubernetes/kubernetes/blob/v1.20.2/pkg/proxy/winuserspace/proxysocket.go
_TRIES_PAST_A_USER_MODE_PROXY: Final = 3


def pod_names(node: NodeUnderTest) -> PodNames:
    """Return what each container of the probe pod makes of the names.

    Raises:
        HarnessError: a container could not be asked, or its answer cannot be read.
    """
    return node.once("pod-names", partial(names_of, node, node.probe_pod))


def absolute_short_name(node: NodeUnderTest) -> AbsoluteShortName:
    """Return how `kubernetes.` is answered through the DNS Service and by a DNS pod itself.

    It is asked after all other names, for one pod's names are asked one by one.

    Raises:
        HarnessError: the probe pod could not be asked, or its answer cannot be read.
    """
    return node.once("absolute-short-name", partial(_short_name, node, pod_names(node)))


def over_tcp(node: NodeUnderTest) -> NamesOverTcp:
    """Return what every container's name server says over TCP to a full name.

    Raises:
        HarnessError: a container could not be asked, or its answer cannot be read.
    """
    names = pod_names(node)
    served = [
        (container, own)
        for container, own in zip(node.probe_pod.containers, names.containers, strict=True)
        if own.nameservers
    ]
    asked = at_once(partial(_asked_over_tcp, container, own) for container, own in served)
    address, is_served = names.own_kubernetes, None
    if any(each.query.addresses != (address,) for each in asked):
        asked = [
            _controlled(container, each, name=own.full.name, tries=tries_past_its_proxy(node))
            if each.query.addresses != (address,)
            else each
            for (container, own), each in zip(served, asked, strict=True)
        ]
        if node.facts.dns_service_ip in {each.server for each in asked}:
            is_served = serves_tcp(node.cluster, str(node.facts.dns_service_ip))
    return NamesOverTcp(
        pod=node.probe_pod.name,
        node=node.judged.node.name,
        name=names.containers[0].full.name,
        address=address,
        asked=tuple(asked),
        unserved=tuple(own.container for own in names.containers if not own.nameservers),
        is_served=is_served,
    )


def tries_past_its_proxy(node: NodeUnderTest) -> int:
    """Return how often a name is looked up where the node's proxy may lose the question."""
    return 1 if node.judged.mode is Mode.KERNEL else _TRIES_PAST_A_USER_MODE_PROXY


def questions_at_once(node: NodeUnderTest) -> int:
    """Return how many questions for names the judged node's pods may ask at once.

    The Windows user-mode proxier keeps one state for all that a client asks: there one question is
    asked after the other. `names_of` asks so everywhere: search lists make many questions of a name.
    """
    return CONNECTIONS if node.judged.mode is Mode.KERNEL else 1


def names_of(node: NodeUnderTest, pod: Pod) -> PodNames:
    """Return what each container of a pod on the judged node makes of the names.

    Raises:
        HarnessError: a container could not be asked, or its answer cannot be read.
    """
    fleet, domain = node.fleet, node.facts.cluster_domain
    default = kubernetes_service(node.cluster)
    full = f"{_KUBERNETES}.{fleet.namespace}.svc.{domain}."
    partial_name = f"{_TWIN}.{fleet.privileged_namespace}"
    # The full name first: it is answered at once, and tells whether there is DNS at all.
    names = (full, _KUBERNETES, _TWIN, partial_name)

    def ask(container: Container) -> ContainerNames:
        told, lookups = look_up(container, names, tries=tries_past_its_proxy(node))
        return ContainerNames(
            container=container.name,
            nameservers=told.nameservers,
            search=told.search,
            full=lookups[full],
            kubernetes=lookups[_KUBERNETES],
            twin=lookups[_TWIN],
            partial=lookups[partial_name],
        )

    first, *others = pod.containers
    asked = [ask(first)]
    # Where nothing comes through there is nothing to disturb, and each name waits its whole time.
    width = 1 if asked[0].resolves_anything else len(others)
    asked += at_once((partial(ask, container) for container in others), width=width)
    return PodNames(
        pod=pod.name,
        node=node.judged.node.name,
        platform=node.judged.platform,
        namespace=fleet.namespace,
        other_namespace=fleet.privileged_namespace,
        cluster_domain=domain,
        own_kubernetes=node.services.kubernetes.cluster_ip,
        default_kubernetes=default.spec.cluster_ip,
        own_twin=node.services.twin.cluster_ip,
        other_twin=node.services.twin_elsewhere.cluster_ip,
        containers=tuple(asked),
    )


def look_up(
    container: Container, names: Sequence[str], *, tries: int
) -> tuple[ResolverAnswers, dict[str, Lookup]]:
    """Look names up with the container's resolver; return what it said last, and each name's tries.

    Raises:
        HarnessError: the container could not be asked, or its answer cannot be read.
    """
    userland = container.pod.userland
    command = names_command(userland, names)
    said: list[ResolverAnswers] = []
    # Names that resolved are asked again too: past a proxy that loses requests, a resolver
    # that got no answer for its first suffix goes on, and ends with another one's. It loses one
    # request or two at a time, so that what resolves no name at all need not be asked again.
    while len(said) < tries and (not said or _resolves_anything(said[-1])):
        answer = container.shell(command, timeout=timeouts.SHELL + LIMIT * len(names))
        said.append(read_names(userland, names, answer.output))
    return said[-1], {
        name: Lookup(name=name, tries=tuple(each.lookups[name] for each in said)) for name in names
    }


def _resolves_anything(said: ResolverAnswers) -> bool:
    return any(made.addresses for made in said.lookups.values())


def _short_name(node: NodeUnderTest, names: PodNames) -> AbsoluteShortName:
    dns_service, pod = node.facts.dns_service_ip, node.probe_pod
    asked: dict[str, AskedServer] = {}
    reason = ""
    nameservers = names.containers[0].nameservers
    if dns_service is not None and dns_service in nameservers:
        ask = partial(ask_server, pod.first, name=f"{_KUBERNETES}.")
        has_dns = any(each.resolves_anything for each in names.containers)
        tries = tries_past_its_proxy(node) if has_dns else 1
        asked["service"] = ask(dns_service, DNS_PORT, tries=tries)
        try:
            address, port = dns_backend(node.cluster, dns_service)
        except (ClusterError, NotReadyError) as error:
            reason = str(error)
        else:
            asked["backend"] = ask(address, port, tries=1)
    return AbsoluteShortName(
        pod=pod.name,
        node=node.judged.node.name,
        mode=node.judged.mode,
        name=f"{_KUBERNETES}.",
        would_be=f"{_KUBERNETES}.default.svc.{names.cluster_domain}.",
        default_address=names.default_kubernetes,
        nameservers=nameservers,
        dns_service=dns_service,
        service=asked.get("service"),
        backend=asked.get("backend"),
        reason=reason,
    )


def ask_server(
    container: Container, address: str, port: int, *, name: str, tries: int
) -> AskedServer:
    """Ask a name server, past the container's own resolver, until it yields or the tries are over.

    Raises:
        HarnessError: the container could not be asked, or its answer cannot be read.
    """
    queries: list[Query] = []
    for _ in range(tries):
        said = container.shell(query_command(name, address, port))
        queries.append(read_query(said.output))
        if queries[-1].addresses:
            break
    return AskedServer(address=address, port=port, queries=tuple(queries))


def _asked_over_tcp(container: Container, own: ContainerNames) -> AskedOverTcp:
    server, name = own.nameservers[0], own.full.name
    query = over_tcp_for(container, server, name)
    if query.answer is not Answer.SILENT:
        return AskedOverTcp(container=container.name, server=server, query=query)
    handshake = container.connect(server, DNS_PORT)
    asked = AskedOverTcp(container=container.name, server=server, query=query, handshake=handshake)
    if handshake is not Reply.ANSWERED:
        return asked
    again = over_tcp_for(container, server, name, longer=True)
    return asked.model_copy(update={"query": again, "earlier": query})


def over_tcp_for(container: Container, server: str, name: str, *, longer: bool = False) -> Query:
    """Ask a name server for an absolute name over TCP, past the container's own resolver.

    Raises:
        HarnessError: the container could not be asked, or its answer cannot be read.
    """
    userland = container.pod.userland
    command = dns_over_tcp.query_command(userland, name, server, longer=longer)
    return dns_over_tcp.read_query(userland, container.shell(command).output)


def _controlled(
    container: Container, asked: AskedOverTcp, *, name: str, tries: int
) -> AskedOverTcp:
    control = ask_server(container, asked.server, DNS_PORT, name=name, tries=tries).last
    return asked.model_copy(update={"control": control})
