"""Claims of the row shared-compartment: containers of one pod share one network stack."""

from collections.abc import Callable, Collection, Iterable, Mapping
from ipaddress import ip_address

from pydantic import JsonValue

from verdicts.claims import restart
from verdicts.findings import Finding
from verdicts.observations.compartment import (
    Ask,
    Bind,
    Loopback,
    PortConflict,
    PortConflicts,
    PortsOnPodIp,
)
from verdicts.observations.interfaces import ContainerInterfaces, PodInterfaces
from verdicts.vocabulary import Outcome, Reply

_Facts = dict[str, JsonValue]

_FILTERED = frozenset({Reply.TIMED_OUT, Reply.UNREACHABLE, Reply.NOT_PERMITTED})
"""Replies that a firewall between two pods gives as well as a compartment without that port."""
_UNREADABLE = frozenset({Reply.OTHER, Reply.UNRESOLVED})
"""Replies that are no answer of the network: unknown texts, and names where none was asked."""


def every_pair_answers_on_loopback(observation: Loopback) -> Finding:
    """Every container reaches every other's port on loopback, and it is that other who answers.

    Codes: the kind of reply (`refused`, `timed-out`, ...) where no pair answers, `mixed` where
    there are several kinds; `some-` before it where other pairs do answer; `other-answer` where
    somebody else answers. Inconclusive: `control-failed` (a server does not answer itself),
    `no-pair` (an ordered pair was not asked), `unreadable-reply`.

    Facts: `containers` (names), `address`, `protocol`, `pairs`, `answered` (counts), and on
    failure `replies` (`"a to b" -> kind`).
    Source: https://kubernetes.io/docs/concepts/workloads/pods/#pod-networking; refused between
    containers of Windows Server 2016: https://github.com/Azure/acs-engine/issues/375.
    """
    where = f"{observation.protocol} on loopback"
    blocked = _without_control(observation.own, where) or _no_pair(
        observation.crossed, needed=len(observation.own) * (len(observation.own) - 1)
    )
    if blocked:
        return blocked
    answered = [ask for ask in observation.crossed if not ask.attempts.failures]
    address = observation.crossed[0].attempts.address
    facts: _Facts = {
        "containers": [ask.server for ask in observation.own],
        "address": address,
        "protocol": observation.protocol.value,
        "pairs": len(observation.crossed),
        "answered": len(answered),
    }
    strangers = _answered_by_others(observation.crossed, observation.own)
    if strangers:
        return Finding.failed(
            "other-answer",
            f"{strangers[0]} was answered by somebody else on {address}",
            **facts,
        )
    replies = _replies(observation.crossed)
    if not replies:
        return Finding.passed(f"{len(answered)} of {len(answered)} pairs answer {where}", **facts)
    if doubt := _doubt(observation.crossed, {"unreadable-reply": _UNREADABLE}, facts):
        return doubt
    code = _kind(replies.values())
    if any(ask.attempts.answered for ask in observation.crossed):
        code = f"some-{code}"
    return Finding.failed(
        code,
        f"{len(replies)} of {len(observation.crossed)} pairs get {_named(replies)} on {address}",
        replies={pair: reply.value for pair, reply in replies.items()},
        **facts,
    )


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
    listed = "; ".join(f"{name} has {_listed(found)}" for name, found in by_container.items())
    if len(distinct) > 1:
        return Finding.failed("other-address", listed, **facts)
    first = {address.ip for address in observation.containers[0].addresses}
    absent = [address for address in observation.pod_ips if ip_address(address) not in first]
    if absent:
        return Finding.failed(
            "pod-ip-absent", f"no container has the pod IP {_listed(absent)}; {listed}", **facts
        )
    return Finding.passed(
        f"all containers have {_listed(next(iter(by_container.values())))}", **facts
    )


