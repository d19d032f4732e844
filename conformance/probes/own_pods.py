"""Pods that a check makes for itself, changes, and ends."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final, cast

from conformance import manifests
from conformance.batches import at_once
from conformance.containers import ContainerPorts
from conformance.errors import HarnessError
from conformance.following import listed
from conformance.handles import NodeUnderTest, Pod
from conformance.objects import ApiPod, JsonObject, read
from conformance.plan import NODE_LABEL, RUN_LABEL, PlannedContainer, PlannedPod, Role
from conformance.waiting import eventually

READY_FILE: Final = "/state/ready"
"""A pod with a switch is ready as long as this file is there."""
SOURCE_PORTS: Final = (40000, 40003)
"""The range of source ports that a pod with few of them has."""
HTTP_PORT: Final = 8080
UDP_PORT: Final = 8081


@dataclass(frozen=True, slots=True)
class Wanted:
    """A pod of one netexec container, ports named `http` and `udp`, pinned to the judged node."""

    name: str
    labels: Mapping[str, str]
    has_switch: bool = False
    """It is ready only while told so (`switch`); it begins unready."""
    is_probed: bool = True
    """Its kubelet asks it whether it is ready; else it is as soon as it runs."""
    host_port: int = 0
    """Its http port is its node's too; such a pod goes to the namespace that allows it."""
    dns: JsonObject = field(default_factory=dict)
    """Parts of its specification that set its resolver."""
    few_ports: bool = False
    """Its clients send from a handful of ports (a sysctl that every kubelet takes for safe)."""


def _create(node: NodeUnderTest, wanted: Wanted, *, image: str) -> ApiPod:
    """Create the pod, and wait for nothing; return it as it began.

    Raises:
        HarnessError: the API server refused it.
    """
    planned = PlannedPod(
        name=wanted.name,
        namespace=_namespace(node, wanted),
        role=Role.DOOMED,
        node=node.judged.node.name,
        judged=node.id,
        platform=node.judged.platform,
        userland=node.probe_pod.userland,
        image=image,
        containers=(PlannedContainer(name="a", http_port=HTTP_PORT, udp_port=UDP_PORT),),
    )
    manifest = manifests.pod(planned, run_id=node.fleet.run_id)
    metadata, spec = _part(manifest, "metadata"), _part(manifest, "spec")
    labels = _part(metadata, "labels")
    # Every process of a run follows the pods with its label; these it need not know.
    labels.pop(RUN_LABEL)
    labels.update(wanted.labels)
    (container,) = cast("list[JsonObject]", spec["containers"])
    host: JsonObject = {"hostPort": wanted.host_port} if wanted.host_port else {}
    container["ports"] = [
        {"name": "http", "containerPort": HTTP_PORT, "protocol": "TCP", **host},
        {"name": "udp", "containerPort": UDP_PORT, "protocol": "UDP"},
    ]
    if not wanted.is_probed:
        del container["readinessProbe"]
    if wanted.has_switch:
        # By exec and not over HTTP: netexec has nothing that can be switched off and on.
        container["readinessProbe"] = {
            "exec": {"command": ["/bin/sh", "-c", f"test -e {READY_FILE}"]},
            "periodSeconds": 1,
            "timeoutSeconds": 5,
            "failureThreshold": 1,
        }
        container["volumeMounts"] = [{"name": "state", "mountPath": "/state"}]
        spec["volumes"] = [{"name": "state", "emptyDir": {}}]
    spec.update(wanted.dns)
    if wanted.few_ports:
        low, high = SOURCE_PORTS
        _part(spec, "securityContext")["sysctls"] = [
            {"name": "net.ipv4.ip_local_port_range", "value": f"{low} {high}"}
        ]
    return read(ApiPod, node.cluster.create(manifest))


def running(node: NodeUnderTest, wanted: Wanted, *, ready: bool = False) -> Pod:
    """Return the pod once it runs and has an address, or once it is ready.

    Raises:
        HarnessError: it did not come to that in the time that a pod is given.
    """
    path = _path(node, wanted)

    def is_so(found: ApiPod) -> bool:
        return is_running(found) and (not ready or found.condition("Ready").status == "True")

    found = eventually(
        lambda: read(ApiPod, node.cluster.get(path)),
        is_so,
        what=f"{wanted.name} {'is ready' if ready else 'runs'}",
        timeout=node.patience.pod_ready[node.probe_pod.userland],
        next_step=f"see the events of {path}",
    )
    return handle(node, found)


