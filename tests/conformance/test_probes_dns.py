"""The DNS probes, tried on pods whose name servers and proxies are tables."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from conformance.containers import Container, ShellAnswer
from conformance.errors import HarnessError, NotReadyError
from conformance.handles import NodeUnderTest
from conformance.probes import dns
from conformance.probes.dns_service import dns_backend
from tests.conformance.name_service import DNS_POD, SLICE, VIP, Names
from verdicts.claims.dns import (
    full_name_resolves,
    kubernetes_is_the_own_namespaces,
    search_list_is_the_promised_one,
    twin_is_the_own_namespaces,
)
from verdicts.claims.rewriting import proxy_leaves_names_alone
from verdicts.observations.dns import Answer
from verdicts.observations.retried import attempts_of
from verdicts.vocabulary import Mode, Outcome

if TYPE_CHECKING:
    from conformance.objects import JsonObject


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
