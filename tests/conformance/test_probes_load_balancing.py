"""Probes and claims of both load-balancing rows together, tried on proxies of every kind."""

import json
from dataclasses import replace

import pytest

from conformance.handles import NodeUnderTest
from conformance.probes import (
    empty_service,
    load_balancing,
    node_port,
    refusing_backend,
    scaling,
    source_address,
)
from tests.conformance.service_network import NODE, B, C, Proxy, ServiceNetwork
from verdicts.claims import kernel_mode, user_mode
from verdicts.findings import Finding
from verdicts.vocabulary import Protocol, Reply

pytestmark = pytest.mark.usefixtures("time_flies")


def user_findings(node: NodeUnderTest) -> dict[str, Finding]:
    reaches = user_mode.a_user_mode_proxy_reaches_exactly_the_backends
    return {
        "tcp": reaches(load_balancing.backends(node, protocol=Protocol.TCP)),
        "udp": reaches(load_balancing.backends(node, protocol=Protocol.UDP)),
        "round-robin": user_mode.a_user_mode_proxy_goes_round(load_balancing.rotation(node)),
        "empty": user_mode.a_user_mode_proxy_accepts_without_endpoints(
            empty_service.awaited(node)
        ),
        "refusing": user_mode.a_user_mode_proxy_masks_a_refusing_backend(
            refusing_backend.refusing_backend(node)
        ),
        "follow": user_mode.a_user_mode_proxy_follows_its_backends(scaling.scaling(node)),
        "node-port": user_mode.a_user_mode_proxy_serves_the_node_port(node_port.node_port(node)),
        "source": user_mode.a_user_mode_proxy_shows_a_node_as_the_client(
            source_address.source_address(node)
        ),
    }


def kernel_findings(node: NodeUnderTest) -> dict[str, Finding]:
    reaches = kernel_mode.a_kernel_mode_proxy_reaches_exactly_the_backends
    return {
        "tcp": reaches(load_balancing.backends(node, protocol=Protocol.TCP)),
        "udp": reaches(load_balancing.backends(node, protocol=Protocol.UDP)),
        "empty": kernel_mode.a_kernel_mode_proxy_completes_no_handshake_without_endpoints(
            empty_service.beside_a_live_one(node)
        ),
        "refusing": kernel_mode.a_kernel_mode_proxy_does_not_mask_a_refusing_backend(
            refusing_backend.refusing_backend(node)
        ),
        "follow": kernel_mode.a_kernel_mode_proxy_follows_its_backends(scaling.scaling(node)),
        "hairpin": kernel_mode.a_pod_reaches_itself_through_its_service(
            load_balancing.hairpin(node)
        ),
        "node-port": kernel_mode.a_kernel_mode_proxy_serves_the_node_port(
            node_port.node_port(node)
        ),
        "source": kernel_mode.a_kernel_mode_proxy_keeps_the_clients_address(
            source_address.source_address(node)
        ),
    }


def codes(findings: dict[str, Finding]) -> dict[str, str]:
    return {check: found.code for check, found in findings.items() if found.code != "pass"}


USERSPACE = Proxy(
    data_plane="userspace", order="in-turn", masks=True, empty=Reply.ANSWERED, source=NODE
)


WINUSERSPACE = replace(USERSPACE, data_plane="winuserspace", platform="windows-2016")


@pytest.mark.parametrize(
    ("proxy", "codes_in_user_mode"),
    [
        pytest.param(USERSPACE, {}, id="kube-proxy-userspace"),
        pytest.param(
            WINUSERSPACE,
            {},
            id="winuserspace",
        ),
        pytest.param(
            replace(WINUSERSPACE, dead=Reply.TIMED_OUT),
            {},
            id="behind-a-firewall-that-drops-instead-of-refusing",
        ),
        pytest.param(
            replace(WINUSERSPACE, settles_after=3),
            {},
            id="slow-to-open-its-sockets",
        ),
        pytest.param(
            replace(WINUSERSPACE, elsewhere=Reply.TIMED_OUT),
            {},
            id="ports-of-no-service-are-dropped",
        ),
        pytest.param(
            Proxy(),
            {
                "round-robin": "not-round-robin",
                "empty": "refused",
                "refusing": "not-masked",
                "source": "client-address",
            },
            id="nftables-taken-for-user-mode",
        ),
        pytest.param(
            Proxy(data_plane="ipvs", order="in-turn"),
            {"empty": "refused", "refusing": "not-masked", "source": "client-address"},
            id="ipvs-goes-round-too",
        ),
    ],
)
def test_a_proxy_judged_as_user_mode(proxy: Proxy, codes_in_user_mode: dict[str, str]) -> None:
    assert codes(user_findings(ServiceNetwork(proxy).node())) == codes_in_user_mode


def test_pods_whose_first_address_is_ipv6_are_asked_of_by_the_family_of_the_services() -> None:
    network = ServiceNetwork(Proxy(), ipv6_first=True)

    assert codes(kernel_findings(network.node())) == {}
    assert "fd00::" not in json.dumps(network.applied)


