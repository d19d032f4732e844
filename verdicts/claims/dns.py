"""Claims of the row dns-search-suffixes: short names mean the own namespace's Services."""

from collections.abc import Callable, Iterable, Mapping

from pydantic import JsonValue

from verdicts.claims import dns_over_tcp, rewriting
from verdicts.findings import Finding
from verdicts.observations.dns import ContainerNames, Lookup, PodNames


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
    DNS that is down is never taken for one whose suffixes are missing. Inconclusive:
    `other-domain`, where pods search the own namespace of another domain than the one that was
    taken for the cluster's.

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
    elsewhere = _other_domain(observation)
    if silent and elsewhere:
        return Finding.inconclusive(
            _OTHER_DOMAIN, f"{elsewhere}, so nobody knows {silent[0].full.name}"
        )
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
    Inconclusive: `other-domain`, as for the full name.

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
    elsewhere = _other_domain(observation)
    if elsewhere:
        return Finding.inconclusive(_OTHER_DOMAIN, elsewhere, **facts)
    for name, found in lists.items():
        normal = _normal(found)
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


CLAIMS: Mapping[str, Callable[..., Finding]] = {
    **rewriting.CLAIMS,
    **dns_over_tcp.CLAIMS,
    **{
        claim.__name__: claim
        for claim in (
            kubernetes_is_the_own_namespaces,
            twin_is_the_own_namespaces,
            full_name_resolves,
            search_list_is_the_promised_one,
        )
    },
}

_WORST_FIRST = ("other-answer", "default-suffix", "other-namespace", "unresolved")
_NOTHING_RESOLVES = "nothing-resolves"
_OTHER_DOMAIN = "other-domain"


def _normal(search: Iterable[str]) -> tuple[str, ...]:
    return tuple(suffix.rstrip(".").lower() for suffix in search)


def _other_domain(observation: PodNames) -> str:
    """Say that pods search the own namespace of another domain than ours; empty if they do not."""
    own = f"{observation.namespace}.svc."
    suffixes = {s for c in observation.containers for s in _normal(c.search or ())}
    own_suffixes = sorted(suffix for suffix in suffixes if suffix.startswith(own))
    if own_suffixes and f"{own}{observation.cluster_domain}" not in own_suffixes:
        return f"pods search {own_suffixes[0]}, not a suffix of {observation.cluster_domain}"
    return ""


def _code(
    container: ContainerNames, lookup: Lookup, *, own: str, elsewhere: Mapping[str, str]
) -> str:
    """Return what is wrong with a short name's answer, empty if nothing is.

    One try that gave the own Service is enough: a resolver that lost the answer for its first
    suffix, as happens past the user-mode proxy of Windows, ends with a later suffix's, but one
    without the suffix never comes to the own Service.
    """
    answers = set(lookup.addresses)
    if not answers:
        return "unresolved" if container.full.addresses else _NOTHING_RESOLVES
    if lookup.gave_just(own):
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
