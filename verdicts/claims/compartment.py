"""Claims of the row shared-compartment: containers of one pod share one network stack."""

from collections.abc import Callable, Mapping
from ipaddress import ip_address

from pydantic import JsonValue

from verdicts.claims import container_ports, restart
from verdicts.claims.container_ports import listed
from verdicts.findings import Finding
from verdicts.observations.compartment import Bind, PortConflict, PortConflicts
from verdicts.observations.interfaces import ContainerInterfaces, PodInterfaces
from verdicts.vocabulary import Outcome

_Facts = dict[str, JsonValue]


def every_container_has_the_pods_addresses(observation: PodInterfaces) -> Finding:
    """All containers see one set of addresses, and the pod's own are in it.

    The families of `status.podIPs` are compared; an address that a router's advertisement brings
    to a pod without IPv6 may come between two questions. How many addresses there are is the
    endpoint row's; a pod with two endpoints in one compartment passes here. Codes: `other-address` (the sets differ), `pod-ip-absent` (one set,
    without `status.podIPs`). Inconclusive: `no-pod-ip`, `no-pair`.

    Facts: `pod_ips`; `addresses`, one address a container, the pod IP or the one in its network;
    `address_sets`, all endpoint addresses of each container.
    Source: https://kubernetes.io/docs/concepts/workloads/pods/#pod-networking; one address a
    container on Windows Server 2016: https://github.com/kubernetes/kubernetes/issues/31707.
    """
    if not observation.pod_ips:
        return Finding.inconclusive("no-pod-ip", f"{observation.pod} has no status.podIPs")
    if len(observation.containers) < 2:
        return Finding.inconclusive("no-pair", f"{observation.pod} has fewer than two containers")
    by_container = observation.addresses_by_container
    facts: _Facts = {
        "pod_ips": [*observation.pod_ips],
        "addresses": {c.container: _address_of(c, observation) for c in observation.containers},
        "address_sets": {name: [*addresses] for name, addresses in by_container.items()},
    }
    distinct = {
        frozenset(a.ip for f in observation.families for a in container.endpoint_addresses(f))
        for container in observation.containers
    }
    told = "; ".join(f"{name} has {listed(found)}" for name, found in by_container.items())
    if len(distinct) > 1:
        return Finding.failed("other-address", told, **facts)
    first = {address.ip for address in observation.containers[0].addresses}
    absent = [address for address in observation.pod_ips if ip_address(address) not in first]
    if absent:
        return Finding.failed(
            "pod-ip-absent", f"no container has the pod IP {listed(absent)}; {told}", **facts
        )
    return Finding.passed(
        f"all containers have {listed(next(iter(by_container.values())))}", **facts
    )


def a_second_bind_clashes(observation: PortConflicts) -> Finding:
    """No container can bind the wildcard address and port that a neighbour of its pod listens on.

    The identical address and family is bound, as Windows allows a wildcard beside a specific
    address (https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse).
    Codes: `bound-twice`. Inconclusive: `control-failed` (the holder is silent, or a free port
    cannot be bound in the same way), `bind-unclear`, `no-pair`.

    Facts: `port`, `holder`, `container`, of the conflict that decided; `containers`, all that
    were asked.
    """
    found = [_clashes(conflict) for conflict in observation.conflicts]
    if not found:
        return Finding.inconclusive("no-pair", f"no container of {observation.pod} was asked")
    for outcome in (Outcome.FAIL, Outcome.INCONCLUSIVE):
        for finding in found:
            if finding.outcome is outcome:
                return finding
    return Finding.passed(
        "; ".join(finding.seen for finding in found),
        containers=[conflict.container for conflict in observation.conflicts],
    )


def _clashes(conflict: PortConflict) -> Finding:
    taken, free = conflict.taken, conflict.free
    facts: _Facts = {
        "port": taken.port,
        "holder": conflict.holder,
        "container": conflict.container,
    }
    if not conflict.own.answered:
        return Finding.inconclusive(
            "control-failed", f"{conflict.holder} is silent on its own {taken.port}", **facts
        )
    if free.bind is not Bind.BOUND:
        return Finding.inconclusive(
            "control-failed", f"the free port {free.port} was not bound: {free.detail}", **facts
        )
    match taken.bind:
        case Bind.IN_USE:
            return Finding.passed(
                f"{conflict.container} cannot bind {conflict.holder}'s {taken.port}", **facts
            )
        case Bind.BOUND:
            return Finding.failed(
                "bound-twice",
                f"{conflict.container} binds {taken.port} beside {conflict.holder}",
                **facts,
            )
        case _:
            return Finding.inconclusive("bind-unclear", taken.detail, **facts)


CLAIMS: Mapping[str, Callable[..., Finding]] = {
    **container_ports.CLAIMS,
    **restart.CLAIMS,
    **{
        claim.__name__: claim
        for claim in (every_container_has_the_pods_addresses, a_second_bind_clashes)
    },
}


def _address_of(container: ContainerInterfaces, observation: PodInterfaces) -> str:
    """Return the one address that stands for a container: the pod's, or one in its network."""
    pod_ip = ip_address(observation.pod_ips[0])
    mine = container.endpoint_addresses(pod_ip.version)
    networks = {
        address.network
        for other in observation.containers
        for address in other.addresses
        if address.ip == pod_ip
    }
    ranked = sorted(
        mine,
        key=lambda address: (
            address.ip != pod_ip,
            not any(address.ip in network for network in networks),
        ),
    )
    return ranked[0].address if ranked else ""