@pytest.mark.parametrize(
    ("proxy", "codes_in_kernel_mode"),
    [
        pytest.param(Proxy(), {}, id="kube-proxy-nftables"),
        pytest.param(Proxy(data_plane="iptables", settles_after=2), {}, id="eks-slow-to-program"),
        pytest.param(
            Proxy(data_plane="iptables", empty=Reply.TIMED_OUT), {}, id="kubernetes-before-1.14"
        ),
        pytest.param(Proxy(data_plane="ipvs", order="in-turn"), {}, id="ipvs-round-robin"),
        pytest.param(
            Proxy(data_plane="ipvs", order="first"),
            {
                "tcp": "one-backend-by-schedule",
                "udp": "one-backend-by-schedule",
                "refusing": "refusing-backend-unknown",
                "follow": "one-backend-by-schedule",
            },
            id="ipvs-source-hashing",
        ),
        pytest.param(
            Proxy(data_plane="cilium", empty=Reply.NOT_PERMITTED, elsewhere=Reply.TIMED_OUT),
            {},
            id="cilium-socket-lb",
        ),
        pytest.param(Proxy(data_plane="cilium", empty=Reply.UNREACHABLE), {}, id="cilium-icmp"),
        pytest.param(
            Proxy(
                data_plane="nftables",
                platform="windows-1709",
                empty=Reply.TIMED_OUT,
                source=NODE,
                masquerade_all=True,
            ),
            {"source": "reported-node-ip"},
            id="the-emulated-1709",
        ),
        pytest.param(
            Proxy(data_plane="kernelspace", platform="windows-2022", empty=Reply.TIMED_OUT),
            {"source": "reported-pod-ip"},
            id="windows-2022-with-dsr",
        ),
        pytest.param(
            Proxy(
                data_plane="kernelspace",
                platform="windows-2022",
                empty=Reply.TIMED_OUT,
                hairpins=False,
            ),
            {"source": "reported-pod-ip", "hairpin": "no-answer"},
            id="windows-2022-with-dsr-without-loopback-dsr",
        ),
        pytest.param(
            Proxy(
                data_plane="kernelspace",
                platform="windows-2019",
                empty=Reply.TIMED_OUT,
                dead=Reply.TIMED_OUT,
                source="10.244.0.2",
            ),
            {"source": "reported-node-ip"},
            id="windows-2019-on-an-overlay-with-a-firewall",
        ),
        pytest.param(
            Proxy(
                data_plane="kernelspace",
                platform="windows-1709",
                empty=Reply.TIMED_OUT,
                source=NODE,
                unreached=frozenset({B, C}),
            ),
            {
                "tcp": "no-answer",
                "udp": "no-answer",
                "follow": "no-answer",
                "node-port": "no-answer",
                "source": "no-answer",
            },
            id="windows-1709-without-kb4089848",
        ),
        pytest.param(
            Proxy(forgotten=frozenset({C})),
            {"tcp": "backend-missing", "udp": "backend-missing", "node-port": "no-answer"},
            id="a-backend-is-never-programmed",
        ),
        pytest.param(
            Proxy(follows=False), {"follow": "backend-kept"}, id="endpoints-are-never-updated"
        ),
        pytest.param(
            Proxy(mirrors=False),
            {"refusing": "not-programmed"},
            id="no-controller-mirrors-endpoints",
        ),
        pytest.param(
            Proxy(empty=Reply.ANSWERED, elsewhere=Reply.ANSWERED),
            {"empty": "anything-answers"},
            id="cluster-ips-escape-to-a-network-that-answers-every-syn",
        ),
        pytest.param(
            Proxy(node_port=Reply.TIMED_OUT, kubelet=Reply.TIMED_OUT),
            {"node-port": "node-not-reached"},
            id="a-firewall-between-the-nodes",
        ),
        pytest.param(
            Proxy(away_port=Reply.TIMED_OUT),
            {"node-port": "no-answer"},
            id="node-ports-lead-to-own-pods-alone",
        ),
        pytest.param(
            Proxy(node_port=Reply.REFUSED), {"node-port": "no-answer"}, id="no-node-port-here"
        ),
        pytest.param(
            Proxy(source=NODE), {"source": "node-address"}, id="cluster-cidr-is-set-wrong"
        ),
        pytest.param(
            Proxy(source=NODE, masquerade_all=True),
            {"source": "masquerade-all"},
            id="masquerade-all",
        ),
        pytest.param(
            USERSPACE,
            {"empty": "handshake-completed", "refusing": "masked", "source": "node-address"},
            id="user-mode-taken-for-kernel-mode",
        ),
    ],
)
def test_a_proxy_judged_as_kernel_mode(proxy: Proxy, codes_in_kernel_mode: dict[str, str]) -> None:
    assert codes(kernel_findings(ServiceNetwork(proxy).node())) == codes_in_kernel_mode


@pytest.mark.parametrize("seed", range(10))
def test_luck_never_changes_a_verdict(seed: int) -> None:
    assert codes(kernel_findings(ServiceNetwork(Proxy(), seed=seed).node())) == {}
