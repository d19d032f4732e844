"""The DNS probes, tried on pods whose name servers and proxies are tables."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest

from conformance.containers import Container, ContainerPorts, HttpAnswer, Pod, ShellAnswer
from conformance.errors import Forbidden, HarnessError, NotReadyError
from conformance.handles import NodeUnderTest
from conformance.objects import JsonObject
from conformance.probes import dns
from conformance.probes.dns_service import dns_backend
from verdicts.claims.dns import (
    full_name_resolves,
    kubernetes_is_the_own_namespaces,
    search_list_is_the_promised_one,
    twin_is_the_own_namespaces,
)
from verdicts.claims.dns_over_tcp import names_resolve_over_tcp
from verdicts.claims.rewriting import proxy_leaves_names_alone
from verdicts.observations.dns import Answer
from verdicts.observations.retried import attempts_of
from verdicts.vocabulary import Mode, Outcome

VIP, DNS_POD = "10.96.0.10", "10.244.1.2"
ZONE = {
    "kubernetes.default.svc.cluster.local.": "10.96.0.1",
    "kubernetes.run.svc.cluster.local.": "10.96.3.4",
    "twin.run.svc.cluster.local.": "10.96.3.5",
    "twin.run-privileged.svc.cluster.local.": "10.96.3.6",
}
OVER_TCP = (
    "00 36 4e 50 81 80 00 01 00 01 00 00 00 00 0a 6b 75 62 65 72 6e 65 74 65 73 00 00 01 00 01 "
    "c0 0c 00 01 00 01 00 00 00 05 00 04 0a 60 03 04 00 00 00 00 00 00 00 00 00 00"
)
"""An answer that has 10.96.3.4, and padding."""
PROMISED = ("run.svc.cluster.local", "svc.cluster.local", "cluster.local")
DEFAULTS = ("", "default.svc.cluster.local.", "svc.cluster.local.", "cluster.local.")
SLICE: JsonObject = {
    "endpoints": [
        {"addresses": ["10.244.1.1"], "conditions": {"ready": False}},
        {"addresses": [DNS_POD], "conditions": {"ready": True}},
    ],
    "ports": [{"protocol": "TCP", "port": 53}, {"protocol": "UDP", "port": 53}],
}


@dataclass
class Names:
    """Containers, their resolvers, and what lies between them and the zone; transport and API.

    `rewrites` is the proxy of Windows in user mode; the first `lost` queries of a pod are never
    answered, whatever they ask.
    """

    search: tuple[str, ...] = PROMISED
    nameserver: str = VIP
    unserved: str = ""
    """Containers whose resolv.conf names no server."""
    rewrites: bool = False
    lost: int = 0
    down: bool = False
    port: int = 53
    tcp: str = "answers"
    """What becomes of a connection: `answers`, `refuses`, `accepts` only, or answers `late`."""
    tcp_port: bool = True
    slices: Sequence[JsonObject] = (SLICE,)
    forbidden: bool = False
    asked: list[str] = field(default_factory=list)

    def ask(self, container: Container, request: str, *, timeout: float) -> HttpAnswer:
        raise AssertionError(f"{container} was asked for {request} in {timeout} s, not by a shell")

    def shell(self, container: Container, command: str, *, timeout: float) -> ShellAnswer:
        assert timeout > 0
        query = re.search(r"nslookup -port=(\d+) -type=a (\S+) ([\d.]+)", command)
        if query:
            return self._queried(container, int(query[1]), query[2], query[3])
        if "od -An" in command or "agnhost connect" in command:
            return self._over_tcp(container, command)
        listed = re.search(r"for name in (.*?); do", command)
        assert listed
        lines = [
            "# settings",
            *([] if container.name in self.unserved else [f"nameserver {self.nameserver}"]),
            f"search {' '.join(self.search)}" if self.search else "options ndots:1",
        ]
        for name in listed[1].split():
            self.asked.append(f"{container.name} {name}")
            address = self._looked_up(name)
            lines += [
                f"# name {name}",
                *([f"{address}  STREAM {name}"] if address else []),
                f"# status {0 if address else 2}",
            ]
        return ShellAnswer("\n".join(lines) + "\n")

    def _over_tcp(self, container: Container, command: str) -> ShellAnswer:
        longer = "sleep 3" in command
        self.asked.append(f"{container.name} tcp{' longer' if longer else ''}")
        if "agnhost connect" in command:
            refused = self.tcp == "refuses"
            return ShellAnswer("REFUSED\n", error="exit status 1") if refused else ShellAnswer("")
        if self.tcp in {"refuses", "accepts"} or (self.tcp == "late" and not longer):
            return ShellAnswer("# bytes\n")
        return ShellAnswer(f"# bytes\n{OVER_TCP}")

    def _looked_up(self, name: str) -> str:
        if self.down or self._loses():
            return ""
        tried = [name] if name.endswith(".") else [f"{name}.{s}." for s in self.search]
        tried += [] if name.endswith(".") else [f"{name}."]
        return next((a for n in tried if (a := self._answered(n, rewrites=self.rewrites))), "")

    def _answered(self, name: str, *, rewrites: bool) -> str:
        suffixes = DEFAULTS if rewrites else DEFAULTS[:1]
        return next((ZONE[n] for suffix in suffixes if (n := f"{name}{suffix}") in ZONE), "")

    def _loses(self) -> bool:
        self.lost -= 1
        return self.lost >= 0

    def _queried(self, container: Container, port: int, name: str, server: str) -> ShellAnswer:
        self.asked.append(f"{container.name} {name} of {server}")
        if server == DNS_POD:
            assert port == self.port
        heading = f"Server:\t\t{server}\nAddress:\t{server}:{port}\n\n"
        if self.down or (server == VIP and self._loses()):
            return ShellAnswer(
                ";; connection timed out; no servers could be reached\n# status 1\n"
            )
        address = self._answered(name, rewrites=self.rewrites and server == VIP)
        if address:
            return ShellAnswer(f"{heading}Name:\t{name}\nAddress: {address}\n\n# status 0\n")
        return ShellAnswer(f"{heading}** server can't find {name}: NXDOMAIN\n\n# status 1\n")

    def get(self, path: str) -> JsonObject:
        assert path == "/api/v1/namespaces/default/services/kubernetes"
        return _service("kubernetes", "default", "10.96.0.1")

    def list(self, path: str, *, selector: str = "") -> list[JsonObject]:
        if self.forbidden:
            raise Forbidden(f"list {path} - forbidden", next_step="grant it", status=403)
        if path.endswith("/endpointslices"):
            assert selector == "kubernetes.io/service-name=kube-dns"
            return [*self.slices]
        dns_service = _service("kube-dns", "kube-system", VIP)
        spec = cast("dict[str, object]", dns_service["spec"])
        ports = [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]
        spec["ports"] = ports if self.tcp_port else ports[:1]
        return [dns_service] if "kube-system" in path else []

    def node(
        self, *, mode: Mode = Mode.KERNEL, dns_service: str | None = VIP, containers: str = "abc"
    ) -> NodeUnderTest:
        pod = Pod(
            name="probe",
            namespace="run",
            node="node-a",
            platform="windows-1709",
            ip="10.244.0.5",
            ips=("10.244.0.5",),
            labels={},
            ports=tuple(ContainerPorts(name, 8080) for name in containers),
            transport=self,
        )
        kept: dict[str, object] = {}

        def once(key: str, ask: object) -> object:
            assert callable(ask)
            if key not in kept:
                kept[key] = ask()
            return kept[key]

        def named(name: str) -> SimpleNamespace:
            return SimpleNamespace(cluster_ip=ZONE[name])

        node = SimpleNamespace(
            once=once,
            probe_pod=pod,
            cluster=self,
            judged=SimpleNamespace(
                mode=mode, platform=pod.platform, node=SimpleNamespace(name=pod.node)
            ),
            facts=SimpleNamespace(cluster_domain="cluster.local", dns_service_ip=dns_service),
            fleet=SimpleNamespace(namespace="run", privileged_namespace="run-privileged"),
            services=SimpleNamespace(
                kubernetes=named("kubernetes.run.svc.cluster.local."),
                twin=named("twin.run.svc.cluster.local."),
                twin_elsewhere=named("twin.run-privileged.svc.cluster.local."),
            ),
        )
        return cast("NodeUnderTest", node)


def _service(name: str, namespace: str, cluster_ip: str) -> JsonObject:
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"clusterIP": cluster_ip, "ports": []},
    }


def outcomes(node: NodeUnderTest) -> Mapping[str, str]:
    names = dns.pod_names(node)
    return {
        "kubernetes": kubernetes_is_the_own_namespaces(names).code,
        "twin": twin_is_the_own_namespaces(names).code,
        "full": full_name_resolves(names).code,
        "search": search_list_is_the_promised_one(names).code,
        "proxy": proxy_leaves_names_alone(dns.absolute_short_name(node)).code,
    }


PASS = dict.fromkeys(("kubernetes", "twin", "full", "search", "proxy"), "pass")


def test_pods_with_their_own_suffixes_pass_every_claim() -> None:
    assert outcomes(Names().node()) == PASS


def test_a_rewriting_proxy_does_not_touch_what_own_suffixes_find() -> None:
    node = Names(rewrites=True).node(mode=Mode.USER)

    assert outcomes(node) == {**PASS, "proxy": "reported-rewrites"}


def test_pods_without_suffixes_get_those_of_default_from_the_proxy() -> None:
    node = Names(search=(), rewrites=True).node(mode=Mode.USER)

    assert outcomes(node) == {
        "kubernetes": "default-suffix",
        "twin": "unresolved",
        "full": "pass",
        "search": "no-own-suffix",
        "proxy": "reported-rewrites",
    }


def test_pods_without_suffixes_and_without_that_proxy_get_nothing() -> None:
    assert outcomes(Names(search=()).node()) == {
        "kubernetes": "unresolved",
        "twin": "unresolved",
        "full": "pass",
        "search": "no-own-suffix",
        "proxy": "pass",
    }


def test_dns_that_is_down_is_no_missing_suffix() -> None:
    assert outcomes(Names(down=True).node()) == {
        "kubernetes": "nothing-resolves",
        "twin": "nothing-resolves",
        "full": "full-name-unresolved",
        "search": "pass",
        "proxy": "pass",
    }


def test_requests_lost_by_a_user_mode_proxy_are_asked_again_and_told() -> None:
    names = Names(search=(), rewrites=True, lost=2)

    observation = dns.pod_names(names.node(mode=Mode.USER, containers="a"))

    (container,) = observation.containers
    assert [bool(tried.addresses) for tried in container.full.tries] == [False, True, True]
    assert [bool(tried.addresses) for tried in container.kubernetes.tries] == [False, True, True]
    assert len(container.twin.tries) == 3
    assert attempts_of(observation) == 2
    assert kubernetes_is_the_own_namespaces(observation).code == "default-suffix"


def test_where_nothing_is_resolved_nothing_is_asked_again() -> None:
    names = Names(down=True)
    node = names.node(mode=Mode.USER)

    asked = dns.absolute_short_name(node)

    observation = dns.pod_names(node)
    assert [len(each.full.tries) for each in observation.containers] == [1, 1, 1]
    assert asked.service is not None
    assert len(asked.service.queries) == 1
    assert full_name_resolves(observation).code == "full-name-unresolved"


def test_a_kernel_mode_proxy_gets_no_second_chance() -> None:
    observation = dns.pod_names(Names(lost=1).node(containers="a"))

    assert len(observation.containers[0].full.tries) == 1
    assert full_name_resolves(observation).code == "full-name-unresolved"


def test_a_lost_raw_query_is_asked_again_through_the_service_only() -> None:
    names = Names(rewrites=True)
    node = names.node(mode=Mode.USER)
    dns.pod_names(node)
    names.lost = 2

    observation = dns.absolute_short_name(node)

    assert observation.service is not None
    assert observation.backend is not None
    assert [query.answer for query in observation.service.queries] == [
        Answer.SILENT,
        Answer.SILENT,
        Answer.NOERROR,
    ]
    assert len(observation.backend.queries) == 1


def test_names_of_a_pod_are_asked_one_container_after_the_other_and_once() -> None:
    names = Names()
    node = names.node()

    dns.absolute_short_name(node)
    dns.pod_names(node)

    containers = [asked.split()[0] for asked in names.asked]
    assert containers == [*"aaaa", *"bbbb", *"cccc", *"aa"]
    assert names.asked[0] == "a kubernetes.run.svc.cluster.local."
    assert names.asked[-2:] == [f"a kubernetes. of {VIP}", f"a kubernetes. of {DNS_POD}"]


@pytest.mark.parametrize(
    ("nameserver", "dns_service", "code"),
    [
        pytest.param("169.254.20.10", VIP, "bypassed", id="node-local-dns-cache"),
        pytest.param("169.254.169.254", None, "no-dns-service", id="cloud-dns"),
    ],
)
def test_a_service_that_pods_do_not_ask_is_not_asked_either(
    nameserver: str, dns_service: str | None, code: str
) -> None:
    names = Names(nameserver=nameserver)

    finding = proxy_leaves_names_alone(
        dns.absolute_short_name(names.node(dns_service=dns_service))
    )

    assert (finding.outcome, finding.code) == (Outcome.NOT_APPLICABLE, code)
    assert not [asked for asked in names.asked if " of " in asked]


def test_a_dns_pod_is_asked_at_its_own_port() -> None:
    openshift: JsonObject = {
        "endpoints": SLICE["endpoints"],
        "ports": [{"protocol": "UDP", "port": 5353}],
    }

    observation = dns.absolute_short_name(Names(slices=(openshift,), port=5353).node())

    assert observation.backend is not None
    assert (observation.backend.address, observation.backend.port) == (DNS_POD, 5353)


def test_who_may_not_list_dns_pods_still_asks_the_service() -> None:
    observation = dns.absolute_short_name(Names(forbidden=True).node())

    assert observation.service is not None
    assert observation.backend is None
    assert "forbidden" in observation.reason
    assert proxy_leaves_names_alone(observation).outcome is Outcome.PASS


def test_an_unready_dns_pod_is_not_asked() -> None:
    unready: JsonObject = {
        "endpoints": [{"addresses": [DNS_POD], "conditions": {"ready": False}}],
        "ports": [{"protocol": "UDP", "port": 53}],
    }
    with pytest.raises(NotReadyError, match="nothing is ready over UDP"):
        dns_backend(Names(slices=(unready, {"endpoints": None, "ports": None})), VIP)  # type: ignore[arg-type]  # the part of a cluster that is asked


def test_a_dns_service_that_nobody_has_is_named() -> None:
    with pytest.raises(NotReadyError, match=r"no Service has the ClusterIP 10\.96\.0\.99"):
        dns_backend(Names(), "10.96.0.99")  # type: ignore[arg-type]  # the part of a cluster that is asked


def test_a_container_without_a_resolver_is_no_unresolved_name() -> None:
    class NoGetent(Names):
        def shell(self, container: Container, command: str, *, timeout: float) -> ShellAnswer:
            assert timeout > 0
            assert container.name in "abc"
            assert command
            return ShellAnswer("# settings\nnameserver 10.96.0.10\n# name x\n# status 127\n")

    with pytest.raises(HarnessError, match="cannot be read"):
        dns.pod_names(NoGetent().node())


@pytest.mark.parametrize(
    ("names", "outcome", "code"),
    [
        pytest.param(Names(), Outcome.PASS, "pass", id="answers"),
        pytest.param(Names(tcp="late"), Outcome.PASS, "pass", id="answers-late"),
        pytest.param(
            Names(unserved="b"), Outcome.INCONCLUSIVE, "no-server", id="one-knows-no-server"
        ),
        pytest.param(
            Names(unserved="abc"), Outcome.INCONCLUSIVE, "no-server", id="nobody-knows-one"
        ),
        pytest.param(
            Names(unserved="b", tcp="refuses"),
            Outcome.FAIL,
            "refused",
            id="the-others-are-refused",
        ),
        pytest.param(Names(tcp="refuses"), Outcome.FAIL, "refused", id="refuses"),
        pytest.param(Names(tcp="accepts"), Outcome.FAIL, "closed", id="accepts-only"),
        pytest.param(
            Names(tcp="refuses", tcp_port=False),
            Outcome.NOT_APPLICABLE,
            "no-tcp-port",
            id="has-no-port",
        ),
        pytest.param(
            Names(tcp="refuses", down=True),
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="is-down",
        ),
        pytest.param(
            Names(tcp="refuses", nameserver="169.254.20.10"),
            Outcome.FAIL,
            "refused",
            id="another-name-server",
        ),
    ],
)
def test_every_containers_name_server_is_asked_over_tcp(
    names: Names, outcome: Outcome, code: str
) -> None:
    observation = dns.over_tcp(names.node())

    finding = names_resolve_over_tcp(observation)

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen
    asked = [*(each.container for each in observation.asked), *observation.unserved]
    assert sorted(asked) == ["a", "b", "c"]


def test_a_query_over_tcp_that_had_to_be_held_open_is_told_by_both_tries() -> None:
    observation = dns.over_tcp(Names(tcp="late").node())

    assert [asked.earlier and asked.earlier.answer for asked in observation.asked] == [
        Answer.SILENT
    ] * 3
    assert attempts_of(observation) == 2


def test_a_server_that_answers_over_tcp_is_not_asked_again_over_udp() -> None:
    names = Names()
    node = names.node()
    dns.pod_names(node)
    before = len(names.asked)

    observation = dns.over_tcp(node)

    assert sorted(names.asked[before:]) == ["a tcp", "b tcp", "c tcp"]
    assert observation.is_served is None
