"""Ending a container of a pod, and asking its sibling for it when it is back."""

from functools import partial
from typing import Final

from conformance.errors import HarnessError, TransportError
from conformance.handles import Container, NodeUnderTest, Pod
from conformance.objects import ApiPod, read
from conformance.probes.compartment import LOOPBACK, loopback, own_answer
from conformance.probes.load_balancing import converge, first_answer
from conformance.transports import SelfTested
from verdicts.observations.compartment import ContainerLife, Restart
from verdicts.vocabulary import Protocol

_EXIT: Final = "exit?code=0"
"""netexec ends at once, without an answer; the pod's restart policy starts it again."""


def restarted(node: NodeUnderTest) -> Restart:
    """End the quiet pod's second container, and let the first ask for it until it answers.

    No other question is put to that container, so nobody misses it meanwhile. A kubelet restarts
    it at once the first time, and later each time (CrashLoopBackOff): a fleet that is used again
    gets such a pod anew (`conformance.reuse`).

    Raises:
        HarnessError: a container could not be asked, or the API does not tell of it.
    """
    return node.once("restart", partial(_restarted, node))


def _restarted(node: NodeUnderTest) -> Restart:
    pod = node.quiet_pod
    sibling, container = pod.containers
    ask = partial(sibling.dial, LOOPBACK, container.http_port)
    # Its own port first: what a container that has just begun to listen refuses is no verdict.
    own = own_answer(container, protocol=Protocol.TCP).attempts
    seen = Restart(
        pod=pod.name, container=container.name, sibling=sibling.name, own=own, before=ask()
    )
    if seen.before.failures:
        elsewhere = loopback(node.probe_pod, protocol=Protocol.TCP)
        return seen.model_copy(update={"elsewhere": elsewhere})
    first = _life(node, pod, container)
    ended = seen.model_copy(update={"lives": (first,), "ending": ask(request=_EXIT)})
    # An answer says nothing of who gives it: only the API tells one start from another.
    lives, started = converge(
        lambda: ended.model_copy(update={"lives": (first, _life(node, pod, container))}),
        lambda told: told.was_restarted,
        what=f"{container} is started again",
        bound=node.patience.restarted,
    )
    if not started.reached:
        return lives.model_copy(update={"seconds": started.seconds})
    after, back = first_answer(
        ask,
        what=f"{container} answers {sibling.name} on loopback again",
        bound=node.patience.restarted,
    )
    asked = lives.model_copy(
        update={"after": after, "seconds": round(started.seconds + back.seconds, 3)}
    )
    if back.reached:
        return asked
    # It may have ended anew meanwhile, and then it is not the compartment that it lacks.
    last = _life(node, pod, container)
    control = sibling.dial(LOOPBACK, sibling.http_port)
    return asked.model_copy(
        update={
            "lives": (*asked.lives, last),
            "control": control,
            "answers_itself": _answers_itself(node, container),
        }
    )


def _answers_itself(node: NodeUnderTest, container: Container) -> bool:
    """Say whether a container answers as itself, by whichever transport.

    The one that was chosen when it was not apart may lead elsewhere now, so all are tried anew.
    """
    try:
        SelfTested(node.cluster, node.recorder).chosen(container)
    except TransportError:
        return False
    return True


def _life(node: NodeUnderTest, pod: Pod, container: Container) -> ContainerLife:
    told = read(ApiPod, node.cluster.get(pod.path)).status.container_statuses
    status = next((status for status in told if status.name == container.name), None)
    if status is None:
        raise HarnessError(
            f"{container} - the API tells nothing of this container",
            next_step=f"see the status of {pod.path}",
        )
    waiting = status.state.waiting
    return ContainerLife(
        identity=status.container_id,
        restarts=status.restart_count,
        is_running=status.state.running is not None,
        waits_for="" if waiting is None else waiting.reason,
    )
