"""Claims of the row dns-search-suffixes on partial names, and on pods with settings of their own.

Both are promised on Linux. On Windows a name with a dot is taken for a full one, and a pod has one
suffix; what is seen there is told and decides nothing:
https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#dns-windows
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from verdicts.findings import Finding
from verdicts.observations.dns import Lookup
from verdicts.observations.pod_dns import OwnSettings, PartialNames, PodPolicies

if TYPE_CHECKING:
    from pydantic import JsonValue


def partial_names_are_completed(seen: PartialNames) -> Finding:
    """`service.namespace` and `service.namespace.svc` lead to the Service, in every container.

    Code: `not-completed`.
    """
    if not seen.containers:
        return Finding.inconclusive("nothing-asked", f"no container of {seen.pod} was asked")
    silent = next((each for each in seen.containers if not _addresses(each.full)), None)
    if silent is not None:
        return Finding.inconclusive(
            "no-full-name",
            f"{silent.full.name} does not resolve in {seen.pod}/{silent.container} either",
        )
    forms: dict[str, str] = {}
    for container in seen.containers:
        for each in container.names:
            if each.wanted in _addresses(each.lookup):
                forms.setdefault(each.form, "")
            elif not forms.get(each.form):
                forms[each.form] = f"{_yielded(each.lookup)} in {container.container}"
    told = ", ".join(f"{form}: {wrong or 'yes'}" for form, wrong in forms.items())
    completed: dict[str, JsonValue] = {form: not wrong for form, wrong in forms.items()}
    if seen.platform != "linux":
        return Finding.not_applicable("reported", told, completed=completed)
    if any(forms.values()):
        return Finding.failed("not-completed", told, completed=completed)
    return Finding.passed(told, completed=completed)


def pods_have_the_settings_they_ask_for(seen: PodPolicies) -> Finding:
    """`dnsConfig.searches` is searched, None is what the pod says, and Default is the node's.

    Codes: `not-searched`, `other-servers`, `other-suffixes`.
    """
    if not seen.pods:
        return Finding.inconclusive("nothing-asked", "no pod with DNS settings was asked")
    told = "; ".join(_told(each) for each in seen.pods)
    if seen.platform != "linux":
        return Finding.not_applicable("reported", told)
    for each in seen.pods:
        found = _off(each)
        if found is not None:
            return found
    return Finding.passed(told)


def _off(pod: OwnSettings) -> Finding | None:
    subject = f"{pod.pod} ({pod.policy})"
    if pod.servers and pod.nameservers != pod.servers:
        return Finding.failed(
            "other-servers",
            f"{subject} asks {', '.join(pod.nameservers)}, not {', '.join(pod.servers)}",
        )
    search = pod.search
    if search is not None:
        missing = [suffix for suffix in pod.suffixes if suffix not in search]
        strange = [suffix for suffix in pod.unlike if suffix in search]
        if missing or strange:
            return Finding.failed(
                "other-suffixes", f"{subject} searches {', '.join(search) or 'nothing'}"
            )
    for lookup, wanted in zip(pod.lookups, pod.wanted, strict=True):
        if wanted not in _addresses(lookup):
            return Finding.failed(
                "not-searched", f"{subject}: {lookup.name} yields {_yielded(lookup)}, not {wanted}"
            )
    return None


def _told(pod: OwnSettings) -> str:
    names = ", ".join(
        f"{lookup.name} {'found' if wanted in _addresses(lookup) else 'not found'}"
        for lookup, wanted in zip(pod.lookups, pod.wanted, strict=True)
    )
    suffixes = "suffixes not told" if pod.search is None else f"{len(pod.search)} suffixes"
    return f"{pod.policy}: {', '.join(pod.nameservers)}, {suffixes}{', ' if names else ''}{names}"


def _addresses(lookup: Lookup) -> Sequence[str]:
    return [address for each in lookup.tries for address in each.addresses]


def _yielded(lookup: Lookup) -> str:
    return ", ".join(dict.fromkeys(_addresses(lookup))) or (
        lookup.tries[-1].detail if lookup.tries else "not asked"
    )


CLAIMS: Mapping[str, Callable[..., Finding]] = MappingProxyType(
    {
        claim.__name__: claim
        for claim in (partial_names_are_completed, pods_have_the_settings_they_ask_for)
    }
)
