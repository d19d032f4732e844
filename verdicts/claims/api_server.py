"""The claim that the one Service that every cluster has is reached, though no pod is behind it."""

from verdicts.claims.load_balancing import only_unknown
from verdicts.findings import Finding
from verdicts.observations.api_server import ApiServerSample
from verdicts.vocabulary import Reply


def the_api_server_is_reached(seen: ApiServerSample) -> Finding:
    """A request to `default/kubernetes` is answered, or as much as pods of other nodes get.

    Some API servers close what is not TLS without a word: then a completed handshake is enough,
    unless a pod elsewhere is answered. Code: `no-answer`. Clusters may keep pods from their API
    server, by lists of addresses or policies that the API does not show, so that nobody is to
    blame where no pod of another node gets there. Inconclusive: `no-control` (no other node),
    `control-failed`, `unknown-reply`.
    """
    where = f"{seen.address}:{seen.port} (default/kubernetes) from {seen.client}"
    if any(request.answered for request in seen.requests):
        return Finding.passed(f"{where}: answered within {seen.readiness.seconds:.1f} s")
    failures = [failure for request in seen.requests for failure in request.failures]
    kinds = ", ".join(sorted({failure.reply.value for failure in failures})) or "nothing"
    if seen.handshake is Reply.ANSWERED:
        answered = [each for each in seen.elsewhere if each.request.answered]
        if not answered:
            return Finding.passed(f"{where}: a handshake completes ({kinds} follows)")
        return Finding.failed(
            "no-answer",
            f"{where}: a handshake, then {kinds}; {answered[0].client} is answered",
        )
    return _not_reached(seen, f"{where}: {kinds}", unknown=only_unknown(failures))


def _not_reached(seen: ApiServerSample, what: str, *, unknown: str) -> Finding:
    if unknown:
        return Finding.inconclusive("unknown-reply", f"{what}: {unknown}")
    if not seen.elsewhere:
        return Finding.inconclusive("no-control", f"{what}; nobody else can be asked")
    there = [each for each in seen.elsewhere if each.came_through]
    if not there:
        others = ", ".join(dict.fromkeys(each.node for each in seen.elsewhere))
        return Finding.inconclusive(
            "control-failed",
            f"{what}; nor do pods on {others} get there: the cluster may keep pods from its API "
            "server",
        )
    return Finding.failed(
        "no-answer",
        f"{what} for {seen.readiness.seconds:.0f} s; {there[0].client} on {there[0].node} gets there",
    )
