"""How the API server's own Service is asked, and when pods of other nodes are asked as well."""

import pytest

from conformance.probes.api_server import api_server
from tests.conformance.service_network import API_SERVER, Proxy, ServiceNetwork
from verdicts.claims.kernel_mode import a_kernel_mode_proxy_leads_to_the_api_server
from verdicts.vocabulary import Outcome, Reply

pytestmark = pytest.mark.usefixtures("time_flies")


def test_an_api_server_that_answers_is_asked_once() -> None:
    seen = api_server(ServiceNetwork(Proxy()).node())

    assert (seen.address, seen.port) == (API_SERVER, 443)
    assert [request.answered for request in seen.requests] == [1]
    assert (seen.handshake, seen.elsewhere) == (None, ())


@pytest.mark.parametrize("reply", [Reply.TIMED_OUT, Reply.REFUSED, Reply.UNREACHABLE])
def test_where_pods_of_another_node_are_answered_this_one_is_to_blame(reply: Reply) -> None:
    seen = api_server(ServiceNetwork(Proxy(api_server=reply)).node(others=2))

    assert not seen.readiness.reached
    assert {each.node for each in seen.elsewhere} == {"node-1", "node-2"}
    assert a_kernel_mode_proxy_leads_to_the_api_server(seen).code == "no-answer"


def test_where_no_pod_gets_there_nobody_is_to_blame() -> None:
    forbidden = Proxy(api_server=Reply.TIMED_OUT, api_server_elsewhere=Reply.TIMED_OUT)

    seen = api_server(ServiceNetwork(forbidden).node())

    assert a_kernel_mode_proxy_leads_to_the_api_server(seen).code == "control-failed"


def test_an_api_server_that_closes_what_is_not_tls_is_not_waited_for() -> None:
    closing = Proxy(api_server=Reply.CLOSED, api_server_elsewhere=Reply.CLOSED)

    seen = api_server(ServiceNetwork(closing).node())

    assert seen.readiness.looks == 1
    assert seen.handshake is Reply.ANSWERED
    assert a_kernel_mode_proxy_leads_to_the_api_server(seen).outcome is Outcome.PASS
