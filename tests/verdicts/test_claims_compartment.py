"""Every code and branch of the row shared-compartment, as tables of what was seen."""

from itertools import permutations

import pytest

from verdicts.claims.compartment import (
    a_second_bind_clashes,
    every_container_has_the_pods_addresses,
    every_pair_answers_on_loopback,
    every_port_answers_on_the_pod_ip,
)
from verdicts.observations.attempts import Attempts, Failure
from verdicts.observations.compartment import (
    Ask,
    Bind,
    BindAttempt,
    Loopback,
    PortConflict,
    PortConflicts,
    PortsOnPodIp,
)
from verdicts.observations.interfaces import ContainerInterfaces, InterfaceAddress, PodInterfaces
from verdicts.vocabulary import Outcome, Protocol, Reply

PORTS = {"a": 8080, "b": 8090, "c": 8100}
TEXTS = {
    Reply.REFUSED: "dial tcp 127.0.0.1:8090: connect: connection refused",
    Reply.TIMED_OUT: "context deadline exceeded (Client.Timeout exceeded)",
    Reply.CLOSED: "read udp: connection reset by peer",
    Reply.NOT_PERMITTED: "connect: operation not permitted",
    Reply.OTHER: "malformed HTTP response",
    Reply.UNRESOLVED: "lookup localhost: no such host",
}


def ask(
    client: str,
    server: str,
    outcome: str | Reply = "probe",
    address: str = "127.0.0.1",
    protocol: Protocol = Protocol.TCP,
) -> Ask:
    """One try: an answer where `outcome` is a text, else that kind of reply."""
    failed = isinstance(outcome, Reply)
    return Ask(
        client=client,
        server=server,
        attempts=Attempts(
            client=f"probe/{client}",
            address=address,
            port=PORTS[server],
            protocol=protocol,
            tries=1,
            answers=() if failed else (outcome,),
            failures=(Failure(reply=outcome, detail=TEXTS[outcome]),) if failed else (),
        ),
    )


def loopback(
    default: str | Reply = "probe",
    own: dict[str, str | Reply] | None = None,
    pairs: dict[str, str | Reply] | None = None,
) -> Loopback:
    """Three containers; `pairs` and `own` name the ones that differ from the default."""
    own, pairs = own or {}, pairs or {}
    return Loopback(
        pod="probe",
        protocol=Protocol.TCP,
        own=tuple(ask(name, name, own.get(name, "probe")) for name in PORTS),
        crossed=tuple(
            ask(client, server, pairs.get(client + server, default))
            for client, server in permutations(PORTS, 2)
        ),
    )


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(loopback(), Outcome.PASS, "pass", id="all-answer"),
        pytest.param(
            loopback(
                own={"a": "WIN-A", "b": "WIN-B", "c": "WIN-C"},
                pairs={
                    client + server: f"WIN-{server.upper()}"
                    for client, server in permutations("abc", 2)
                },
            ),
            Outcome.PASS,
            "pass",
            id="a-hostname-a-container",
        ),
        pytest.param(loopback(Reply.REFUSED), Outcome.FAIL, "refused", id="2016"),
        pytest.param(loopback(Reply.TIMED_OUT), Outcome.FAIL, "timed-out", id="dropped"),
        pytest.param(loopback(Reply.NOT_PERMITTED), Outcome.FAIL, "not-permitted", id="forbidden"),
        pytest.param(loopback(Reply.CLOSED), Outcome.FAIL, "closed", id="closed"),
        pytest.param(
            loopback(Reply.REFUSED, pairs={"ab": Reply.TIMED_OUT}),
            Outcome.FAIL,
            "mixed",
            id="two-kinds-are-not-2016",
        ),
        pytest.param(
            loopback(pairs={"ab": Reply.REFUSED, "cb": Reply.REFUSED}),
            Outcome.FAIL,
            "some-refused",
            id="one-container-apart-is-not-2016",
        ),
        pytest.param(
            loopback(pairs={"ab": Reply.REFUSED, "cb": Reply.CLOSED}),
            Outcome.FAIL,
            "some-mixed",
            id="one-container-apart-in-two-ways",
        ),
        pytest.param(
            loopback(pairs={"ab": "somebody"}), Outcome.FAIL, "other-answer", id="a-strangers-port"
        ),
        pytest.param(
            loopback(Reply.REFUSED, own={"b": Reply.REFUSED}),
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="a-dead-server-refuses-too",
        ),
        pytest.param(
            loopback(Reply.OTHER), Outcome.INCONCLUSIVE, "unreadable-reply", id="unknown-text"
        ),
        pytest.param(
            loopback(Reply.REFUSED, pairs={"ab": Reply.UNRESOLVED}),
            Outcome.INCONCLUSIVE,
            "unreadable-reply",
            id="no-name-was-asked",
        ),
        pytest.param(
            loopback().model_copy(update={"crossed": loopback().crossed[:5]}),
            Outcome.INCONCLUSIVE,
            "no-pair",
            id="a-pair-was-not-asked",
        ),
        pytest.param(
            Loopback(pod="probe", protocol=Protocol.TCP, own=(ask("a", "a"),), crossed=()),
            Outcome.INCONCLUSIVE,
            "no-pair",
            id="one-container",
        ),
    ],
)
def test_pairs_on_loopback(observation: Loopback, outcome: Outcome, code: str) -> None:
    finding = every_pair_answers_on_loopback(observation)

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen


