"""Claims of the row dns-search-suffixes: names mean the own namespace, and the proxy lets them be."""

from collections.abc import Callable, Mapping

from pydantic import JsonValue

from verdicts.findings import Finding
from verdicts.observations.dns import (
    AbsoluteShortName,
    Answer,
    AskedServer,
    ContainerNames,
    Lookup,
    PodNames,
)
from verdicts.vocabulary import Mode


def kubernetes_is_the_own_namespaces(observation: PodNames) -> Finding:
    """The short name `kubernetes` yields the own namespace's Service, in every container.

    Codes, the first that applies in any container: `other-answer`; `default-suffix`, default's
    ClusterIP came instead; `unresolved`, nothing came though the full name resolves. Where not
    even that resolves, DNS is down and says nothing of suffixes: inconclusive,
    `nothing-resolves`. An answer of a wildcard in the node's own search domains is an answer.

    Source: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
    On Windows Server 2016 the user-mode proxy adds the suffixes of `default`:
    https://github.com/kubernetes/kubernetes/pull/41618
    """
    codes = {
        container.container: _code(
            container,
            container.kubernetes,
            own=observation.own_kubernetes,
            elsewhere={observation.default_kubernetes: "default-suffix"},
        )
        for container in observation.containers
    }
    return _short_name(observation, codes, name="kubernetes", of=lambda c: c.kubernetes)


def twin_is_the_own_namespaces(observation: PodNames) -> Finding:
    """A Service name that exists in two namespaces yields the own one's, in every container.

    Codes, the first that applies in any container: `other-answer`, `other-namespace`,
    `unresolved`; inconclusive, `nothing-resolves`, as for `kubernetes`.

    Source: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
    """
    codes = {
        container.container: _code(
            container,
            container.twin,
            own=observation.own_twin,
            elsewhere={observation.other_twin: "other-namespace"},
        )
        for container in observation.containers
    }
    return _short_name(observation, codes, name="twin", of=lambda c: c.twin)


def full_name_resolves(observation: PodNames) -> Finding:
    """The absolute full name of a Service yields its ClusterIP, in every container.

    Codes: `full-name-other-answer`, `full-name-unresolved`. They are this claim's own, so that a
    DNS that is down is never taken for one whose suffixes are missing.

    Source: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
    """
    own = observation.own_kubernetes
    wrong = [c for c in observation.containers if set(c.full.addresses) - {own}]
    if wrong:
        return Finding.failed(
            "full-name-other-answer",
            f"{wrong[0].full.name} yields {_answers(wrong[0].full)} and not {own} "
            f"in {wrong[0].container}",
        )
    silent = [c for c in observation.containers if not c.full.addresses]
    if silent:
        return Finding.failed(
            "full-name-unresolved",
            f"{silent[0].full.name} yields nothing in {_listed(silent)}: "
            f"{_last_words(silent[0].full)}",
        )
    return Finding.passed(
        f"the full name yields {own} in {len(observation.containers)} containers",
        tries=max((len(c.full.tries) for c in observation.containers), default=0),
    )


def search_list_is_the_promised_one(observation: PodNames) -> Finding:
    """The resolver's search list begins with the own namespace's suffix and then goes upwards.

    On Linux the list and its order are promised: `<namespace>.svc.<domain>`, `svc.<domain>`,
    `<domain>`, then whatever the node searches. On every other platform only the own
    namespace's suffix decides and the rest is reported: Windows promises one suffix, and nodes
    with three are met. Codes: `no-own-suffix`, `other-order`. Not applicable: `unread`.

    Source: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#dns-windows
    """
    domain = observation.cluster_domain
    promised = (f"{observation.namespace}.svc.{domain}", f"svc.{domain}", domain)
    lists = {c.container: c.search for c in observation.containers if c.search is not None}
    facts = _search_facts(observation)
    if len(lists) < len(observation.containers):
        return Finding.not_applicable(
            "unread", "the containers' userland does not tell its search list"
        )
    for name, found in lists.items():
        normal = tuple(suffix.rstrip(".").lower() for suffix in found)
        shown = " ".join(normal) or "nothing"
        if promised[0] not in normal:
            return Finding.failed(
                "no-own-suffix", f"{name} searches {shown}, without {promised[0]}", **facts
            )
        if observation.platform == "linux" and normal[: len(promised)] != promised:
            return Finding.failed(
                "other-order",
                f"{name} searches {shown}, where {' '.join(promised)} is promised first",
                **facts,
            )
    return Finding.passed(f"{promised[0]} is searched in every container", **facts)


