"""Where the cluster's DNS Service sends requests, as the API tells it."""

from conformance.cluster import Cluster
from conformance.errors import NotReadyError
from conformance.objects import ApiService, read
from conformance.probes.endpoints import slices_behind

_USUAL_NAMESPACE = "kube-system"
_DNS_PORT = 53


def dns_backend(cluster: Cluster, cluster_ip: str) -> tuple[str, int]:
    """Return the address and UDP port of a ready pod behind the DNS Service.

    Raises:
        NotReadyError: no Service has that ClusterIP, or nothing is ready behind it over UDP.
        ClusterError: the API refused to tell.
    """
    service = _service(cluster, cluster_ip)
    listening = sorted(
        (address, port.port)
        for found in slices_behind(
            cluster, namespace=service.metadata.namespace, name=service.metadata.name
        )
        for port in found.ports or ()
        if port.protocol == "UDP" and port.port
        for address in found.ready_addresses
    )
    if listening:
        return listening[0]
    raise NotReadyError(
        f"nothing is ready over UDP behind {service.metadata.name} ({cluster_ip})",
        next_step="see the cluster's DNS pods",
    )


def serves_tcp(cluster: Cluster, cluster_ip: str) -> bool:
    """Say whether the DNS Service has a TCP port 53.

    Raises:
        NotReadyError: no Service has that ClusterIP.
        ClusterError: the API refused to tell.
    """
    ports = _service(cluster, cluster_ip).spec.ports
    return any(port.protocol == "TCP" and port.port == _DNS_PORT for port in ports)


def _service(cluster: Cluster, cluster_ip: str) -> ApiService:
    for path in (f"/api/v1/namespaces/{_USUAL_NAMESPACE}/services", "/api/v1/services"):
        for found in cluster.list(path):
            service = read(ApiService, found)
            if service.spec.cluster_ip == cluster_ip:
                return service
    raise NotReadyError(
        f"no Service has the ClusterIP {cluster_ip}, which the cluster's DNS is said to have",
        next_step="see the kubelets' clusterDNS and the Services of kube-system",
    )
