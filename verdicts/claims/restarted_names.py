"""The claim of the row dns-search-suffixes on a container that is started again in a running pod."""

from collections.abc import Callable, Mapping

from verdicts.claims.dns import kubernetes_is_the_own_namespaces
from verdicts.claims.restart import a_restarted_container_stays_in_the_compartment
from verdicts.findings import Finding
from verdicts.observations.dns import NamesAfterRestart, PodNames
from verdicts.vocabulary import Outcome


def a_restarted_container_keeps_its_names(observation: NamesAfterRestart) -> Finding:
    """The short name `kubernetes` yields the own namespace's Service after a restart as well.

    Codes: `other-answer`, `default-suffix` and `unresolved`, as in a container that runs for the
    first time. Not applicable: `never-shared`, where no container is restarted, as those of the
    node's pods do not answer each other. Inconclusive: `not-restarted`; `nothing-resolves`;
    `control-failed`, where its sibling, which runs for the first time, fares no better.

    Facts: those of the short name, of the restarted container alone.
    Source: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/; names that
    are lost with a restart: https://github.com/kubernetes/kubernetes/issues/121712.
    """
    restart, names = observation.restart, observation.names
    if names is None:
        why = a_restarted_container_stays_in_the_compartment(restart)
        if why.outcome is Outcome.NOT_APPLICABLE:
            return Finding.not_applicable(why.code, why.seen)
        return Finding.inconclusive("not-restarted", why.seen)
    found = kubernetes_is_the_own_namespaces(_alone(names, restart.container))
    if found.outcome is not Outcome.FAIL:
        return found
    control = kubernetes_is_the_own_namespaces(_alone(names, restart.sibling))
    if control.outcome is Outcome.PASS:
        return found
    return Finding.inconclusive(
        "control-failed", f"{found.seen}; and in its sibling: {control.seen}", **found.facts
    )


CLAIMS: Mapping[str, Callable[..., Finding]] = {
    a_restarted_container_keeps_its_names.__name__: a_restarted_container_keeps_its_names
}


def _alone(names: PodNames, container: str) -> PodNames:
    own = tuple(each for each in names.containers if each.container == container)
    return names.model_copy(update={"containers": own})