def proxy_leaves_names_alone(observation: AbsoluteShortName) -> Finding:
    """An absolute short name is answered through the DNS Service as by a DNS pod itself.

    A proxy rewrites where the Service's address yields default's ClusterIP and the pod behind it
    does not; any other difference (an rcode, a wildcard upstream) is a matter of name servers.
    Where the proxy does not work in kernel mode it is only reported, on every build of Windows
    that ran one: `reported-rewrites`, `reported-leaves`, `reported-silent`. In kernel mode the
    code is `rewrites`. Not applicable: `no-dns-service`, and `bypassed` where the pod's name server is
    not that Service (NodeLocal DNSCache, a cloud's). Inconclusive: `silent`.

    Facts: `name`, `became`, `service`, `backend` (the answers).
    Source: https://github.com/kubernetes/kubernetes/blob/v1.20.2/pkg/proxy/winuserspace/proxysocket.go
    """
    service, backend = observation.service, observation.backend
    if service is None or backend is None or _is_bypassed(observation):
        return _could_not_compare(observation)
    yields_default = observation.default_address in service.last.addresses
    silent = [
        server
        for server, counts in ((service, True), (backend, yields_default))
        if counts and server.last.answer is Answer.SILENT
    ]
    if silent:
        return _undecided(observation, f"{silent[0].address} answered none of the queries")
    rewrites = yields_default and observation.default_address not in backend.last.addresses
    became = observation.would_be if rewrites else observation.name
    finding = _judged_by_mode(
        observation.mode,
        rewrites=rewrites,
        seen=f"{observation.name} became {became}: {_said(service)} through the DNS Service, "
        f"{_said(backend)} of a DNS pod itself",
    )
    return finding.model_copy(
        update={
            "facts": {
                "name": observation.name,
                "became": became,
                "service": _said(service),
                "backend": _said(backend),
            }
        }
    )


CLAIMS: Mapping[str, Callable[..., Finding]] = {
    claim.__name__: claim
    for claim in (
        kubernetes_is_the_own_namespaces,
        twin_is_the_own_namespaces,
        full_name_resolves,
        search_list_is_the_promised_one,
        proxy_leaves_names_alone,
    )
}

_WORST_FIRST = ("other-answer", "default-suffix", "other-namespace", "unresolved")
_NOTHING_RESOLVES = "nothing-resolves"


def _code(
    container: ContainerNames, lookup: Lookup, *, own: str, elsewhere: Mapping[str, str]
) -> str:
    """Return what is wrong with a short name's answer, empty if nothing is."""
    answers = set(lookup.addresses)
    if not answers:
        return "unresolved" if container.full.addresses else _NOTHING_RESOLVES
    if answers == {own}:
        return ""
    for address, code in elsewhere.items():
        if address in answers:
            return code
    return "other-answer"


def _short_name(
    observation: PodNames,
    codes: Mapping[str, str],
    *,
    name: str,
    of: Callable[[ContainerNames], Lookup],
) -> Finding:
    lookups = {container.container: of(container) for container in observation.containers}
    facts = _short_name_facts(observation, name, lookups)
    for code in _WORST_FIRST:
        guilty = [container for container, found in codes.items() if found == code]
        if guilty:
            lookup = lookups[guilty[0]]
            return Finding.failed(
                code, f"{name} yields {_answers(lookup)} in {', '.join(guilty)}", **facts
            )
    mute = [container for container, found in codes.items() if found == _NOTHING_RESOLVES]
    if mute or not codes:
        return Finding.inconclusive(
            _NOTHING_RESOLVES,
            f"neither {name} nor a full name yields anything in {', '.join(mute) or 'no container'}",
            **facts,
        )
    return Finding.passed(
        f"{name} yields the own namespace's Service in {len(codes)} containers", **facts
    )


def _short_name_facts(
    observation: PodNames, name: str, lookups: Mapping[str, Lookup]
) -> dict[str, JsonValue]:
    return {
        "name": name,
        "namespace": observation.namespace,
        "domain": observation.cluster_domain,
        "answers": {container: [*lookup.addresses] for container, lookup in lookups.items()},
        "tries": {container: len(lookup.tries) for container, lookup in lookups.items()},
    }


def _search_facts(observation: PodNames) -> dict[str, JsonValue]:
    return {
        "search": {c.container: [*(c.search or ())] for c in observation.containers},
        "partial_names": {c.container: [*c.partial.addresses] for c in observation.containers},
    }


def _answers(lookup: Lookup) -> str:
    return ", ".join(lookup.addresses) or f"nothing ({_last_words(lookup)})"


def _last_words(lookup: Lookup) -> str:
    return next((t.detail for t in reversed(lookup.tries) if t.detail), "no such name")


def _listed(containers: list[ContainerNames]) -> str:
    return ", ".join(container.container for container in containers)


def _said(server: AskedServer) -> str:
    return ", ".join(server.last.addresses) or server.last.answer.value


def _is_bypassed(observation: AbsoluteShortName) -> bool:
    return observation.dns_service not in observation.nameservers


def _could_not_compare(observation: AbsoluteShortName) -> Finding:
    if observation.dns_service is None:
        return Finding.not_applicable("no-dns-service", "the cluster shows no DNS Service")
    if _is_bypassed(observation):
        return Finding.not_applicable(
            "bypassed",
            f"the pod asks {', '.join(observation.nameservers) or 'no name server that it names'}"
            f", not the DNS Service at {observation.dns_service}",
        )
    return _undecided(observation, observation.reason)


def _undecided(observation: AbsoluteShortName, why: str) -> Finding:
    if observation.mode is Mode.KERNEL:
        return Finding.inconclusive("silent", why)
    return Finding.not_applicable("reported-silent", why)


def _judged_by_mode(mode: Mode, *, rewrites: bool, seen: str) -> Finding:
    if mode is Mode.KERNEL:
        return Finding.failed("rewrites", seen) if rewrites else Finding.passed(seen)
    return Finding.not_applicable("reported-rewrites" if rewrites else "reported-leaves", seen)
