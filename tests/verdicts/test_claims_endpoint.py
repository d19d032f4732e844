"""Every code and branch of the row single-endpoint, as tables of what was seen."""

import pytest

from tests.verdicts.endpoints import ETH0_V4, container
from verdicts.claims.endpoint import (
    every_container_has_one_address,
    every_container_has_one_default_route,
)
from verdicts.observations.interfaces import (
    ContainerInterfaces,
    DefaultRoute,
    PodInterfaces,
)
from verdicts.vocabulary import Outcome

ETH1_V4 = DefaultRoute(family=4, interface="eth1", gateways=("172.20.0.1",))


ETH0_V6 = DefaultRoute(family=6, interface="eth0", gateways=("fe80::1",))


def pod(*containers: ContainerInterfaces, ips: tuple[str, ...] = ("10.244.0.5",)) -> PodInterfaces:
    return PodInterfaces(pod="probe", pod_ips=ips, containers=containers)


def alike(*addresses: str, routes: tuple[DefaultRoute, ...] = (ETH0_V4,)) -> PodInterfaces:
    return pod(*(container(name, *addresses, routes=routes) for name in "abc"))


DUAL = ("eth0 10.244.0.5/24", "eth0 fd00::5/64")


DUAL_IPS = ("10.244.0.5", "fd00::5")


TWO_ENDPOINTS = pod(
    container("a", "eth0 10.244.0.5/24", "eth1 172.20.0.2/24", routes=(ETH1_V4,)),
    container("b", "eth0 10.244.0.6/24", "eth1 172.20.0.3/24", routes=(ETH1_V4,)),
)


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(alike("eth0 10.244.0.5/24"), Outcome.PASS, "pass", id="one-address"),
        pytest.param(
            alike("eth0 10.244.0.5/24", "eth0 fe80::1/64"),
            Outcome.PASS,
            "pass",
            id="link-local-v6",
        ),
        pytest.param(
            alike("eth0 10.244.0.5/24", "eth0 169.254.169.254/32"),
            Outcome.PASS,
            "pass",
            id="windows-1709-with-a-link-local-v4",
        ),
        pytest.param(
            alike("eth0 10.244.0.5/24", "v6if0 fd00::ac:8/118"),
            Outcome.PASS,
            "pass",
            id="eks-ipv4-with-ipv6-egress",
        ),
        pytest.param(
            pod(
                container("a", "eth0 2001:db8::8/128", "v4if0 169.254.172.2/22"),
                ips=("2001:db8::8",),
            ),
            Outcome.PASS,
            "pass",
            id="eks-ipv6-with-ipv4-egress",
        ),
        pytest.param(
            alike("eth0 10.244.0.5/24", "eth0 2001:db8::1/64", "eth0 2001:db8::d15c:4a7e:99:1/64"),
            Outcome.PASS,
            "pass",
            id="advertised-addresses-of-a-family-that-the-pod-lacks",
        ),
        pytest.param(
            alike("eth0 10.244.0.5/32", "eth0 10.244.0.5/24"),
            Outcome.PASS,
            "pass",
            id="one-address-listed-twice",
        ),
        pytest.param(
            pod(container("a", *DUAL), ips=DUAL_IPS), Outcome.PASS, "pass", id="dual-stack"
        ),
        pytest.param(TWO_ENDPOINTS, Outcome.FAIL, "second-address", id="2016"),
        pytest.param(
            alike("eth0 10.244.0.5/24", "eth0 10.244.0.77/24"),
            Outcome.FAIL,
            "second-address",
            id="two-on-one-interface",
        ),
        pytest.param(
            pod(
                container("a", "eth0 10.244.0.5/24"),
                container("b", "eth0 10.244.0.5/24", "eth1 172.20.0.2/24"),
            ),
            Outcome.FAIL,
            "second-address",
            id="in-the-last-container-only",
        ),
        pytest.param(
            pod(container("a", *DUAL, "eth1 fd01::5/64"), ips=DUAL_IPS),
            Outcome.FAIL,
            "second-address",
            id="in-the-second-family",
        ),
        pytest.param(
            pod(container("a", "eth0 10.244.0.5/24"), container("b")),
            Outcome.FAIL,
            "no-address",
            id="a-container-without-network",
        ),
        pytest.param(
            pod(container("a", "eth0 10.244.0.5/24"), ips=DUAL_IPS),
            Outcome.FAIL,
            "no-address",
            id="the-second-family-is-missing",
        ),
        pytest.param(
            pod(
                container("a", "eth0 10.244.0.5/24", "eth1 172.20.0.2/24"),
                container("b"),
            ),
            Outcome.FAIL,
            "no-address",
            id="none-outweighs-two",
        ),
        pytest.param(
            pod(container("a", "eth0 10.244.0.5/24"), ips=()),
            Outcome.INCONCLUSIVE,
            "no-pod-ip",
            id="the-api-shows-no-pod-ip",
        ),
    ],
)
def test_addresses_of_an_endpoint(observation: PodInterfaces, outcome: Outcome, code: str) -> None:
    finding = every_container_has_one_address(observation)

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen


