"""Which names the probe of pods' DNS looks up, in which pods, and what it leaves behind."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from conformance.cluster import Answer
from conformance.handles import NodeUnderTest
from conformance.probes import pod_dns, recreated, resolvers
from tests.conformance.flow_network import FlowNetwork, judged
from verdicts.claims.convergence import a_name_leads_to_the_new_service
from verdicts.claims.pod_dns import (
    partial_names_are_completed,
    pods_have_the_settings_they_ask_for,
)
from verdicts.claims.resolvers import (
    every_resolver_finds_the_service,
    missing_records_are_answered,
)
from verdicts.observations.retried import attempts_of
from verdicts.vocabulary import Mode, Outcome

if TYPE_CHECKING:
    from conformance.objects import JsonObject

NAMES = re.compile(r"for name in (?P<names>.*?); do")
SERVER = "10.96.0.10"
LOST = ";; connection timed out; no servers could be reached"


class Resolving(FlowNetwork):
    """Pods with resolvers that do as their specification says, unless `deaf` to settings.

    So many of the first questions to name servers are `lost`, and of those to the C library each
    whose number, counted from one, is in `unheard`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.serve = self._resolve
        self.deaf = False
        self.lost = 0
        self.unheard: frozenset[int] = frozenset()
        self.looked_up = 0
        self.knows_servers = True

    def _resolve(self, pod: str, port: int, request: str) -> Answer:
        parts = urlsplit(request)
        if not parts.path.endswith("shell"):
            return self._netexec(pod, port, request)
        command = parse_qs(parts.query)["cmd"][0]
        servers, search = self._settings(pod)
        if "nslookup" in command and self.lost > 0:
            self.lost -= 1
            return Answer(200, json.dumps({"output": f"{LOST}\n# status 1"}))
        if "nslookup" in command:
            name = command.split()[-6]
            has_such = "-type=aaaa" not in command
            return Answer(200, json.dumps({"output": self._nslookup(name, has_such=has_such)}))
        found = NAMES.search(command)
        assert found is not None
        self.looked_up += 1
        if not self.knows_servers:
            servers = []
        lines = ["# settings", *(f"nameserver {server}" for server in servers)]
        lines.append(f"search {' '.join(search)}")
        for name in found["names"].split():
            is_lost = self.looked_up in self.unheard
            address = None if is_lost else self._address(name, search)
            lines.append(f"# name {name}")
            lines += [f"{address} STREAM {name}", "# status 0"] if address else ["# status 2"]
        return Answer(200, json.dumps({"output": "\n".join(lines)}))

    def _nslookup(self, name: str, *, has_such: bool) -> str:
        address = self._address(name, [])
        found = f"Name:\t{name}\nAddress: {address}" if address else "server can't find: NXDOMAIN"
        said = found if has_such else f"*** Can't find {name}: No answer"
        return f"Server:\t{SERVER}\n{said}\n# status {0 if address and has_such else 1}"

    def _settings(self, pod: str) -> tuple[list[str], list[str]]:
        spec = self._spec(pod)
        own = ["netparity-r1.svc.cluster.local", "svc.cluster.local", "cluster.local"]
        configured = spec.get("dnsConfig")
        policy = spec.get("dnsPolicy", "ClusterFirst")
        if not isinstance(configured, dict) or self.deaf:
            return (["192.0.2.53"], ["example.com"]) if policy == "Default" else ([SERVER], own)
        added = [str(each) for each in configured["searches"]]  # type: ignore[union-attr]  # as made
        return ([SERVER], added if policy == "None" else [*own, *added])

    def _spec(self, pod: str) -> "JsonObject":
        (path,) = [path for path in self.paths("/pods/") if path.endswith(f"/{pod}")]
        spec = self.objects[path]["spec"]
        assert isinstance(spec, dict)
        return spec

    def _address(self, name: str, search: list[str]) -> str | None:
        for full in (name.rstrip("."), *(f"{name}.{suffix}" for suffix in search)):
            for path in self.paths("/services/"):
                *_, namespace, _, service = path.split("/")
                if full == f"{service}.{namespace}.svc.cluster.local":
                    spec = self.objects[path]["spec"]
                    assert isinstance(spec, dict)
                    return str(spec["clusterIP"])
        return None


@pytest.fixture
def network() -> Resolving:
    return Resolving()


@pytest.fixture
def node(network: Resolving, tmp_path: Path) -> NodeUnderTest:
    found = judged(network, tmp_path, "linux-kernel-0")
    return replace(found, facts=found.facts.model_copy(update={"dns_service_ip": SERVER}))


