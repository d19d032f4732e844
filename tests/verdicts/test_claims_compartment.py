"""Every code and branch of the row shared-compartment, as tables of what was seen."""

import pytest

from tests.verdicts.compartments import PORTS, ask
from verdicts.claims.compartment import (
    a_second_bind_clashes,
    every_container_has_the_pods_addresses,
)
from verdicts.observations.compartment import Bind, BindAttempt, PortConflict, PortConflicts
from verdicts.observations.interfaces import ContainerInterfaces, InterfaceAddress, PodInterfaces
from verdicts.vocabulary import Outcome, Reply


def container(name: str, *addresses: str) -> ContainerInterfaces:
    """Addresses as `address/prefix`, each on an interface of its own."""
    return ContainerInterfaces(
        container=name,
        addresses=tuple(
            InterfaceAddress(
                interface=f"eth{number}",
                address=address.rpartition("/")[0],
                prefix=int(address.rpartition("/")[2]),
            )
            for number, address in enumerate(("127.0.0.1/8", *addresses))
        ),
    )


def pod(*containers: ContainerInterfaces, ips: tuple[str, ...] = ("10.244.0.5",)) -> PodInterfaces:
    return PodInterfaces(pod="probe", pod_ips=ips, containers=containers)


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(
            pod(*(container(name, "10.244.0.5/24") for name in PORTS)),
            Outcome.PASS,
            "pass",
            id="one-address-shared",
        ),
        pytest.param(
            pod(*(container(name, "172.20.0.9/24", "10.244.0.5/24") for name in PORTS)),
            Outcome.PASS,
            "pass",
            id="a-second-endpoint-in-one-compartment-is-the-endpoint-rows",
        ),
        pytest.param(
            pod(
                *(container(name, "10.244.0.5/24", "fd00:0:0::5/64") for name in PORTS),
                ips=("10.244.0.5", "fd00::5"),
            ),
            Outcome.PASS,
            "pass",
            id="dual-stack-in-another-spelling",
        ),
        pytest.param(
            pod(
                container("a", "10.244.0.5/24", "fe80::1/64"),
                container("b", "10.244.0.5/24", "fe80::1/64", "169.254.169.254/32"),
            ),
            Outcome.PASS,
            "pass",
            id="link-local-addresses-do-not-count",
        ),
        pytest.param(
            pod(
                container("a", "10.244.0.5/24"),
                container("b", "10.244.0.5/24", "2001:db8::5054:ff:fe12:3456/64"),
            ),
            Outcome.PASS,
            "pass",
            id="an-advertised-address-that-came-between-two-questions",
        ),
        pytest.param(
            pod(
                *(container(name, "169.254.12.7/32") for name in PORTS),
                ips=("169.254.12.7",),
            ),
            Outcome.PASS,
            "pass",
            id="a-link-local-pod-ip-is-still-found",
        ),
        pytest.param(
            pod(
                container("a", "172.20.0.2/24", "10.244.0.5/24"),
                container("b", "172.20.0.3/24", "10.244.0.6/24"),
                container("c", "172.20.0.4/24", "10.244.0.7/24"),
            ),
            Outcome.FAIL,
            "other-address",
            id="2016",
        ),
        pytest.param(
            pod(container("a", "10.244.0.5/24"), container("b")),
            Outcome.FAIL,
            "other-address",
            id="a-container-without-network",
        ),
        pytest.param(
            pod(
                container("a", "10.244.0.5/24", "fd00::5/64"),
                container("b", "10.244.0.5/24", "fd00::6/64"),
                ips=("10.244.0.5", "fd00::5"),
            ),
            Outcome.FAIL,
            "other-address",
            id="apart-in-the-second-family",
        ),
        pytest.param(
            pod(*(container(name, "192.168.7.2/24") for name in PORTS)),
            Outcome.FAIL,
            "pod-ip-absent",
            id="one-address-that-is-not-the-pods",
        ),
        pytest.param(
            pod(
                *(container(name, "10.244.0.5/24") for name in PORTS),
                ips=("10.244.0.5", "fd00::5"),
            ),
            Outcome.FAIL,
            "pod-ip-absent",
            id="the-second-familys-pod-ip-is-nowhere",
        ),
        pytest.param(
            pod(container("a", "10.244.0.5/24"), container("b", "10.244.0.5/24"), ips=()),
            Outcome.INCONCLUSIVE,
            "no-pod-ip",
            id="the-api-shows-no-pod-ip",
        ),
        pytest.param(
            pod(container("a", "10.244.0.5/24")),
            Outcome.INCONCLUSIVE,
            "no-pair",
            id="one-container",
        ),
    ],
)
def test_addresses_of_containers(observation: PodInterfaces, outcome: Outcome, code: str) -> None:
    finding = every_container_has_the_pods_addresses(observation)

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen


def test_one_address_stands_for_each_compartment() -> None:
    finding = every_container_has_the_pods_addresses(
        pod(
            container("a", "172.20.0.2/24", "10.244.0.5/24"),
            container("b", "172.20.0.3/24", "10.244.0.6/24"),
            container("c"),
        )
    )

    assert finding.facts["addresses"] == {"a": "10.244.0.5", "b": "10.244.0.6", "c": ""}
    assert finding.facts["address_sets"] == {
        "a": ["172.20.0.2", "10.244.0.5"],
        "b": ["172.20.0.3", "10.244.0.6"],
        "c": [],
    }


def conflict(
    taken: Bind, free: Bind = Bind.BOUND, own: str | Reply = "probe", *, container: str = "b"
) -> PortConflict:
    return PortConflict(
        container=container,
        holder="a",
        own=ask("a", "a", own).attempts,
        taken=BindAttempt(port=8080, bind=taken, detail="listen tcp :8080: bind: ..."),
        free=BindAttempt(port=8180, bind=free, detail="open /nonexistent: no such file"),
    )


IN_USE = conflict(Bind.IN_USE, container="c")


@pytest.mark.parametrize(
    ("conflicts", "outcome", "code"),
    [
        pytest.param([conflict(Bind.IN_USE)], Outcome.PASS, "pass", id="in-use"),
        pytest.param([conflict(Bind.BOUND)], Outcome.FAIL, "bound-twice", id="2016"),
        pytest.param([IN_USE, conflict(Bind.BOUND)], Outcome.FAIL, "bound-twice", id="one-of-two"),
        pytest.param(
            [conflict(Bind.OTHER), conflict(Bind.BOUND)],
            Outcome.FAIL,
            "bound-twice",
            id="one-of-two-is-unclear",
        ),
        pytest.param([], Outcome.INCONCLUSIVE, "no-pair", id="nobody"),
        pytest.param(
            [IN_USE, conflict(Bind.OTHER)], Outcome.INCONCLUSIVE, "bind-unclear", id="unclear"
        ),
        pytest.param(
            [conflict(Bind.IN_USE, free=Bind.IN_USE)],
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="the-free-port-is-taken-too",
        ),
        pytest.param(
            [conflict(Bind.IN_USE, free=Bind.OTHER)],
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="nothing-can-be-bound",
        ),
        pytest.param(
            [conflict(Bind.BOUND, own=Reply.REFUSED)],
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="nobody-holds-the-port",
        ),
    ],
)
def test_a_second_bind(conflicts: list[PortConflict], outcome: Outcome, code: str) -> None:
    finding = a_second_bind_clashes(PortConflicts(pod="probe", conflicts=tuple(conflicts)))

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen
