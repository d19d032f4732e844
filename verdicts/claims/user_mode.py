"""Claims of the row user-mode load balancing, judged on nodes whose proxy runs in user mode.

None of them reads the proxy's mode: what a proxy was found to be may not judge it.
"""

from verdicts.claims.api_server import the_api_server_is_reached
from verdicts.claims.empty_service import accepts_and_closes
from verdicts.claims.load_balancing import connections_go_round, exactly_the_backends_answer
from verdicts.claims.node_port import node_port_answers
from verdicts.claims.refusing_backend import is_masked
from verdicts.claims.scaling import backends_follow
from verdicts.claims.source_address import a_node_is_seen
from verdicts.findings import Finding
from verdicts.observations.api_server import ApiServerSample
from verdicts.observations.load_balancing import (
    EmptyService,
    NodePortSample,
    RefusingBackend,
    Scaling,
    ServiceSample,
    SourceAddress,
)


def a_user_mode_proxy_reaches_exactly_the_backends(sample: ServiceSample) -> Finding:
    """Through the ClusterIP exactly the ready backends answer.

    https://kubernetes.io/docs/concepts/services-networking/service/
    """
    return exactly_the_backends_answer(sample)


def a_user_mode_proxy_goes_round(sample: ServiceSample) -> Finding:
    """New connections go to the backends in strict rotation.

    https://github.com/kubernetes/kubernetes/blob/v1.25.16/pkg/proxy/userspace/roundrobin.go
    """
    return connections_go_round(sample)


def a_user_mode_proxy_accepts_without_endpoints(seen: EmptyService) -> Finding:
    """The proxy owns the socket, so that it accepts before it looks for a backend.

    https://github.com/kubernetes/kubernetes/blob/v1.25.16/pkg/proxy/userspace/proxysocket.go
    """
    return accepts_and_closes(seen)


def a_user_mode_proxy_masks_a_refusing_backend(seen: RefusingBackend) -> Finding:
    """The proxy dials, and dials the next backend where one refuses.

    https://kubernetes.io/docs/reference/networking/virtual-ips/
    """
    return is_masked(seen)


def a_user_mode_proxy_follows_its_backends(seen: Scaling) -> Finding:
    """Added backends are reached, removed ones are not.

    https://kubernetes.io/docs/concepts/services-networking/service/
    """
    return backends_follow(seen)


def a_user_mode_proxy_serves_the_node_port(seen: NodePortSample) -> Finding:
    """The NodePort answers at the node's address.

    https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport
    """
    return node_port_answers(seen, by_process=True)


def a_user_mode_proxy_leads_to_the_api_server(seen: ApiServerSample) -> Finding:
    """The Service whose endpoint is no pod is reached as any other is.

    https://github.com/kubernetes/kubernetes/issues/79359
    """
    return the_api_server_is_reached(seen)


def a_user_mode_proxy_shows_a_node_as_the_client(seen: SourceAddress) -> Finding:
    """Backends see a node's address, not the client pod's.

    https://kubernetes.io/docs/reference/networking/virtual-ips/
    """
    return a_node_is_seen(seen)


CLAIMS = {
    claim.__name__: claim
    for claim in (
        a_user_mode_proxy_reaches_exactly_the_backends,
        a_user_mode_proxy_goes_round,
        a_user_mode_proxy_accepts_without_endpoints,
        a_user_mode_proxy_masks_a_refusing_backend,
        a_user_mode_proxy_follows_its_backends,
        a_user_mode_proxy_serves_the_node_port,
        a_user_mode_proxy_leads_to_the_api_server,
        a_user_mode_proxy_shows_a_node_as_the_client,
    )
}