def test_every_container_looks_both_partial_forms_up(node: NodeUnderTest) -> None:
    seen = pod_dns.partial_names(node)

    forms = ["alone.netparity-r1", "alone.netparity-r1.svc"]
    assert {
        each.container: [name.lookup.name for name in each.names] for each in seen.containers
    } == {"a": forms, "b": forms, "c": forms}
    assert partial_names_are_completed(seen).outcome is Outcome.PASS


def test_each_policy_has_a_pod_and_nothing_of_it_is_left(
    network: Resolving, node: NodeUnderTest
) -> None:
    before = network.paths()

    seen = pod_dns.pod_policies(node)

    assert {each.policy for each in seen.pods} == {"dnsConfig.searches", "Default", "None"}
    assert not any(each.addresses for each in seen.plain.tries)
    assert pods_have_the_settings_they_ask_for(seen).outcome is Outcome.PASS
    assert network.paths() == before


def test_settings_that_nobody_heeds_are_found_out(network: Resolving, node: NodeUnderTest) -> None:
    network.deaf = True

    found = pods_have_the_settings_they_ask_for(pod_dns.pod_policies(node))

    assert found.outcome is Outcome.FAIL


def test_the_c_library_go_and_every_name_server_are_asked_in_every_container(
    node: NodeUnderTest,
) -> None:
    seen = resolvers.resolutions(node)

    assert [(each.container, each.resolver) for each in seen.found] == [
        (container, resolver)
        for container in "abc"
        for resolver in ("C library", "Go", f"name server {SERVER}")
    ]
    assert {each.name for each in seen.found if each.resolver == "Go"} == {"lb-linux-kernel-0"}
    assert every_resolver_finds_the_service(seen).outcome is Outcome.PASS


def test_a_go_program_that_finds_no_name_goes_to_the_address(
    network: Resolving, node: NodeUnderTest
) -> None:
    network.closed = lambda _client, address, _protocol: address.startswith("lb-")

    seen = resolvers.resolutions(node)

    visited = [each for each in seen.found if each.visit is not None]
    assert {each.name for each in visited} == {"lb-linux-kernel-0.netparity-r1.svc.cluster.local."}
    assert all(each.directly is not None and each.directly.answered for each in visited)
    assert every_resolver_finds_the_service(seen).code == "resolvers-differ"


def test_every_container_asks_for_the_address_that_the_service_does_not_have(
    node: NodeUnderTest,
) -> None:
    seen = resolvers.missing_records(node)

    assert [(each.container, len(each.queries)) for each in seen.asked] == [
        ("a", 1),
        ("b", 1),
        ("c", 1),
    ]
    assert missing_records_are_answered(seen).outcome is Outcome.PASS


def test_a_question_that_was_lost_once_is_asked_again(
    network: Resolving, node: NodeUnderTest
) -> None:
    network.lost = 1
    seen = resolvers.missing_records(node)

    assert attempts_of(seen) == 2
    assert missing_records_are_answered(seen).outcome is Outcome.PASS

    network.lost = 1
    resolved = resolvers.resolutions(node)

    assert attempts_of(resolved) == 2
    assert every_resolver_finds_the_service(resolved).outcome is Outcome.PASS


def test_questions_that_are_all_lost_are_no_missing_answer_of_one_kind(
    network: Resolving, node: NodeUnderTest
) -> None:
    network.lost = 1000

    found = missing_records_are_answered(resolvers.missing_records(node))

    assert found.code == "control-failed"


def test_a_container_that_knows_no_name_server_has_none_to_ask(
    network: Resolving, node: NodeUnderTest
) -> None:
    network.knows_servers = False

    seen = resolvers.missing_records(node)

    assert (seen.asked, seen.unserved) == ((), ("a", "b", "c"))
    assert missing_records_are_answered(seen).code == "no-server"
    assert [each.resolver for each in resolvers.resolutions(node).found] == ["C library", "Go"] * 3


def test_a_service_made_again_is_looked_up_by_its_name(
    network: Resolving, node: NodeUnderTest
) -> None:
    before = network.paths()

    seen = recreated.recreated(node)

    old, new = seen.addresses
    assert (seen.before.addresses, seen.after.addresses) == ((old,), (new,))
    assert a_name_leads_to_the_new_service(seen).outcome is Outcome.PASS
    assert network.paths() == before


def test_a_question_that_a_user_mode_proxy_loses_does_not_hide_the_new_service(
    network: Resolving, node: NodeUnderTest
) -> None:
    network.unheard = frozenset({5})

    seen = recreated.recreated(
        replace(node, judged=node.judged.model_copy(update={"mode": Mode.USER}))
    )

    old, new = seen.addresses
    assert [made.addresses for made in seen.before.tries] == [(old,)] * 3
    assert [made.addresses for made in seen.after.tries] == [(new,), ()]
    assert a_name_leads_to_the_new_service(seen).outcome is Outcome.PASS
