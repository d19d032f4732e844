"""Claims of the row kernel-mode load balancing, judged on nodes whose proxy runs in kernel mode.

None of them reads the proxy's mode: what a proxy was found to be may not judge it. The data plane
is read only to excuse what that data plane is documented to do.
"""

from verdicts.claims.api_server import the_api_server_is_reached
from verdicts.claims.empty_service import completes_no_handshake
from verdicts.claims.load_balancing import exactly_the_backends_answer
from verdicts.claims.node_port import node_port_answers
from verdicts.claims.refusing_backend import is_not_masked
from verdicts.claims.scaling import backends_follow
from verdicts.claims.service_changes import nothing_answers_any_more, the_other_service_goes_on
from verdicts.claims.silence import silent_connections_go_on
from verdicts.claims.source_address import the_client_is_seen
from verdicts.findings import Finding
from verdicts.observations.api_server import ApiServerSample
from verdicts.observations.load_balancing import (
    EmptyService,
    LastEndpoint,
    NodePortSample,
    RefusingBackend,
    Scaling,
    ServiceSample,
    SharedBackends,
    SourceAddress,
)
from verdicts.observations.silence import SilentConnections


def a_kernel_mode_proxy_reaches_exactly_the_backends(sample: ServiceSample) -> Finding:
    """Through the ClusterIP exactly the ready backends answer.

    https://kubernetes.io/docs/concepts/services-networking/service/
    """
    return exactly_the_backends_answer(sample)


def a_kernel_mode_proxy_completes_no_handshake_without_endpoints(seen: EmptyService) -> Finding:
    """Nobody owns a socket, so that nobody can accept for a backend that is not there.

    https://github.com/kubernetes/kubernetes/pull/72534
    """
    return completes_no_handshake(seen)


def a_kernel_mode_proxy_does_not_mask_a_refusing_backend(seen: RefusingBackend) -> Finding:
    """A connection whose backend refuses fails: only userspace proxies try another one.

    https://kubernetes.io/docs/reference/networking/virtual-ips/
    """
    return is_not_masked(seen)


def a_kernel_mode_proxy_follows_its_backends(seen: Scaling) -> Finding:
    """Added backends are reached, removed ones are not.

    https://kubernetes.io/docs/concepts/services-networking/service/
    """
    return backends_follow(seen)


def a_pod_reaches_itself_through_its_service(sample: ServiceSample) -> Finding:
    """A pod that is its Service's only backend answers itself through the ClusterIP.

    https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/#a-pod-fails-to-reach-itself-via-the-service-ip
    """
    return exactly_the_backends_answer(sample, least=1)


def a_kernel_mode_proxy_serves_the_node_port(seen: NodePortSample) -> Finding:
    """The NodePort answers at the node's address.

    https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport
    """
    return node_port_answers(seen, by_process=False)


def a_kernel_mode_proxy_leads_to_the_api_server(seen: ApiServerSample) -> Finding:
    """The Service whose endpoint is no pod is reached as any other is.

    https://github.com/kubernetes/kubernetes/issues/79359
    """
    return the_api_server_is_reached(seen)


def a_kernel_mode_proxy_keeps_the_clients_address(seen: SourceAddress) -> Finding:
    """Backends see the client pod's address.

    https://kubernetes.io/docs/tutorials/services/source-ip/#source-ip-for-services-with-type-clusterip
    """
    return the_client_is_seen(seen)


def a_kernel_mode_proxy_keeps_services_apart(seen: SharedBackends) -> Finding:
    """Deleting one of two Services over the same pods leaves the other working.

    https://github.com/kubernetes/kubernetes/issues/76316
    """
    return the_other_service_goes_on(seen)


def a_kernel_mode_proxy_forgets_the_last_endpoint(seen: LastEndpoint) -> Finding:
    """A Service whose last endpoint went no longer answers.

    Its policy was kept by some builds of Windows Server 2019:
    https://github.com/kubernetes/kubernetes/issues/137530
    """
    return nothing_answers_any_more(seen)


def a_kernel_mode_proxy_remembers_a_silent_connection(seen: SilentConnections) -> Finding:
    """Connections that are silent for some seconds are not forgotten.

    https://github.com/kubernetes/kubernetes/issues/80298
    """
    return silent_connections_go_on(seen)


CLAIMS = {
    claim.__name__: claim
    for claim in (
        a_kernel_mode_proxy_reaches_exactly_the_backends,
        a_kernel_mode_proxy_completes_no_handshake_without_endpoints,
        a_kernel_mode_proxy_does_not_mask_a_refusing_backend,
        a_kernel_mode_proxy_follows_its_backends,
        a_pod_reaches_itself_through_its_service,
        a_kernel_mode_proxy_serves_the_node_port,
        a_kernel_mode_proxy_leads_to_the_api_server,
        a_kernel_mode_proxy_keeps_the_clients_address,
        a_kernel_mode_proxy_keeps_services_apart,
        a_kernel_mode_proxy_forgets_the_last_endpoint,
        a_kernel_mode_proxy_remembers_a_silent_connection,
    )
}