def every_port_answers_on_the_pod_ip(observation: PortsOnPodIp) -> Finding:
    """A peer reaches the port of every container on each address of the pod.

    Codes, where some ports answer and others do not: the kind of reply (`refused`, `closed`, or
    `mixed`), `other-answer`. Inconclusive: `control-failed`, `no-pair`, `unreadable-reply`;
    `filtered-port` where the others are silent, which a firewall by port is too (security groups
    for pods on EKS, https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html);
    `peer-cannot-reach-pod` where an address answers on no port at all: that is a matter of the
    network between pods, or of a firewall (Windows Server 2016 denies inbound by default,
    https://learn.microsoft.com/virtualization/windowscontainers/container-networking/network-isolation-security).

    Facts: `addresses`; `answered`, the containers that answer at every address; `silent`, the
    others.
    Source: https://kubernetes.io/docs/concepts/workloads/pods/#pod-networking.
    """
    blocked = _without_control(observation.own, "on loopback") or _no_pair(
        observation.peered, needed=len(observation.own)
    )
    if blocked:
        return blocked
    asked = {ask.attempts.address for ask in observation.peered}
    reached = {ask.attempts.address for ask in observation.peered if ask.attempts.answered}
    failed = [
        ask
        for ask in observation.peered
        if ask.attempts.failures and ask.attempts.address in reached
    ]
    silent = list(dict.fromkeys(ask.server for ask in observation.peered if ask.attempts.failures))
    facts: _Facts = {
        "addresses": [*sorted(asked)],
        "answered": [ask.server for ask in observation.own if ask.server not in silent],
        "silent": [*silent],
    }
    strangers = _answered_by_others(observation.peered, observation.own)
    if strangers:
        return Finding.failed(
            "other-answer", f"{strangers[0]} was answered by somebody else", **facts
        )
    doubts = {"unreadable-reply": _UNREADABLE, "filtered-port": _FILTERED}
    if doubt := _doubt(failed, doubts, facts):
        return doubt
    replies = _replies(failed)
    if failed:
        return Finding.failed(
            _kind(replies.values()),
            f"{observation.peer} gets {_named(replies)} on the pod IP from "
            f"{_listed(dict.fromkeys(ask.server for ask in failed))}",
            **facts,
        )
    if asked - reached:
        return Finding.inconclusive(
            "peer-cannot-reach-pod",
            f"{observation.peer} reaches no port at all on {_listed(sorted(asked - reached))}",
            **facts,
        )
    return Finding.passed(
        f"{observation.peer} reaches every container's port on {_listed(sorted(asked))}", **facts
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
    **restart.CLAIMS,
    **{
        claim.__name__: claim
        for claim in (
            every_pair_answers_on_loopback,
            every_container_has_the_pods_addresses,
            every_port_answers_on_the_pod_ip,
            a_second_bind_clashes,
        )
    },
}


def _without_control(own: Iterable[Ask], where: str) -> Finding | None:
    silent = [ask for ask in own if not ask.attempts.answered]
    if not silent:
        return None
    return Finding.inconclusive(
        "control-failed",
        f"{_listed(ask.server for ask in silent)} gives itself no answer, {where} or elsewhere",
    )


def _no_pair(asks: Iterable[Ask], *, needed: int) -> Finding | None:
    pairs = {_pair(ask) for ask in asks}
    if pairs and len(pairs) >= needed:
        return None
    return Finding.inconclusive("no-pair", f"{len(pairs)} pairs were asked where {needed} are")


def _answered_by_others(asks: Iterable[Ask], own: Iterable[Ask]) -> list[str]:
    """Return the asks whose answer is none that the server gives itself."""
    identities = {ask.server: frozenset(ask.attempts.answers) for ask in own}
    return [
        _pair(ask)
        for ask in asks
        if identities[ask.server] and not identities[ask.server].issuperset(ask.attempts.answers)
    ]


def _replies(asks: Iterable[Ask]) -> dict[str, Reply]:
    return {_pair(ask): failure.reply for ask in asks for failure in ask.attempts.failures[:1]}


def _kind(replies: Iterable[Reply]) -> str:
    kinds = set(replies)
    return kinds.pop().value if len(kinds) == 1 else "mixed"


def _named(replies: Mapping[str, Reply]) -> str:
    return _listed(sorted({reply.value for reply in replies.values()}))


def _pair(ask: Ask) -> str:
    return f"{ask.client} to {ask.server}"


def _doubt(
    asks: Iterable[Ask], doubts: Mapping[str, Collection[Reply]], facts: _Facts
) -> Finding | None:
    """Return the inconclusive finding of the first failure whose kind says nothing here."""
    failures = [(ask, failure) for ask in asks for failure in ask.attempts.failures]
    for code, kinds in doubts.items():
        for ask, failure in failures:
            if failure.reply in kinds:
                return Finding.inconclusive(code, f"{_pair(ask)}: {failure.detail}", **facts)
    return None


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "none"


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
