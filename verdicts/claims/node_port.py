"""The claim that a Service's NodePort answers at a node's address, asked from another node."""

from verdicts.claims.load_balancing import doubt_about, only_unknown
from verdicts.findings import Finding
from verdicts.observations.load_balancing import NodePortSample, ServiceSample
from verdicts.vocabulary import Outcome, Reply

_LOST_ON_THE_WAY = frozenset({Reply.TIMED_OUT, Reply.UNREACHABLE})


def node_port_answers(seen: NodePortSample, *, by_process: bool) -> Finding:
    """Every connection to the node's address and port is answered by a backend, wherever it runs.

    A Service with a backend on the node comes first, and is the control of the way to it; then one
    whose backend is on another node. `backend-foreign` and `no-answer` are failures. Where nothing comes back, and the kubelet's
    port on the same address is as silent, the way to the node is closed: clouds and firewalls
    do that, and no proxy is to blame.

    A backend on another node is reached by the node in its own name. `by_process` says that a
    process does so: then it reached other nodes' backends for ClusterIPs, too. Else the node itself
    must have reached that backend where the NodePort did not: `way-is-closed`, `no-control`.

    It is asked from pods alone. Where a client's node balances in the pod's own sockets, the
    connection goes to a backend at once and never comes to the judged node: what passes there says
    that NodePorts are served, and not by which node
    (https://docs.cilium.io/en/stable/network/kubernetes/kubeproxy-free/, "Socket LoadBalancer
    Bypass in Pod Namespace").
    """
    if seen.sample is None:
        return Finding.not_applicable(
            "one-node", "a NodePort is asked from a pod on another node, and there is none"
        )
    if seen.node_port == seen.port:
        return Finding.inconclusive(
            "same-port",
            f"the NodePort is the Service's own port {seen.port}, which fails on Windows by "
            "itself: https://github.com/kubernetes/kubernetes/issues/78574",
        )
    here = _judged(seen, seen.sample, seen.node_port)
    if here.outcome is not Outcome.PASS or seen.away is None:
        return here
    away = _judged(seen, seen.away, seen.away_port)
    if away.outcome is Outcome.FAIL and not seen.away.answered and not by_process:
        return _with_control(away, seen, seen.away)
    if away.outcome is not Outcome.PASS:
        return away
    return Finding.passed(f"{here.seen}; {away.seen}")


def _with_control(failed: Finding, seen: NodePortSample, away: ServiceSample) -> Finding:
    if Reply.ANSWERED in seen.from_node:
        return failed
    backends = ", ".join(f"{each.pod} on {each.node}" for each in away.backends)
    if not seen.from_node:
        return Finding.inconclusive(
            "no-control", f"{failed.seen}; whether the node reaches {backends} could not be asked"
        )
    said = ", ".join(sorted({reply.value for reply in seen.from_node}))
    return Finding.inconclusive(
        "way-is-closed", f"{failed.seen}; nor does the node itself reach {backends} ({said})"
    )


def _judged(seen: NodePortSample, sample: ServiceSample, port: int) -> Finding:
    on = ", ".join(backend.node for backend in sample.backends)
    where = f"{seen.address}:{port} (backend on {on}) from {seen.client_node}"
    return doubt_about(sample.backends, least=1) or _answered(seen, sample, where)


def _answered(seen: NodePortSample, sample: ServiceSample, where: str) -> Finding:
    foreign = sorted(set(sample.answers) - {backend.identity for backend in sample.backends})
    if foreign:
        return Finding.failed(
            "backend-foreign", f"{where}: answered without being a backend: {', '.join(foreign)}"
        )
    if sample.failures:
        kinds = {failure.reply for failure in sample.failures}
        unknown = only_unknown(sample.failures)
        if unknown:
            return Finding.inconclusive("unknown-reply", f"{where}: unknown error: {unknown}")
        said = ", ".join(sorted(kind.value for kind in kinds))
        if not sample.answered and kinds <= _LOST_ON_THE_WAY and _way_is_closed(seen):
            return Finding.inconclusive(
                "node-not-reached", f"{where}: {said}, and so is the kubelet's port"
            )
        return Finding.failed(
            "no-answer", f"{where}: {len(sample.failures)} of {sample.tries} unanswered ({said})"
        )
    if not sample.answered:
        return Finding.inconclusive("not-asked", f"{where}: no connection was tried")
    return Finding.passed(f"{where}: {sample.answered} of {sample.tries} answered")


def _way_is_closed(seen: NodePortSample) -> bool:
    return bool(seen.kubelet) and set(seen.kubelet) <= _LOST_ON_THE_WAY
