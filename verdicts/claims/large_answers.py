"""The claim of the row dns-search-suffixes on size: an answer that fits its asker arrives."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from verdicts.findings import Finding
from verdicts.observations.large_answers import AskedForMany, LargeAnswers

if TYPE_CHECKING:
    from pydantic import JsonValue


def large_answers_arrive(observation: LargeAnswers) -> Finding:
    """An answer above 512 bytes arrives over UDP at whoever has room for it (EDNS0).

    All addresses are in it, or it is cut and all are had over TCP, as a server may do that sends no
    large datagrams. Codes: `silent`, where no such answer comes though small ones do, with and
    without room for more; `fewer`, where all do not come over TCP either. Inconclusive:
    `never-known` (the Service's addresses never came to be known), `control-failed` (any question
    that tells of room is lost), `not-over-tcp` (less than all, and TCP was not or could not be
    asked), `no-server`, `not-asked`.

    Facts: `name`, `wanted`, `counts` by container.
    Source: https://www.rfc-editor.org/rfc/rfc6891#section-6.2.5; lost on the way to pods:
    https://github.com/coredns/coredns/issues/5362.
    """
    facts: dict[str, JsonValue] = {
        "name": observation.name,
        "wanted": observation.wanted,
        "counts": {each.container: each.count for each in observation.asked},
    }
    found = [(each, _fate(each, observation)) for each in observation.asked]
    for wrong in (_FAILED, _OPEN):
        for each, (code, said) in found:
            if code in wrong:
                seen = f"{each.server} asked by {each.container} for {observation.name}: {said}"
                return (Finding.failed if wrong is _FAILED else Finding.inconclusive)(
                    code, seen, **facts
                )
    if observation.unserved:
        return Finding.inconclusive(
            "no-server",
            f"{', '.join(observation.unserved)} of {observation.pod} knows no name server to ask",
        )
    if not found:
        return Finding.inconclusive("not-asked", f"no container of {observation.pod} was asked")
    return Finding.passed(
        f"{observation.wanted} addresses of {observation.name} come in {len(found)} containers: "
        f"{', '.join(dict.fromkeys(said for _, (_, said) in found))}",
        **facts,
    )


CLAIMS: Mapping[str, Callable[..., Finding]] = {
    large_answers_arrive.__name__: large_answers_arrive
}

_FAILED = frozenset({"silent", "fewer"})
_OPEN = frozenset({"never-known", "control-failed", "not-over-tcp"})


def _fate(each: AskedForMany, observation: LargeAnswers) -> tuple[str, str]:
    """Return the code of one container's answers, and what was seen."""
    wanted = observation.wanted
    if each.count == wanted:
        return "pass", "over UDP"
    if not each.small:
        waited = f"{observation.known.bound:g} s"
        return "never-known", f"no address within {waited}, nor when asked again"
    if each.count is None:
        return _lost(each, wanted)
    if each.over_tcp is None:
        return "not-over-tcp", f"{each.count} of {wanted} addresses, and TCP gave no answer"
    if each.over_tcp != wanted:
        return "fewer", f"{each.count} of {wanted} addresses, and {each.over_tcp} over TCP"
    return "pass", "cut, and whole over TCP"


def _lost(each: AskedForMany, wanted: int) -> tuple[str, str]:
    if each.control is None:
        return "control-failed", "nothing comes of a question with room, of one address neither"
    return "silent", (
        f"nothing in {len(each.large)} tries that have room for {wanted} addresses, though "
        f"{each.small} come without"
    )
