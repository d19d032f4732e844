"""Claims of the row dns-search-suffixes on who asks, and for what: every question has its answer."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from verdicts.findings import Finding
from verdicts.observations.dns import Answer
from verdicts.observations.resolvers import (
    AskedForNothing,
    MissingRecords,
    Resolution,
    Resolutions,
)
from verdicts.vocabulary import Outcome

if TYPE_CHECKING:
    from pydantic import JsonValue


class _Found(StrEnum):
    OWN = "the own Service"
    NOTHING = "nothing"
    UNKNOWN = "not to be told"


def every_resolver_finds_the_service(seen: Resolutions) -> Finding:
    """Whichever resolver a program uses, a Service's name leads to it.

    Resolvers ask differently: Go's adds EDNS0 to every question, which some proxies and middle
    boxes do not take (https://www.rfc-editor.org/rfc/rfc6891#section-7), and the Windows
    user-mode proxier rewrites only what has none. Judged on Linux, told of other platforms: there
    a resolver need not complete a short name. Code: `resolvers-differ`. Inconclusive where no
    resolver finds it: then it is not the resolver's doing.
    """
    answers = {(each.resolver, each.container): _answer(each, seen) for each in seen.found}
    resolvers = dict.fromkeys(resolver for resolver, _ in answers)
    told = "; ".join(f"{resolver}: {_told(resolver, answers)}" for resolver in resolvers)
    facts: dict[str, JsonValue] = {
        resolver: {
            container: said for (asked, container), said in answers.items() if asked == resolver
        }
        for resolver in resolvers
    }
    kinds = {said for said in answers.values() if said != _Found.UNKNOWN}
    if _Found.OWN not in kinds:
        return Finding.inconclusive("nothing-resolves", told or f"nothing of {seen.pod} was asked")
    if seen.platform != "linux":
        return Finding.not_applicable("reported", told, answers=facts)
    if kinds != {_Found.OWN}:
        return Finding.failed("resolvers-differ", told, answers=facts)
    return Finding.passed(told, answers=facts)


def missing_records_are_answered(seen: MissingRecords) -> Finding:
    """That a Service has no IPv6 address is said; who is told nothing waits for it.

    A C library asks for both families and waits for both answers, ten seconds where one is lost
    (https://github.com/kubernetes/dns/issues/96); that there is no such name, of a name that there
    is, ends a look-up of both (https://www.rfc-editor.org/rfc/rfc2308#section-2). Codes: `silent`,
    `no-such-name`, `refused`. Inconclusive: `control-failed`, where the address that there is does
    not come either; `no-server`, `nothing-asked`, `unknown-answer`.
    """
    if not seen.asked and not seen.unserved:
        return Finding.inconclusive("nothing-asked", f"no container of {seen.pod} was asked")
    found = [_wrong(each, seen) for each in seen.asked if not any(each.succeeded)]
    for outcome in (Outcome.FAIL, Outcome.INCONCLUSIVE):
        for finding in found:
            if finding.outcome is outcome:
                return finding
    if seen.unserved:
        return Finding.inconclusive(
            "no-server", f"{', '.join(seen.unserved)} of {seen.pod} knows no name server to ask"
        )
    tries = max(len(each.queries) for each in seen.asked)
    return Finding.passed(
        f"that {seen.name} has no IPv6 address is said in {len(seen.asked)} containers",
        tries=tries,
    )


def _wrong(each: AskedForNothing, seen: MissingRecords) -> Finding:
    last = each.queries[-1]
    told = (
        f"{each.server} says {last.answer} to {each.container}, which asks for an IPv6 address of "
        f"{seen.name}: {last.detail}"
    )
    code = _WRONG.get(last.answer)
    if code is None:
        return Finding.inconclusive("unknown-answer", told)
    if each.control is None or not each.control.addresses:
        return Finding.inconclusive("control-failed", f"{told}; nor does its IPv4 address come")
    return Finding.failed(code, told)


_WRONG: Mapping[Answer, str] = MappingProxyType(
    {
        Answer.SILENT: "silent",
        Answer.NXDOMAIN: "no-such-name",
        Answer.SERVFAIL: "refused",
        Answer.REFUSED: "refused",
    }
)


def _answer(each: Resolution, seen: Resolutions) -> str:
    if each.visit is None:
        if set(each.addresses) == {seen.address}:
            return _Found.OWN
        return ", ".join(each.addresses) or _Found.NOTHING
    if each.visit.answered:
        return _Found.OWN
    # What does not answer at its address either has no name to blame.
    is_name = each.directly is not None and each.directly.answered
    return _Found.NOTHING if is_name else _Found.UNKNOWN


def _told(resolver: str, answers: Mapping[tuple[str, str], str]) -> str:
    said: dict[str, list[str]] = {}
    for (asked, container), answer in answers.items():
        if asked == resolver:
            said.setdefault(answer, []).append(container)
    return ", ".join(f"{answer} in {', '.join(where)}" for answer, where in said.items())


CLAIMS: Mapping[str, Callable[..., Finding]] = MappingProxyType(
    {
        claim.__name__: claim
        for claim in (every_resolver_finds_the_service, missing_records_are_answered)
    }
)
