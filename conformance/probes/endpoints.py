"""The API's own list of a Service's endpoints, and an Endpoints object made by hand."""

from collections.abc import Mapping, Sequence

from conformance.cluster import Cluster
from conformance.handles import Pod, Service
from conformance.manifests import service_of
from conformance.objects import JsonObject, read
from conformance.slices import ApiEndpointSlice


def slices_behind(cluster: Cluster, *, namespace: str, name: str) -> list[ApiEndpointSlice]:
    """Return the EndpointSlices of the Service with this name."""
    slices = cluster.list(
        f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices",
        selector=f"kubernetes.io/service-name={name}",
    )
    return [read(ApiEndpointSlice, found) for found in slices]


def ready_addresses(cluster: Cluster, service: Service) -> tuple[str, ...]:
    """Return the addresses that the API lists as ready behind a Service, sorted."""
    slices = slices_behind(cluster, namespace=service.namespace, name=service.name)
    return tuple(sorted({address for found in slices for address in found.ready_addresses}))


def alike(service: Service, name: str, *, run_id: str) -> JsonObject:
    """Return another Service of this name with the same TCP port and backends.

    Raises:
        ValueError: the Service selects nothing.
    """
    if service.selector is None:
        raise ValueError(f"{service} selects nothing, by design")
    key, value = service.selector
    target = service.backends[0].first.http_port
    spec: JsonObject = {
        "ports": [{"name": "http", "protocol": "TCP", "port": service.port, "targetPort": target}],
        "selector": {key: value},
    }
    return service_of(name, service.namespace, spec, run_id=run_id)


def by_hand(
    name: str,
    namespace: str,
    *,
    run_id: str,
    backends: Sequence[Pod],
    ports: Mapping[int, int],
) -> tuple[JsonObject, JsonObject]:
    """Return a Service without a selector, and the Endpoints object of the same name.

    `ports` maps the Service's TCP ports to those of the backends. Endpoints and not slices:
    proxies in user mode know nothing else, and the control plane mirrors it into slices for the
    others (https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#endpointslice-mirroring).
    """
    service = service_of(
        name,
        namespace,
        {
            "ports": [
                {"name": f"to-{target}", "protocol": "TCP", "port": port, "targetPort": target}
                for port, target in ports.items()
            ],
        },
        run_id=run_id,
    )
    endpoints: JsonObject = {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": service["metadata"],
        "subsets": [
            {
                "addresses": [{"ip": pod.service_ip, "nodeName": pod.node} for pod in backends],
                "ports": [
                    {"name": f"to-{target}", "protocol": "TCP", "port": target}
                    for target in ports.values()
                ],
            }
        ],
    }
    return service, endpoints
