"""A pod on each node that is asked in every way, and the Service whose only backend it is."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from conformance import manifests
from conformance.batches import at_once
from conformance.errors import NotReadyError
from conformance.handles import NodeUnderTest, Pod
from conformance.objects import ApiService, read
from conformance.plan import LABEL, PlannedService
from conformance.probes.wire import ipv4
from conformance.sites import Site, sites_of
from verdicts.observations.directions import FlowEnd
from verdicts.vocabulary import Protocol

TCP_PORT: Final = 80
UDP_PORT: Final = 81


@dataclass(frozen=True, slots=True)
class Server:
    """A pod that is asked in every way, and the Service whose only backend it is."""

    pod: Pod
    end: FlowEnd
    cluster_ip: str
    node_ports: dict[Protocol, int]
    node_address: str
    fqdn: str

    def port(self, protocol: Protocol) -> int:
        """Return the port at which the pod itself serves this protocol."""
        first = self.pod.first
        return first.http_port if protocol is Protocol.TCP else first.udp_port or 0


def servers_of(node: NodeUnderTest) -> list[Server]:
    """Return a server of each node that pods are placed on, its Service made if it is not yet.

    Every worker asks for the same Services, so each may be there already.
    """
    sites = [site for site in sites_of(node.facts) if _is_ready(node, site)]
    return at_once(partial(_server, node, site) for site in sites)


def _is_ready(node: NodeUnderTest, site: Site) -> bool:
    """Tell whether the site's server can be asked; the judged node's own must be."""
    if site.node.name == node.judged.node.name:
        return True
    try:
        node.fleet.pod(site.peer(0))
    except NotReadyError:
        return False
    return True


def _server(node: NodeUnderTest, site: Site) -> Server:
    pod = node.fleet.pod(site.peer(0))
    planned = PlannedService(
        name=f"flow-{site.id}",
        namespace=pod.namespace,
        port=TCP_PORT,
        target=pod.first.http_port,
        udp=(UDP_PORT, pod.first.udp_port or 0),
        node_port=True,
    )
    node.cluster.label(pod.path, {f"{LABEL}/backs-{planned.name}": "true"})
    made = node.cluster.create(manifests.service(planned, run_id=node.fleet.run_id))
    spec = read(ApiService, made).spec
    return Server(
        pod=pod,
        end=FlowEnd(
            node=pod.node,
            platform=pod.platform,
            pod=pod.name,
            identity=pod.first.ask("hostname").body.strip(),
        ),
        cluster_ip=spec.cluster_ip,
        node_ports={
            Protocol(port.protocol.lower()): port.node_port
            for port in spec.ports
            if port.node_port
        },
        node_address=ipv4(site.node.internal_ips) or "",
        fqdn=f"{planned.name}.{pod.namespace}.svc.{node.facts.cluster_domain}",
    )
