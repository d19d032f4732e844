"""Of what a misinformed proxy is told, endpoints that differ from port to port."""

import copy
import json
import socket

from lab.faults.api_relay.edits import EDITS
from tests.faults.told_objects import Document, endpoints_of, events, named_slice


def test_removed_endpoints_are_kept_for_udp_alone() -> None:
    edit = EDITS["removed-udp-endpoints-kept"]("node")
    edit.apply("endpoints", endpoints_of("1"))

    told_now: Document = {**(edit.apply("endpoints", endpoints_of("2")) or {})}

    assert [
        (subset["ports"][0]["name"], [each["ip"] for each in subset["addresses"]])
        for subset in told_now["subsets"]
    ] == [("tcp", ["2"]), ("udp", ["1", "2"])]


def serving_slice(*addresses: str, port: int) -> Document:
    """A slice with a port over TCP at which some of the members may be served, and one over UDP."""
    ports = [{"name": "tcp", "port": port}, {"name": "udp", "port": port, "protocol": "UDP"}]
    return named_slice("s-1", "s", *addresses) | {"ports": ports}


def members_by_port(told_slices: list[Document]) -> dict[str, list[str]]:
    listed: list[Document] = json.loads(json.dumps(told_slices))
    return {
        each["ports"][0]["name"]: [member["addresses"][0] for member in each["endpoints"]]
        for each in listed
    }


def test_a_member_that_refuses_at_a_port_is_left_out_there() -> None:
    edit = EDITS["refusing-left-out"]("node")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        told_slices = edit.tell(
            "endpointslices", serving_slice("127.0.0.1", "127.0.0.2", port=port)
        )

    assert members_by_port(told_slices) == {
        "tcp": ["127.0.0.1"],
        "udp": ["127.0.0.1", "127.0.0.2"],
    }
    assert edit.count == 1


def test_what_was_told_of_a_port_is_taken_back_with_the_port_and_with_the_slice() -> None:
    edit = EDITS["refusing-left-out"]("node")
    with socket.create_server(("127.0.0.1", 0)) as server:
        given = serving_slice("127.0.0.1", port=server.getsockname()[1])
        before = edit.tell("endpointslices", copy.deepcopy(given))
        emptied = edit.tell("endpointslices", named_slice("s-1", "s") | {"ports": []})

    names = {str({**each}["metadata"]["name"]) for each in json.loads(json.dumps(before))}
    assert members_by_port(emptied) == {"tcp": [], "udp": []}
    deleted = events(edit, "endpointslices", given)
    assert {(happened, thing["metadata"]["name"]) for happened, thing in deleted} == {
        ("DELETED", name) for name in names
    }
    assert events(edit, "endpointslices", given) == [("DELETED", given)]