def test_the_facts_of_two_endpoints_say_which_is_which() -> None:
    facts = every_container_has_one_address(TWO_ENDPOINTS).facts

    assert facts["default_route_address"] == "172.20.0.2"
    assert facts["pod_ip"] == "10.244.0.5"
    assert facts["endpoints"] == ["10.244.0.5", "172.20.0.2"]
    assert facts["outside"] == ["172.20.0.2"]


@pytest.mark.parametrize(
    ("routes", "address"),
    [
        pytest.param((), "", id="no-route"),
        pytest.param((ETH0_V6,), "", id="a-route-of-the-other-family"),
        pytest.param(
            (ETH0_V4.model_copy(update={"source": "10.244.0.77"}),),
            "10.244.0.77",
            id="the-route-names-its-source",
        ),
    ],
)
def test_the_default_routes_address_is_the_one_on_its_interface(
    routes: tuple[DefaultRoute, ...], address: str
) -> None:
    observation = alike("eth0 10.244.0.5/24", "eth0 10.244.0.77/24", routes=routes)

    assert every_container_has_one_address(observation).facts["default_route_address"] == address


def test_a_pod_ip_that_no_container_has_is_not_claimed() -> None:
    observation = pod(
        container("a", "eth0 10.1.0.1/24"),
        container("b", "eth0 10.1.0.2/24", "eth1 172.20.0.2/24"),
    )

    facts = every_container_has_one_address(observation).facts

    assert (facts["pod_ip"], facts["outside"]) == ("", [])
    assert facts["endpoints"] == ["10.1.0.2", "172.20.0.2"]


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(alike("eth0 10.244.0.5/24"), Outcome.PASS, "pass", id="one-route"),
        pytest.param(
            alike(
                "eth0 10.244.0.5/24",
                routes=(
                    DefaultRoute(
                        family=4, interface="eth0", gateways=("10.244.0.1", "10.244.0.2")
                    ),
                ),
            ),
            Outcome.PASS,
            "pass",
            id="two-next-hops-of-one-route",
        ),
        pytest.param(
            alike("eth0 10.244.0.5/32", routes=(DefaultRoute(family=4, interface="eth0"),)),
            Outcome.PASS,
            "pass",
            id="without-gateway",
        ),
        pytest.param(
            alike(
                "eth0 10.244.0.5/24",
                routes=(ETH0_V4, ETH0_V6, ETH1_V4.model_copy(update={"family": 6})),
            ),
            Outcome.PASS,
            "pass",
            id="advertised-routes-of-a-family-that-the-pod-lacks",
        ),
        pytest.param(
            pod(container("a", *DUAL, routes=(ETH0_V4, ETH0_V6, ETH0_V6)), ips=DUAL_IPS),
            Outcome.PASS,
            "pass",
            id="one-router-configured-and-advertised",
        ),
        pytest.param(
            TWO_ENDPOINTS, Outcome.PASS, "pass", id="2016-leaves-by-one-of-its-endpoints"
        ),
        pytest.param(
            alike("eth0 10.244.0.5/24", "eth1 172.20.0.2/24", routes=(ETH0_V4, ETH1_V4)),
            Outcome.FAIL,
            "second-default-route",
            id="two-ways-out",
        ),
        pytest.param(
            pod(
                container(
                    "a",
                    *DUAL,
                    routes=(
                        ETH0_V4,
                        ETH0_V6,
                        ETH0_V6.model_copy(update={"gateways": ("fe80::2",)}),
                    ),
                ),
                ips=DUAL_IPS,
            ),
            Outcome.FAIL,
            "second-default-route",
            id="two-routers-of-ipv6",
        ),
        pytest.param(
            alike("eth0 10.244.0.5/24", routes=()), Outcome.FAIL, "no-default-route", id="none"
        ),
        pytest.param(
            pod(container("a", *DUAL), ips=DUAL_IPS),
            Outcome.FAIL,
            "no-default-route",
            id="none-in-the-second-family",
        ),
        pytest.param(
            pod(
                container("a", "eth0 10.244.0.5/24", routes=(ETH0_V4, ETH1_V4)),
                container("b", "eth0 10.244.0.5/24", routes=()),
            ),
            Outcome.FAIL,
            "no-default-route",
            id="none-outweighs-two",
        ),
        pytest.param(
            pod(container("a", "eth0 10.244.0.5/24"), ips=()),
            Outcome.INCONCLUSIVE,
            "no-pod-ip",
            id="the-api-shows-no-pod-ip",
        ),
    ],
)
def test_default_routes_of_an_endpoint(
    observation: PodInterfaces, outcome: Outcome, code: str
) -> None:
    finding = every_container_has_one_default_route(observation)

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen
