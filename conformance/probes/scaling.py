"""Changing a Service's backends, and asking who answers afterwards."""

from functools import partial
from typing import Final

from conformance.handles import NodeUnderTest
from conformance.probes.load_balancing import converge, identified, programmed_within
from verdicts.observations.attempts import Attempts
from verdicts.observations.load_balancing import Scaling, ScalingStep

_SAMPLE: Final = 40
"""New connections a poll: a backend of two that is left out so often is left out by design."""


def scaling(node: NodeUnderTest) -> Scaling:
    """Take one of two backends away and give it back, and await each time who answers.

    The Service ends as it began. It is never emptied: on some builds of Windows Server 2019 a
    Service that loses its last endpoint keeps its policy
    (https://github.com/kubernetes/kubernetes/issues/137530), which is another matter.

    Raises:
        HarnessError: the client could not be asked, or a label not be set.
    """
    client, service, patience = node.probe_pod.first, node.services.scale, node.patience
    stays, goes = service.backends[:2]
    known = identified(client, (stays, goes))
    pods = {backend.identity: backend.pod for backend in known}

    def step(change: str, *wanted: str, bound: float) -> ScalingStep:
        last, convergence = converge(
            partial(client.dial, service.cluster_ip, service.port, tries=_SAMPLE),
            lambda attempts: not attempts.failures and _who(attempts, pods) == sorted(wanted),
            what=f"{change}: answers of exactly {', '.join(wanted)}",
            bound=bound,
        )
        return ScalingStep(
            change=change,
            wanted=wanted,
            seen=tuple(_who(last, pods)),
            unanswered=last.failures,
            tries=last.tries,
            convergence=convergence,
        )

    steps = [
        step("at first", stays.name, goes.name, bound=programmed_within(node)),
    ]
    # What is not as it should be to begin with need not follow, and each step would wait.
    if steps[0].convergence.reached:
        service.dismiss(goes)
        try:
            steps.append(step(f"without {goes}", stays.name, bound=patience.endpoints_follow))
        finally:
            service.enlist(goes)
        steps.append(
            step(f"with {goes} again", stays.name, goes.name, bound=patience.endpoints_follow)
        )
    return Scaling(
        service=service.name,
        data_plane=node.judged.node.proxy.data_plane,
        backends=known,
        steps=tuple(steps),
    )


def _who(attempts: Attempts, pods: dict[str, str]) -> list[str]:
    return sorted({pods.get(answer, answer) for answer in attempts.answers})
