"""The claim of the row shared-compartment on a container that is started again in a running pod."""

from collections.abc import Callable, Mapping

from pydantic import JsonValue

from verdicts.findings import Finding
from verdicts.observations.compartment import Restart
from verdicts.vocabulary import Reply

_UNREADABLE = frozenset({Reply.OTHER, Reply.UNRESOLVED})


def a_restarted_container_stays_in_the_compartment(observation: Restart) -> Finding:
    """A container that is started again answers its sibling on loopback, as it did before.

    Codes: the kind of reply that the sibling gets instead (`refused`, ...), while the API says that
    the container runs and was started once more. Not applicable: `never-shared`, where it did not
    answer before either; that is what loopback's own check judges. Inconclusive: `not-restarted`,
    `control-failed` (the sibling no longer answers itself), `unreadable-reply`.

    Facts: `pod`, `container`, `sibling`, `seconds` (until it answered, or was given up).
    Source: https://kubernetes.io/docs/concepts/workloads/pods/#pod-networking; compartments lost by
    containers that were made later: https://github.com/Azure/acs-engine/issues/4243.
    """
    container, sibling = observation.container, observation.sibling
    facts: dict[str, JsonValue] = {
        "pod": observation.pod,
        "container": container,
        "sibling": sibling,
        "seconds": observation.seconds,
    }
    if observation.before.failures:
        reply = observation.before.failures[0].reply
        return Finding.not_applicable(
            "never-shared",
            f"{container} did not answer {sibling} on loopback before either ({reply})",
        )
    if observation.after is None or observation.ending is None or not observation.ending.failures:
        return Finding.inconclusive(
            "not-restarted", f"{container} of {observation.pod} was not ended", **facts
        )
    if observation.after.answered:
        return Finding.passed(
            f"{container} answers {sibling} on loopback again {observation.seconds:.1f} s after "
            "its end",
            **facts,
        )
    return _lost(observation, facts)


CLAIMS: Mapping[str, Callable[..., Finding]] = {
    a_restarted_container_stays_in_the_compartment.__name__: (
        a_restarted_container_stays_in_the_compartment
    )
}


def _lost(observation: Restart, facts: Mapping[str, JsonValue]) -> Finding:
    container, sibling = observation.container, observation.sibling
    counted = observation.restarts
    if not observation.is_running or len(counted) < 2 or counted[-1] <= counted[0]:
        return Finding.inconclusive(
            "not-restarted",
            f"{container} was ended, and the API does not say that it runs again (restarts: "
            f"{', '.join(map(str, counted))}; {observation.waits_for or 'no reason'})",
            **facts,
        )
    if observation.own is None or not observation.own.answered:
        return Finding.inconclusive(
            "control-failed", f"{sibling} does not answer itself any more", **facts
        )
    assert observation.after is not None
    failure = observation.after.failures[0]
    if failure.reply in _UNREADABLE:
        return Finding.inconclusive("unreadable-reply", failure.detail, **facts)
    return Finding.failed(
        failure.reply.value,
        f"{container} runs again, and {sibling} gets {failure.reply} from it on loopback for "
        f"{observation.seconds:.0f} s",
        **facts,
    )
