"""Ask the containers of the probe pod for their addresses and routes, once for all rows."""

from functools import partial

from conformance.batches import at_once
from conformance.containers import Container
from conformance.errors import HarnessError
from conformance.handles import NodeUnderTest
from conformance.userlands.asking import asking
from verdicts.observations.interfaces import ContainerInterfaces, PodInterfaces


def pod_interfaces(node: NodeUnderTest) -> PodInterfaces:
    """Return what every container of the probe pod lists of itself.

    Raises:
        HarnessError: a container could not be asked, or its answer cannot be read.
    """
    return node.once("pod-interfaces", partial(_ask, node))


def _ask(node: NodeUnderTest) -> PodInterfaces:
    pod = node.probe_pod
    return PodInterfaces(
        pod=pod.name,
        pod_ips=pod.ips,
        containers=tuple(at_once(partial(_of, container) for container in pod.containers)),
    )


def _of(container: Container) -> ContainerInterfaces:
    userland = asking(container.pod.userland)
    answer = container.shell(userland.interfaces_command())
    if answer.failed:
        raise HarnessError(
            f"{container} - its addresses cannot be listed: {answer.error}: "
            f"{answer.output.strip()[:200]!r}",
            next_step="see that the pod's image has `ip` of iproute2 or busybox",
        )
    return userland.read_interfaces(container.name, answer.output)
