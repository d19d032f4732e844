"""What a misinformed proxy is told: one edit each, and none of DNS and the API."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest

from lab.faults.api_relay import relay
from lab.faults.api_relay.edit import Edit
from lab.faults.api_relay.edits import EDITS
from tests.faults.told_objects import (
    Document,
    endpoints_of,
    events,
    named_slice,
    object_of,
    service,
    slice_of,
)

START = Path(relay.__file__).with_name("__main__.py")


def told(edit: Edit, *addresses: str) -> list[list[str]]:
    """The addresses that are told of an EndpointSlice, and of Endpoints, with these."""
    by_slice = edit.apply("endpointslices", slice_of(*addresses))
    by_endpoints = edit.apply("endpoints", endpoints_of(*addresses))
    assert by_slice is not None
    assert by_endpoints is not None
    listed = json.loads(json.dumps([by_slice, by_endpoints]))
    return [
        [member["addresses"][0] for member in listed[0]["endpoints"]],
        [each["ip"] for subset in listed[1]["subsets"] for each in subset["addresses"]],
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("removed-endpoints-kept", [["1", "2", "3"], ["1", "2", "3"], ["1", "2", "3"]]),
        ("last-endpoint-kept", [["1", "2", "3"], ["2"], ["2"]]),
        ("first-endpoint-only", [["1"], ["2"], []]),
        ("first-endpoint-twice", [["1", "2", "3", "1"], ["2"], []]),
        ("last-endpoint-missing", [["1", "2"], ["2"], []]),
        ("other-nodes-missing", [["2"], ["2"], []]),
        ("node-ports-missing", [["1", "2", "3"], ["2"], []]),
    ],
)
def test_each_edit_tells_its_own_endpoints(name: str, expected: list[list[str]]) -> None:
    edit = EDITS[name]("node-2")

    steps = [told(edit, *addresses) for addresses in (["1", "2", "3"], ["2"], [])]

    assert steps == [[step, step] for step in expected]


def test_an_endpoint_that_is_not_ready_any_more_is_kept_as_it_was() -> None:
    edit = EDITS["removed-endpoints-kept"]("node")
    edit.apply("endpointslices", slice_of("1"))

    kept = edit.apply("endpointslices", slice_of("1", ready=False))

    assert kept == slice_of("1")


def test_udp_is_missing_everywhere() -> None:
    edit = EDITS["udp-missing"]("node")
    things = {
        "services": service(),
        "endpointslices": slice_of("1"),
        "endpoints": endpoints_of("1"),
    }

    said = {kind: json.dumps(edit.apply(kind, thing)) for kind, thing in things.items()}

    assert [kind for kind, text in said.items() if "udp" in text.lower()] == []
    assert all("tcp" in text for text in said.values())


def test_node_ports_are_missing_and_services_stay() -> None:
    told_service = EDITS["node-ports-missing"]("node").apply("services", service())

    assert told_service is not None
    assert "nodePort" not in json.dumps(told_service)
    assert told_service["spec"] == {
        "type": "ClusterIP",
        "ports": [{"name": "tcp", "protocol": "TCP"}, {"name": "udp", "protocol": "UDP"}],
    }


def left(edit: Edit, *slices: Document) -> dict[str, int]:
    """How many endpoints each slice is told with, by its name."""
    found = {}
    for each in slices:
        told_slice: Document = {**(edit.apply("endpointslices", each) or {})}
        found[str(told_slice["metadata"]["name"])] = len(told_slice["endpoints"])
    return found


def test_the_equals_of_a_deleted_service_are_emptied_for_good() -> None:
    edit = EDITS["equals-emptied"]("node")
    slices = {
        "gone": named_slice("gone-1", "gone", "1", "2"),
        "equal": named_slice("equal-1", "equal", "2", "1"),
        "other": named_slice("other-1", "other", "1"),
    }
    left(edit, *copy.deepcopy(list(slices.values())))

    told_events = events(edit, "endpointslices", slices["gone"])

    assert [(happened, thing["metadata"]["name"]) for happened, thing in told_events] == [
        ("DELETED", "gone-1"),
        ("MODIFIED", "equal-1"),
    ]
    assert left(edit, slices["equal"], slices["other"]) == {"equal-1": 0, "other-1": 1}


def test_what_is_emptied_has_the_version_of_what_went() -> None:
    edit = EDITS["equals-emptied"]("node")
    gone = named_slice("gone-1", "gone", "1", version="7")
    left(edit, copy.deepcopy(gone), named_slice("equal-1", "equal", "1"))

    _, (_, emptied) = events(edit, "endpointslices", gone)

    assert emptied["metadata"]["resourceVersion"] == "7"


def test_a_service_with_another_slice_has_not_gone() -> None:
    edit = EDITS["equals-emptied"]("node")
    old = named_slice("again-1", "again", "1")
    left(edit, copy.deepcopy(old), named_slice("again-2", "again", "1"))
    left(edit, named_slice("equal-1", "equal", "1"))

    assert events(edit, "endpointslices", old) == [("DELETED", old)]


def test_the_slice_of_a_service_that_lives_is_not_told_to_be_gone() -> None:
    edit = EDITS["last-endpoint-kept"]("node")
    mirrored, living = named_slice("s-1", "s", "1"), service()
    edit.apply("services", living)

    assert events(edit, "endpointslices", mirrored) == []
    assert events(edit, "services", living) == [("DELETED", living)]
    assert events(edit, "endpointslices", mirrored) == [("DELETED", mirrored)]
    assert edit.count == 1


@pytest.mark.parametrize("name", ["removed-endpoints-kept", "last-endpoint-kept"])
def test_a_slice_that_is_emptied_keeps_its_ports_with_what_it_had(name: str) -> None:
    edit, before = EDITS[name]("node"), slice_of("1")
    edit.apply("endpointslices", copy.deepcopy(before))

    # As the controller writes one that has no members.
    kept = edit.apply("endpointslices", object_of(endpoints=None, ports=None))

    assert kept == before


def test_an_endpoint_that_is_not_ready_is_told_as_one_that_is() -> None:
    edit = EDITS["unready-told-ready"]("node")
    subsets = endpoints_of("1")
    subsets["subsets"][0]["notReadyAddresses"] = [{"ip": "2"}]

    by_slice = edit.apply("endpointslices", slice_of("1", ready=False))
    by_endpoints = json.dumps(edit.apply("endpoints", subsets))

    assert by_slice is not None
    (member,) = json.loads(json.dumps(by_slice))["endpoints"]
    assert member["conditions"] == {"ready": True, "serving": True, "terminating": False}
    assert [each["ip"] for each in json.loads(by_endpoints)["subsets"][0]["addresses"]] == [
        "1",
        "2",
    ]
    assert "notReadyAddresses" not in by_endpoints


def test_ports_with_a_name_for_a_target_are_missing() -> None:
    edit = EDITS["named-targets-missing"]("node")
    ports = [
        {"name": "named", "targetPort": "http"},
        {"name": "numbered", "targetPort": 8080},
        {"name": "its-own"},
    ]
    left_of: Document = {**(edit.apply("services", object_of(spec={"ports": ports})) or {})}

    assert [port["name"] for port in left_of["spec"]["ports"]] == ["numbered", "its-own"]
    assert edit.apply("services", object_of(spec={"ports": ports[:1]})) is None
    assert edit.apply("endpointslices", slice_of("1")) == slice_of("1")


def test_of_dns_alone_nothing_else_is_told() -> None:
    edit = EDITS["cluster-dns-alone"]("node")
    dns = service() | {"metadata": {"name": "kube-dns", "namespace": "kube-system"}}

    assert edit.apply("services", copy.deepcopy(dns)) == dns
    assert edit.apply("services", service()) is None
    assert edit.count == 1


@pytest.mark.parametrize("name", sorted(set(EDITS) - {"cluster-dns-alone"}))
@pytest.mark.parametrize("namespace", ["default", "kube-system"])
def test_dns_and_the_api_are_told_as_they_are(name: str, namespace: str) -> None:
    edit = EDITS[name]("node")
    things = {"services": service(), "endpointslices": slice_of("1", "2")}

    for kind, thing in things.items():
        thing["metadata"] = {"name": "s", "namespace": namespace}
        assert edit.apply(kind, copy.deepcopy(thing)) == thing

    assert edit.count == 0


def test_what_is_changed_is_counted() -> None:
    edit = EDITS["new-services-missing"]("node")

    assert edit.apply("services", service()) is None
    assert edit.apply("endpointslices", slice_of("1")) == slice_of("1")
    assert edit.count == 1


@pytest.mark.parametrize(
    ("path", "kind", "watch"),
    [
        ("/api/v1/services?limit=500&resourceVersion=0", "services", False),
        ("/api/v1/services?allowWatchBookmarks=true&watch=true", "services", True),
        ("/apis/discovery.k8s.io/v1/endpointslices?watch=1", "endpointslices", True),
        ("/api/v1/endpoints", "endpoints", False),
        ("/api/v1/nodes?watch=true", "", True),
        ("/api/v1/namespaces/x/events", "", False),
    ],
)
def test_lists_and_watches_of_services_and_endpoints_are_edited(
    path: str,
    kind: str,
    watch: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    assert (relay.edited_kind(path), relay.is_watch(path)) == (kind, watch)


def test_it_starts_as_a_file_without_site_packages() -> None:
    done = subprocess.run(
        [sys.executable, "-IS", START, "/no/such/settings"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert "FileNotFoundError" in done.stderr
    assert "ModuleNotFoundError" not in done.stderr
