"""The claim of the row dns-search-suffixes on TCP: what does not fit a datagram is asked so."""

from collections.abc import Callable, Mapping

from pydantic import JsonValue

from verdicts.findings import Finding
from verdicts.observations.dns import Answer, AskedOverTcp, NamesOverTcp
from verdicts.vocabulary import Reply


def names_resolve_over_tcp(observation: NamesOverTcp) -> Finding:
    """Over TCP every container's name server yields the same address as over UDP.

    A resolver comes to TCP where an answer does not fit a datagram, so that its loss shows late
    and with some names only. Codes: the kind of reply (`refused`, `timed-out`, ...) where nothing
    was said; `closed` where a handshake completes and nothing follows; `tcp-other-answer`. Not
    applicable: `no-tcp-port`, where the DNS Service offers none. Inconclusive: `control-failed`
    (not over UDP either), `no-server` (a container knows none to ask), `not-asked`,
    `unknown-reply`.

    Facts: `name`, `address`, `servers`, `answered` (containers).
    Source: RFC 7766 section 5; https://github.com/kubernetes/kubernetes/blob/v1.37.2/test/e2e/network/dns_common.go
    asks every name over both.
    """
    wanted = {observation.address}
    short = [each for each in observation.asked if set(each.query.addresses) != wanted]
    if not short and observation.unserved:
        return Finding.inconclusive(
            "no-server",
            f"{', '.join(observation.unserved)} of {observation.pod} knows no name server to ask",
        )
    if not observation.asked:
        return Finding.inconclusive("not-asked", f"no container of {observation.pod} was asked")
    if not short:
        return Finding.passed(
            f"{observation.name} yields {observation.address} over TCP in "
            f"{len(observation.asked)} containers",
            **_facts(observation),
        )
    if observation.is_served is False:
        return Finding.not_applicable(
            "no-tcp-port", f"the DNS Service ({short[0].server}) has no TCP port 53"
        )
    decided = [each for each in short if each.control and set(each.control.addresses) == wanted]
    if not decided:
        return Finding.inconclusive(
            "control-failed",
            f"{short[0].server} does not yield {observation.address} to {short[0].container} over "
            "UDP either",
        )
    return _failed(observation, decided[0])


CLAIMS: Mapping[str, Callable[..., Finding]] = {
    names_resolve_over_tcp.__name__: names_resolve_over_tcp
}

_UNKNOWN = frozenset({Reply.OTHER, Reply.UNRESOLVED})


def _failed(observation: NamesOverTcp, asked: AskedOverTcp) -> Finding:
    where = f"{asked.container} asks {asked.server} for {observation.name} over TCP"
    facts = _facts(observation)
    if asked.query.answer is not Answer.SILENT:
        said = ", ".join(asked.query.addresses) or asked.query.answer.value
        return Finding.failed(
            "tcp-other-answer", f"{where} and gets {said}, not {observation.address}", **facts
        )
    if asked.handshake is None or asked.handshake in _UNKNOWN:
        return Finding.inconclusive(
            "unknown-reply", f"{where} and gets nothing: {asked.query.detail}", **facts
        )
    if asked.handshake is Reply.ANSWERED:
        return Finding.failed("closed", f"{where}: a handshake, and no answer", **facts)
    return Finding.failed(
        asked.handshake.value, f"{where}: {asked.handshake}, though UDP answers", **facts
    )


def _facts(observation: NamesOverTcp) -> dict[str, JsonValue]:
    return {
        "name": observation.name,
        "address": observation.address,
        "servers": [*sorted({each.server for each in observation.asked})],
        "answered": [
            each.container
            for each in observation.asked
            if set(each.query.addresses) == {observation.address}
        ],
    }
