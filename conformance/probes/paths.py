"""Ask pods for each other, their node for them, and the dead for themselves."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from conformance.batches import at_once
from conformance.handles import Container, NodeUnderTest, Pod
from conformance.objects import ApiPod, JsonObject, read
from conformance.probes.compartment import LOOPBACK
from conformance.waiting import eventually
from verdicts.observations.attempts import Attempts, Failure
from verdicts.observations.cni import (
    DeadAddress,
    Handshake,
    NodeToPod,
    PlacedPod,
    PodToNode,
    Reachability,
    ReadinessProbe,
    Visit,
)
from verdicts.vocabulary import Protocol, Reply

KUBELET_PORT: Final = 10250
_FAREWELLS: Final = 3
_GRACE: Final = 1
"""Seconds, and not 0: then the API would forget the pod before its kubelet has ended it."""


def placed(pod: Pod) -> PlacedPod:
    """Return a pod of the fleet as observations name it."""
    return PlacedPod(pod=pod.name, node=pod.node, addresses=pod.ips or (pod.ip,))


def reachability(node: NodeUnderTest) -> Reachability:
    """Let every pod ask every other, where either end is on the judged node.

    The pods are those of the node's platform, and peers on other nodes besides.

    Raises:
        HarnessError: a pod could not be asked.
    """
    here = node.judged.node.name
    of_platform = node.fleet.pods(platform=node.judged.platform)
    pods = list({pod.name: pod for pod in (*of_platform, *node.peers_other_node)}.values())
    pairs = [
        (client, backend)
        for client in pods
        for backend in pods
        if client is not backend and here in {client.node, backend.node}
    ]
    visits = at_once(
        (partial(_visit, client, backend) for client, backend in pairs), all_or_none=True
    )
    seen = Reachability(
        node=here,
        pods=tuple(placed(pod) for pod in pods),
        other_nodes=tuple(n.name for n in node.facts.nodes if n.ready and n.name != here),
        visits=tuple(visits),
    )
    mistaken = {each.backend for each in seen.unknown_answers}
    own = at_once(
        partial(_visit, pod, pod, address=LOOPBACK) for pod in pods if pod.name in mistaken
    )
    return seen.model_copy(update={"own": tuple(own)})


def _visit(client: Pod, backend: Pod, *, address: str | None = None) -> Visit:
    return Visit(
        client=client.name,
        backend=backend.name,
        attempts=client.first.dial(address or backend.ip, backend.first.http_port),
    )


def dead_address(node: NodeUnderTest) -> DeadAddress:
    """Ask the doomed pod for its identity, delete it, wait until it is gone, and ask again.

    Raises:
        HarnessError: the client could not be asked, or the pod did not go.
    """
    return node.once("dead-address", partial(_dead_address, node))


def _dead_address(node: NodeUnderTest) -> DeadAddress:
    pod, client = node.doomed_pod, node.probe_pod.first
    port = pod.first.http_port
    before = client.dial(pod.ip, port)
    node.cluster.delete(pod.path, grace=_GRACE)
    eventually(
        lambda: node.cluster.find(pod.path),
        lambda found: found is None,
        what=f"{pod} is gone after its deletion",
        timeout=node.patience.pod_gone,
        next_step=f"see what holds {pod.path} back: finalizers, or its node's kubelet",
    )
    after = at_once([partial(_farewell, client, pod.ip, port)] * _FAREWELLS)
    return DeadAddress(
        pod=pod.name, address=pod.ip, client=str(client), before=(before,), after=tuple(after)
    )


def _farewell(client: Container, address: str, port: int) -> Attempts:
    """Ask who answers, after a handshake has told whether anybody does: that is the quicker no."""
    reply = client.connect(address, port)
    if reply is Reply.ANSWERED:
        return client.dial(address, port)
    return Attempts(
        client=str(client),
        address=address,
        port=port,
        protocol=Protocol.TCP,
        tries=1,
        failures=(Failure(reply=reply, detail=f"handshake {reply}"),),
    )


class _HttpGet(BaseModel):
    """An HTTP probe; its port may be a name."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    host: str = ""
    port: int | str
    path: str = "/"


