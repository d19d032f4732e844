"""The fleet as a worker sees it: pods and services by name, given out once they are ready."""

import threading
import time
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from conformance.cluster import Cluster
from conformance.containers import ContainerPorts, Pod, Transport, Userland
from conformance.deployment import Deployment
from conformance.errors import ClusterError, NoEvidence, NotReadyError
from conformance.exchanges import Recorder
from conformance.handles import NodeUnderTest, Service
from conformance.objects import ApiEvents, ApiPod, read
from conformance.plan import RUN_LABEL, SERVING, PlannedPod, PlannedService, Role
from conformance.pod_watch import PodWatch
from conformance.roll_call import RollCall
from conformance.sites import other_node_peers
from conformance.timeouts import Patience
from verdicts.inventory import Inventory, JudgedNode

_NO_FOLDER: Final = "hostPath type check failed"
"""How a kubelet says that a node has no such folder:
https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/volume/hostpath/host_path.go"""


class DeployedFleet:
    """A deployment, its pods followed by one watch a namespace from the first question on."""

    def __init__(
        self,
        cluster: Cluster,
        deployment: Deployment,
        inventory: Inventory,
        transport: Transport,
        patience: Patience,
    ) -> None:
        self._cluster = cluster
        self._deployment = deployment
        self._inventory = inventory
        self._transport = transport
        self._patience = patience
        selector = f"{RUN_LABEL}={deployment.plan.run_id}"
        self._watches = {
            namespace: PodWatch(cluster, namespace, selector=selector, patience=patience)
            for namespace in deployment.plan.namespaces
        }
        self._roll_call = RollCall(cluster, selector=selector)
        self._given: dict[str, Pod] = {}
        self._lock = threading.Lock()
        age = (datetime.now(UTC) - deployment.created).total_seconds()
        self._created = time.monotonic() - age

    @property
    def run_id(self) -> str:
        """The run's id, part of both namespaces' names."""
        return self._deployment.plan.run_id

    @property
    def namespace(self) -> str:
        """The namespace of probes, peers and services (Pod Security restricted)."""
        return self._deployment.plan.namespace

    @property
    def privileged_namespace(self) -> str:
        """The namespace of the evidence pods."""
        return self._deployment.plan.privileged_namespace

    def pod(self, name: str) -> Pod:
        """Return the pod of this name once it is ready.

        Its time runs from the fleet's creation: after that it is looked at, and not awaited again.

        Raises:
            NotReadyError: it did not become ready, or was never placed.
            ClusterError: pods cannot be watched.
        """
        with self._lock:
            if name in self._given:
                return self._given[name]
        planned = self._planned(name)
        found = self._watches[planned.namespace].ready(planned, deadline=self._deadline(planned))
        pod = self._handle(planned, found)
        with self._lock:
            self._given[name] = pod
        return pod

    def running(self, name: str) -> Pod:
        """Return the pod of this name once it runs and has an address, ready or not.

        One that its kubelet does not find ready is given out once that has had its time
        (`Patience.ready_after_running`). Only witnesses, and what judges readiness itself, may
        do with such a pod.

        Raises:
            NotReadyError: it does not run, or was never placed.
            ClusterError: pods cannot be watched.
        """
        with self._lock:
            if name in self._given:
                return self._given[name]
        planned = self._planned(name)
        found = self._watches[planned.namespace].running(planned, deadline=self._deadline(planned))
        return self._handle(planned, found)

    def _deadline(self, planned: PlannedPod) -> float:
        limit = (
            self._patience.evidence_ready
            if planned.role is Role.EVIDENCE
            else self._patience.pod_ready[planned.userland]
        )
        return self._created + limit

    def _handle(self, planned: PlannedPod, found: ApiPod) -> Pod:
        self._roll_call.note(planned, found)
        return Pod(
            name=planned.name,
            namespace=planned.namespace,
            node=planned.node,
            platform=planned.platform,
            ip=found.status.pod_ip,
            ips=tuple(each.ip for each in found.status.pod_ips) or (found.status.pod_ip,),
            labels=found.metadata.labels,
            ports=tuple(
                ContainerPorts(name=c.name, http_port=c.http_port, udp_port=c.udp_port)
                for c in planned.containers
            ),
            transport=self._transport,
            userland=Userland(planned.userland),
        )

    def pods(self, *, platform: str | None = None, node: str | None = None) -> tuple[Pod, ...]:
        """Return the pods that serve: probes, peers and quiet ones, of a platform or node."""
        return tuple(
            self.pod(planned.name)
            for planned in self._deployment.plan.pods
            if planned.role in SERVING
            and platform in {None, planned.platform}
            and node in {None, planned.judged}
        )

    def evidence(self, node: str) -> Pod:
        """Return the evidence pod on the node of this name.

        Raises:
            NoEvidence: there is none on this node, and the cluster says why.
            NotReadyError: it did not become ready.
        """
        name = f"evidence-{node}"
        if self._deployment.denied:
            raise NoEvidence(
                f"evidence pods are not admitted - {self._deployment.denied}",
                next_step="allow privileged pods in the run's second namespace, or read this "
                "fact on the node and declare it with --facts",
            )
        if all(planned.name != name for planned in self._deployment.plan.pods):
            raise NoEvidence(
                f"{name} - none is made there: it can only be read on Linux so far",
                next_step="read this fact on the node and declare it with --facts",
            )
        try:
            return self.pod(name)
        except NotReadyError as error:
            self._see_that_its_folders_are_there(name, error)
            raise

    def _see_that_its_folders_are_there(self, name: str, error: NotReadyError) -> None:
        """Raise NoEvidence where the kubelet says that the node lacks what the pod is to show."""
        chosen = quote(f"involvedObject.kind=Pod,involvedObject.name={name}")
        try:
            told = self._cluster.get(
                f"/api/v1/namespaces/{self.privileged_namespace}/events?fieldSelector={chosen}"
            )
        except ClusterError:
            return  # what is not known is not absent: the pod is merely not ready
        for event in read(ApiEvents, told).items:
            if _NO_FOLDER in event.message:
                raise NoEvidence(
                    f"{name} - {event.message.strip()}",
                    next_step="this distribution keeps its CNI configuration elsewhere; declare "
                    "its plugin with --facts",
                ) from error

    def can_capture(self, node: str) -> bool:
        """Say whether the evidence pod on the node of this name has tcpdump."""
        return any(
            pod.captures
            for pod in self._deployment.plan.pods
            if pod.name == f"evidence-{node}" and not self._deployment.denied
        )

    def service(self, name: str, *, namespace: str | None = None) -> Service:
        """Return the Service of this name once its backends are ready."""
        planned = self._planned_service(name, namespace or self.namespace)
        address = self._deployment.services[f"{planned.namespace}/{planned.name}"]
        return Service(
            name=planned.name,
            namespace=planned.namespace,
            cluster_ip=address.cluster_ip,
            port=planned.port,
            udp_port=planned.udp[0] if planned.udp else None,
            node_port=address.node_port,
            backends=tuple(self.pod(backend) for backend in planned.backends),
            fqdn=f"{planned.name}.{planned.namespace}.svc.{self._inventory.cluster_domain}",
            selector=planned.selector,
            cluster=self._cluster,
        )

    def departed(self, seen: str) -> tuple[str, ...]:
        """Return what became of the given pods that an observation names, a sentence each."""
        return self._roll_call.departed(seen)

    def miss(self, before: ApiPod, now: ApiPod | None) -> None:
        """Note what became of a pod that a check made for itself, and is about to end."""
        self._roll_call.miss(before, now)

    def stop(self) -> None:
        """Follow the pods no more."""
        for watch in self._watches.values():
            watch.stop()

    def _planned(self, name: str) -> PlannedPod:
        try:
            return self._deployment.plan.pod(name)
        except KeyError:
            reasons = [
                reason
                for reason in self._deployment.plan.left_out
                if f"-{reason.partition(':')[0]}" in name
            ]
            raise NotReadyError(
                f"{name} - it was not placed - {'; '.join(reasons) or 'it is not planned'}",
                next_step="see `kubectl get nodes`; a node must be Ready and schedulable",
            ) from None

    def _planned_service(self, name: str, namespace: str) -> PlannedService:
        for planned in self._deployment.plan.services:
            if (planned.name, planned.namespace) == (name, namespace):
                return planned
        raise NotReadyError(
            f"{namespace}/{name} - there is no such Service in the fleet",
            next_step="see the fleet's plan (fleet.json of this run)",
        )


def node_under_test(  # noqa: PLR0913  # the parts of one handle
    judged: JudgedNode,
    *,
    inventory: Inventory,
    deployment: Deployment,
    fleet: DeployedFleet,
    cluster: Cluster,
    recorder: Recorder,
    patience: Patience,
) -> NodeUnderTest:
    """Return the handle of a judged node; nothing is awaited yet."""
    return NodeUnderTest(
        judged=judged,
        facts=inventory,
        fleet=fleet,
        cluster=cluster,
        recorder=recorder,
        peer_names=deployment.plan.peers(judged.id),
        other_node_names=other_node_peers(judged, inventory),
        patience=patience,
    )
