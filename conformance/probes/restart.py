"""Ending a container of a pod, and asking its sibling for it when it is back."""

from functools import partial
from typing import Final

from conformance.handles import Container, NodeUnderTest, Pod
from conformance.objects import ApiPod, ContainerStatus, read
from conformance.probes.compartment import LOOPBACK
from conformance.probes.load_balancing import first_answer
from verdicts.observations.compartment import Restart

_EXIT: Final = "exit?code=0"
"""netexec ends at once, without an answer; the pod's restart policy starts it again."""


def restarted(node: NodeUnderTest) -> Restart:
    """End the quiet pod's second container, and let the first ask for it until it answers.

    No other question is put to that container, so nobody misses it meanwhile. A kubelet restarts
    it at once the first time; in a kept fleet it waits longer each time (CrashLoopBackOff).

    Raises:
        HarnessError: the sibling could not be asked, or the API did not tell.
    """
    return node.once("restart", partial(_restarted, node))


def _restarted(node: NodeUnderTest) -> Restart:
    pod = node.quiet_pod
    sibling, container = pod.containers
    ask = partial(sibling.dial, LOOPBACK, container.http_port)
    before = ask()
    seen = Restart(pod=pod.name, container=container.name, sibling=sibling.name, before=before)
    if before.failures:
        return seen
    counted = _status(node, pod, container).restart_count
    ending = ask(request=_EXIT)
    after, back = first_answer(
        ask,
        what=f"{container} answers {sibling.name} on loopback again",
        bound=node.patience.restarted,
    )
    seen = seen.model_copy(
        update={
            "ending": ending,
            "after": after,
            "restarts": (counted,),
            "seconds": back.seconds,
        }
    )
    if back.reached:
        return seen
    own = sibling.dial(LOOPBACK, sibling.http_port)
    status = _status(node, pod, container)
    waiting = status.state.waiting
    return seen.model_copy(
        update={
            "own": own,
            "restarts": (counted, status.restart_count),
            "is_running": status.state.running is not None,
            "waits_for": "" if waiting is None else waiting.reason,
        }
    )


def _status(node: NodeUnderTest, pod: Pod, container: Container) -> ContainerStatus:
    told = read(ApiPod, node.cluster.get(pod.path)).status.container_statuses
    found = next((status for status in told if status.name == container.name), None)
    return found or ContainerStatus(name=container.name)
