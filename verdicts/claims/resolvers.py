"""The claim of the row dns-search-suffixes on resolvers: whoever asks, the answer is the same."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from verdicts.findings import Finding
from verdicts.observations.resolvers import Resolution, Resolutions

if TYPE_CHECKING:
    from pydantic import JsonValue


class _Answer(StrEnum):
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
    kinds = {said for said in answers.values() if said != _Answer.UNKNOWN}
    if _Answer.OWN not in kinds:
        return Finding.inconclusive("nothing-resolves", told or f"nothing of {seen.pod} was asked")
    if seen.platform != "linux":
        return Finding.not_applicable("reported", told, answers=facts)
    if kinds != {_Answer.OWN}:
        return Finding.failed("resolvers-differ", told, answers=facts)
    return Finding.passed(told, answers=facts)


def _answer(each: Resolution, seen: Resolutions) -> str:
    visit = each.visit
    if visit is None:
        if set(each.addresses) == {seen.address}:
            return _Answer.OWN
        return ", ".join(each.addresses) or _Answer.NOTHING
    if visit.answered:
        return _Answer.OWN
    # What does not answer at its address either has no name to blame.
    is_name = each.directly is not None and each.directly.answered
    return _Answer.NOTHING if is_name else _Answer.UNKNOWN


def _told(resolver: str, answers: Mapping[tuple[str, str], str]) -> str:
    said: dict[str, list[str]] = {}
    for (asked, container), answer in answers.items():
        if asked == resolver:
            said.setdefault(answer, []).append(container)
    return ", ".join(f"{answer} in {', '.join(where)}" for answer, where in said.items())


CLAIMS: Mapping[str, Callable[..., Finding]] = MappingProxyType(
    {claim.__name__: claim for claim in (every_resolver_finds_the_service,)}
)
