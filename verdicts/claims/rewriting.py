"""The proxy's claim of the row dns-search-suffixes: names pass it as they were asked."""

from collections.abc import Callable, Mapping

from verdicts.findings import Finding
from verdicts.observations.dns import AbsoluteShortName, Answer, AskedServer
from verdicts.vocabulary import Mode


def proxy_leaves_names_alone(observation: AbsoluteShortName) -> Finding:
    """An absolute short name is answered through the DNS Service as by a DNS pod itself.

    A proxy rewrites where the Service's address yields default's ClusterIP and the pod behind it
    does not; any other difference (an rcode, a wildcard upstream) is a matter of name servers.
    Where the proxy does not work in kernel mode it is only reported, on every build of Windows
    that ran one: `reported-rewrites`, `reported-leaves`, `reported-silent`. In kernel mode the
    code is `rewrites`. Not applicable: `no-dns-service`, and `bypassed` where the pod's name
    server is not that Service (NodeLocal DNSCache, a cloud's). Inconclusive: `silent`, where one
    side answers and the other cannot be compared.

    Facts: `name`, `became`, `service`, `backend` (the answers).
    Source: https://github.com/kubernetes/kubernetes/blob/v1.20.2/pkg/proxy/winuserspace/proxysocket.go
    """
    service, backend = observation.service, observation.backend
    if service is None or _is_bypassed(observation):
        return _could_not_compare(observation)
    yields_default = observation.default_address in service.last.addresses
    doubt = _doubt(service, backend, yields_default=yields_default)
    if doubt:
        return _undecided(observation, f"{doubt}; {observation.reason}".removesuffix("; "))
    rewrites = yields_default and observation.default_address not in _addresses(backend)
    became = observation.would_be if rewrites else observation.name
    finding = _judged_by_mode(
        observation.mode,
        rewrites=rewrites,
        seen=f"{observation.name} {f'became {became}' if rewrites else 'is left alone'}: "
        f"{_said(service)} through the DNS Service, {_said(backend)} of a DNS pod itself",
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
    proxy_leaves_names_alone.__name__: proxy_leaves_names_alone
}


def _addresses(server: AskedServer | None) -> tuple[str, ...]:
    return server.last.addresses if server is not None else ()


def _said(server: AskedServer | None) -> str:
    if server is None:
        return "unasked"
    return ", ".join(server.last.addresses) or server.last.answer.value


def _doubt(service: AskedServer, backend: AskedServer | None, *, yields_default: bool) -> str:
    """Say why the answers cannot be compared; empty if they can.

    Where neither answers, nothing was made of the name: a cluster without a way to the name
    servers of others is silent about foreign names.
    """
    past = Answer.SILENT if backend is None else backend.last.answer
    if yields_default and past is Answer.SILENT:
        return f"{service.address} yields default's Service, and no DNS pod answers to compare"
    if service.last.answer is Answer.SILENT and past is not Answer.SILENT:
        return f"{service.address} is silent about a name that a DNS pod answers"
    return ""


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
    return _undecided(observation, observation.reason or "nobody asked")


def _undecided(observation: AbsoluteShortName, why: str) -> Finding:
    if observation.mode is Mode.KERNEL:
        return Finding.inconclusive("silent", why)
    return Finding.not_applicable("reported-silent", why)


def _judged_by_mode(mode: Mode, *, rewrites: bool, seen: str) -> Finding:
    if mode is Mode.KERNEL:
        return Finding.failed("rewrites", seen) if rewrites else Finding.passed(seen)
    return Finding.not_applicable("reported-rewrites" if rewrites else "reported-leaves", seen)