def handle(node: NodeUnderTest, found: ApiPod) -> Pod:
    """Return a pod of the judged node's own as probes ask it; it runs and has an address."""
    return Pod(
        name=found.metadata.name,
        namespace=found.metadata.namespace,
        node=node.judged.node.name,
        platform=node.judged.platform,
        ip=found.status.pod_ip,
        ips=tuple(each.ip for each in found.status.pod_ips) or (found.status.pod_ip,),
        labels=found.metadata.labels,
        ports=(ContainerPorts(name="a", http_port=HTTP_PORT, udp_port=UDP_PORT),),
        transport=node.probe_pod.transport,
        userland=node.probe_pod.userland,
    )


def is_running(pod: ApiPod) -> bool:
    """Say whether all of a pod's containers run, and it has an address."""
    states = pod.status.container_statuses
    return bool(pod.status.pod_ip and states) and all(
        each.state.running is not None for each in states
    )


def switch(pod: Pod, *, ready: bool) -> None:
    """Tell a pod with a switch that it is ready, or is not; its kubelet sees it within seconds.

    Raises:
        HarnessError: the pod could not be told.
    """
    answer = pod.first.shell(f"touch {READY_FILE}" if ready else f"rm -f {READY_FILE}")
    if answer.failed:
        raise HarnessError(
            f"{pod} was not switched - {answer.output.strip() or answer.error}",
            next_step="see that the image has a shell, and the pod's /state is writable",
        )


@contextmanager
def made(node: NodeUnderTest, wanted: Sequence[Wanted]) -> Iterator[None]:
    """Create pods, and delete in the end whatever there is of them.

    Those of the same names that a killed worker left are removed before: they are not the ones
    that are made here, whatever became of them.

    Raises:
        HarnessError: the API server refused one, or one that was left does not go.
    """
    image, mine = _image(node), paths(node, wanted)
    _remove_left(node, mine)
    try:
        began = at_once(partial(_create, node, each, image=image) for each in wanted)
        _begun(node).update(zip(mine, began, strict=True))
        yield
    finally:
        end(node, mine, grace=0)


def paths(node: NodeUnderTest, wanted: Sequence[Wanted]) -> list[str]:
    """Return where the pods are, or will be."""
    return [_path(node, each) for each in wanted]


def end(node: NodeUnderTest, mine: Sequence[str], *, grace: int) -> None:
    """Delete the pods at these paths, with so many seconds to end; who is gone already is well.

    A pod that is not as it began any more, though nobody here has ended it, is missed.
    """
    begun = _begun(node)
    living = {path: begun.pop(path) for path in mine if path in begun}
    try:
        there = _there(node, living) if living else {}
        for path, before in living.items():
            node.fleet.miss(before, there.get(path))
    finally:
        at_once(partial(node.cluster.delete, path, grace=grace) for path in mine)


def _begun(node: NodeUnderTest) -> dict[str, ApiPod]:
    """Return the pods that were made and not ended yet, as they began, by their paths."""
    return node.once("own pods that were made", dict[str, ApiPod])


def _remove_left(node: NodeUnderTest, mine: Sequence[str]) -> None:
    left = sorted(set(mine) & set(_there(node, mine)))
    at_once(partial(node.cluster.delete, path, grace=0) for path in left)
    if left:
        eventually(
            lambda: set(left) & set(_there(node, left)),
            lambda still: not still,
            what=f"{', '.join(left)} left by a killed run are gone",
            timeout=node.patience.pod_gone,
            next_step="see what holds them back: finalizers, or an admission",
        )


def _there(node: NodeUnderTest, mine: Iterable[str]) -> dict[str, ApiPod]:
    """Return the pods made for the judged node that are beside these, by their paths."""
    return {
        f"{collection}/{name}": pod
        for collection in sorted({path.rpartition("/")[0] for path in mine})
        for name, pod in listed(node.cluster, collection, selector=f"{NODE_LABEL}={node.id}")[
            0
        ].items()
    }


def _path(node: NodeUnderTest, wanted: Wanted) -> str:
    return f"/api/v1/namespaces/{_namespace(node, wanted)}/pods/{wanted.name}"


def _namespace(node: NodeUnderTest, wanted: Wanted) -> str:
    return node.fleet.privileged_namespace if wanted.host_port else node.fleet.namespace


def _image(node: NodeUnderTest) -> str:
    """Return the image that the judged node's own probe pod runs."""
    match node.cluster.get(node.probe_pod.path):
        case {"spec": {"containers": [{"image": str(image)}, *_]}}:
            return image
    raise HarnessError(
        f"{node.probe_pod} has no image", next_step="see the pod; an admission may have changed it"
    )


def _part(of: JsonObject, key: str) -> JsonObject:
    """Return an object's part of this name, made where there is none."""
    return cast("JsonObject", of.setdefault(key, {}))
