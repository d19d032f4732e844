"""The claim of the row shared-compartment on a container that is started again in a running pod."""

from collections.abc import Callable, Mapping

from pydantic import JsonValue

from verdicts.claims.container_ports import UNREADABLE, every_pair_answers_on_loopback
from verdicts.findings import Finding
from verdicts.observations.attempts import Attempts
from verdicts.observations.compartment import Restart
from verdicts.vocabulary import Outcome


def a_restarted_container_stays_in_the_compartment(observation: Restart) -> Finding:
    """A container that is started again answers its sibling on loopback, as it did before.

    Codes: the kind of reply that the sibling gets instead (`refused`, ...), while the API says that
    the container was started again and runs. Not applicable: `never-shared`, where it did not
    answer before either, no more than the containers of the node's probe pod answer each other;
    that is what loopback's own check judges. Inconclusive: `never-answered` (those do),
    `not-restarted` (the API tells of no new start), `control-failed` (a container does not
    answer itself), `unreadable-reply`.

    Facts: `pod`, `container`, `sibling`, `seconds` (until it answered, or was given up),
    `restarts`, as counted in the end.
    Source: https://kubernetes.io/docs/concepts/workloads/pods/#pod-networking; compartments lost by
    containers that were made later: https://github.com/Azure/acs-engine/issues/4243.
    """
    if observation.before.failures:
        return _never_answered(observation, observation.before)
    container, sibling, lives = observation.container, observation.sibling, observation.lives
    facts = _facts(observation)
    if not observation.was_restarted or observation.after is None:
        counted = ", ".join(str(life.restarts) for life in lives)
        reason = (lives[-1].waits_for if lives else "") or "no reason"
        return Finding.inconclusive(
            "not-restarted",
            f"{container} of {observation.pod} was told to end, and the API does not say that it "
            f"was started again and runs (restarts: {counted or 'none told'}; {reason})",
            **facts,
        )
    if observation.after.answered:
        return Finding.passed(
            f"{container} was started again, and answers {sibling} on loopback "
            f"{observation.seconds:.1f} s after its end",
            **facts,
        )
    mute = _mute(observation)
    if mute:
        return Finding.inconclusive(
            "control-failed", f"{mute} does not answer itself any more", **facts
        )
    failure = observation.after.failures[0]
    if failure.reply in UNREADABLE:
        return Finding.inconclusive("unreadable-reply", failure.detail, **facts)
    return Finding.failed(
        failure.reply.value,
        f"{container} runs again, and {sibling} gets {failure.reply} from it on loopback for "
        f"{observation.seconds:.0f} s",
        **facts,
    )


CLAIMS: Mapping[str, Callable[..., Finding]] = {
    a_restarted_container_stays_in_the_compartment.__name__: (
        a_restarted_container_stays_in_the_compartment
    )
}


def _facts(observation: Restart) -> dict[str, JsonValue]:
    return {
        "pod": observation.pod,
        "container": observation.container,
        "sibling": observation.sibling,
        "seconds": observation.seconds,
        "restarts": observation.lives[-1].restarts if observation.lives else None,
    }


def _mute(observation: Restart) -> str:
    """Return a container that does not even answer itself after the restart; empty if both do."""
    if observation.control is None or not observation.control.answered:
        return observation.sibling
    return "" if observation.answers_itself else observation.container


def _never_answered(observation: Restart, before: Attempts) -> Finding:
    """Tell a node whose containers share nothing from a pod that merely could not be asked."""
    container, sibling, failure = observation.container, observation.sibling, before.failures[0]
    if not observation.own.answered:
        return Finding.inconclusive("control-failed", f"{container} does not answer itself")
    if failure.reply in UNREADABLE:
        return Finding.inconclusive("unreadable-reply", failure.detail)
    seen = f"{container} did not answer {sibling} on loopback before either ({failure.reply})"
    elsewhere = observation.elsewhere
    if elsewhere is None:
        return Finding.inconclusive("never-answered", seen)
    there = every_pair_answers_on_loopback(elsewhere)
    if there.outcome is Outcome.FAIL:
        return Finding.not_applicable("never-shared", f"{seen}; of {elsewhere.pod} {there.seen}")
    return Finding.inconclusive(
        "never-answered", f"{seen}; of {elsewhere.pod} {there.seen} ({there.code})"
    )