class _Probe(BaseModel):
    """A readiness probe."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    http_get: _HttpGet | None = Field(default=None, alias="httpGet")


class _Container(BaseModel):
    """The part of a container that says how its readiness is found."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    readiness: _Probe | None = Field(default=None, alias="readinessProbe")


class _Spec(BaseModel):
    """The containers of a pod, as admitted: a mesh may have changed their probes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    containers: tuple[_Container, ...]


class _Probed(BaseModel):
    """A pod as its kubelet probes it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    spec: _Spec


def kubelet_probes(node: NodeUnderTest) -> NodeToPod:
    """Return which running pods on the judged node their kubelet finds ready over HTTP.

    Those that it does not are asked by a peer on the same node, and for themselves: what keeps
    them from being ready may be theirs.

    Raises:
        HarnessError: pods do not run, the API did not tell, or a peer could not be asked.
    """
    pods = node.running_pods
    found = at_once(partial(_probes, node, pod, pods) for pod in pods)
    return NodeToPod(
        node=node.judged.node.name,
        probes=tuple(probe for of_pod in found for probe in of_pod),
    )


def _probes(node: NodeUnderTest, pod: Pod, pods: Sequence[Pod]) -> list[ReadinessProbe]:
    found = node.cluster.get(pod.path)
    gets = [
        container.readiness.http_get
        for container in _Probed.model_validate(found).spec.containers
        if container.readiness is not None and container.readiness.http_get is not None
    ]
    probes = [
        ReadinessProbe(
            pod=pod.name,
            address=pod.ip,
            port=get.port,
            host=get.host,
            path=get.path,
            ready=_is_ready(found),
        )
        for get in gets
        if isinstance(get.port, int)
    ]
    if _is_ready(found):
        return probes
    controls = [
        {"peer": _peers_reply(pod, pods, each.port), "status": _own_status(pod, each)}
        for each in probes
    ]
    # Once more, and last: its kubelet may have come to it meanwhile.
    ready = _is_ready(node.cluster.get(pod.path))
    return [
        each.model_copy(update={"ready": ready, **control})
        for each, control in zip(probes, controls, strict=True)
    ]


def _is_ready(found: JsonObject) -> bool:
    return read(ApiPod, found).condition("Ready").status == "True"


def _peers_reply(pod: Pod, pods: Sequence[Pod], port: int) -> Reply | None:
    """Return what another of the pods gets from the port: an answer is the pod's own identity."""
    peer = next((other for other in pods if other.name != pod.name), None)
    if peer is None:
        return None
    attempts = peer.first.dial(pod.ip, port)
    if pod.name in attempts.answers:
        return Reply.ANSWERED
    return attempts.failures[0].reply if attempts.failures else Reply.OTHER


def _own_status(pod: Pod, probe: ReadinessProbe) -> int | None:
    """Return what the server says at the probe's path when asked by the pod's own transport."""
    served = next((each for each in pod.containers if each.http_port == probe.port), None)
    return None if served is None else served.ask(probe.path.removeprefix("/")).status


def pod_to_node(node: NodeUnderTest) -> PodToNode:
    """Ask the judged node for a handshake at its kubelet's port, from each container of a pod on it.

    Raises:
        HarnessError: a container could not be asked.
    """
    return PodToNode(
        pod=node.probe_pod.name,
        node=node.judged.node.name,
        handshakes=tuple(
            at_once(
                partial(_handshake, container, address)
                for address in node.judged.node.internal_ips[:1]
                for container in node.probe_pod.containers
            )
        ),
    )


def _handshake(container: Container, address: str) -> Handshake:
    return Handshake(
        client=str(container),
        address=address,
        port=KUBELET_PORT,
        reply=container.connect(address, KUBELET_PORT),
    )
