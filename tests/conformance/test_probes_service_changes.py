"""Probes and claims of Services that change, tried on proxies of every kind."""

import pytest

from conformance.probes import service_changes
from tests.conformance.service_network import Proxy, ServiceNetwork
from verdicts.claims.kernel_mode import (
    a_kernel_mode_proxy_forgets_the_last_endpoint,
    a_kernel_mode_proxy_keeps_services_apart,
)
from verdicts.vocabulary import Reply

DROPPING = Proxy(data_plane="winkernel", empty=Reply.TIMED_OUT, elsewhere=Reply.TIMED_OUT)


pytestmark = pytest.mark.usefixtures("time_flies")


def codes(network: ServiceNetwork) -> tuple[str, str]:
    node = network.node()
    shared, last = service_changes.shared_backends(node), service_changes.last_endpoint(node)
    return (
        a_kernel_mode_proxy_keeps_services_apart(shared).code,
        a_kernel_mode_proxy_forgets_the_last_endpoint(last).code,
    )


@pytest.mark.parametrize(
    ("proxy", "found"),
    [
        pytest.param(Proxy(), ("pass", "pass"), id="nftables"),
        pytest.param(DROPPING, ("pass", "pass"), id="winkernel"),
        pytest.param(Proxy(shares_policies=True), ("no-answer", "pass"), id="shared-policies"),
        pytest.param(
            Proxy(forgets_the_last=False), ("pass", "still-answers"), id="the-last-is-kept"
        ),
        pytest.param(Proxy(deletes=False), ("not-deleted", "pass"), id="deletions-do-not-arrive"),
        pytest.param(
            Proxy(empty=Reply.ANSWERED, elsewhere=Reply.REFUSED),
            ("pass", "handshake-completed"),
            id="userspace",
        ),
    ],
)
def test_services_that_change(proxy: Proxy, found: tuple[str, str]) -> None:
    assert codes(ServiceNetwork(proxy)) == found


def test_everything_is_changed_once_and_ends_as_it_began() -> None:
    network = ServiceNetwork(Proxy())

    codes(network)

    assert [manifest["kind"] for manifest in network.applied] == ["Service"]
    assert network.deleted == ["/api/v1/namespaces/netparity-test/services/beside-linux-kernel-0"]
    assert [value for _, labels in network.labelled for value in labels.values()] == [None, "true"]
    assert network.services["source"].backends == ["10.244.1.6"]