def test_a_refusal_names_each_pair_and_its_kind() -> None:
    finding = every_pair_answers_on_loopback(loopback(pairs={"ab": Reply.REFUSED}))

    assert finding.facts["replies"] == {"a to b": "refused"}
    assert (finding.facts["pairs"], finding.facts["answered"]) == (6, 5)
    assert finding.seen == "1 of 6 pairs get refused on 127.0.0.1"


def test_answers_that_agnhost_forgot_are_not_a_stranger() -> None:
    forgotten = Attempts(
        client="a",
        address="127.0.0.1",
        port=8080,
        protocol=Protocol.TCP,
        tries=2,
        failures=(Failure(reply=Reply.TIMED_OUT, detail=TEXTS[Reply.TIMED_OUT]),),
    )
    observation = loopback()
    own = (Ask(client="a", server="a", attempts=forgotten), *observation.own[1:])

    finding = every_pair_answers_on_loopback(observation.model_copy(update={"own": own}))

    assert finding.outcome is Outcome.PASS


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


def ports(
    outcomes: dict[str, dict[str, str | Reply]], own: dict[str, str | Reply] | None = None
) -> PortsOnPodIp:
    """Outcomes by address and container; containers not named answer."""
    own = own or {}
    return PortsOnPodIp(
        pod="probe",
        peer="peer-0",
        own=tuple(ask(name, name, own.get(name, "probe")) for name in PORTS),
        peered=tuple(
            ask("peer-0", name, seen.get(name, "probe"), address)
            for address, seen in outcomes.items()
            for name in PORTS
        ),
    )


NOBODY = dict.fromkeys(PORTS, Reply.TIMED_OUT)


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(ports({"10.244.0.5": {}}), Outcome.PASS, "pass", id="all-answer"),
        pytest.param(
            ports({"10.244.0.5": {}, "fd00::5": {}}), Outcome.PASS, "pass", id="dual-stack"
        ),
        pytest.param(
            ports({"10.244.0.5": {"b": Reply.REFUSED, "c": Reply.REFUSED}}),
            Outcome.FAIL,
            "refused",
            id="2016",
        ),
        pytest.param(
            ports({"10.244.0.5": {"b": Reply.REFUSED, "c": Reply.CLOSED}}),
            Outcome.FAIL,
            "mixed",
            id="two-kinds",
        ),
        pytest.param(
            ports({"10.244.0.5": {"b": Reply.TIMED_OUT, "c": Reply.TIMED_OUT}}),
            Outcome.INCONCLUSIVE,
            "filtered-port",
            id="a-firewall-that-lets-one-port-pass",
        ),
        pytest.param(
            ports({"10.244.0.5": {"b": "somebody"}}), Outcome.FAIL, "other-answer", id="a-stranger"
        ),
        pytest.param(
            ports({"10.244.0.5": {"b": Reply.REFUSED}, "fd00::5": NOBODY}),
            Outcome.FAIL,
            "refused",
            id="a-closed-family-hides-no-refusal",
        ),
        pytest.param(
            ports({"10.244.0.5": NOBODY}),
            Outcome.INCONCLUSIVE,
            "peer-cannot-reach-pod",
            id="a-firewall-before-the-pod",
        ),
        pytest.param(
            ports({"10.244.0.5": {}, "fd00::5": NOBODY}),
            Outcome.INCONCLUSIVE,
            "peer-cannot-reach-pod",
            id="one-family-is-closed",
        ),
        pytest.param(
            ports({"10.244.0.5": {"b": Reply.OTHER}}),
            Outcome.INCONCLUSIVE,
            "unreadable-reply",
            id="unknown-text",
        ),
        pytest.param(
            ports({"10.244.0.5": {"b": Reply.REFUSED}}, own={"b": Reply.REFUSED}),
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="a-dead-server",
        ),
        pytest.param(ports({}), Outcome.INCONCLUSIVE, "no-pair", id="nothing-asked"),
    ],
)
def test_ports_on_the_pod_ip(observation: PortsOnPodIp, outcome: Outcome, code: str) -> None:
    finding = every_port_answers_on_the_pod_ip(observation)

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen


def test_a_silent_port_is_named() -> None:
    finding = every_port_answers_on_the_pod_ip(ports({"10.244.0.5": {"c": Reply.REFUSED}}))

    assert finding.facts["answered"] == ["a", "b"]
    assert finding.facts["silent"] == ["c"]
    assert finding.seen == "peer-0 gets refused on the pod IP from c"


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
