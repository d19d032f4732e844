"""What checks of a node share or change in the cluster, one process asks alone."""

import pytest

from conformance import parts
from netparity.declared import declared_checks

NODE = "linux-kernel-0"


def asked(*checks: tuple[str, str], node: str = NODE) -> list[tuple[str, str, str]]:
    """Return questions of checks by the names of their suites."""
    return [(check, f"suites/test_{suite}.py::test_it[{node}]", check) for suite, check in checks]


@pytest.mark.parametrize(
    ("item", "row"),
    [
        ("suites/test_cni.py::test_pods[linux-kernel-0]", "cni"),
        ("suites/test_cni_deeper.py::test_large[linux-kernel-0]", "cni"),
        ("suites/test_kernel_mode_changes.py::test_a_service[linux-kernel-0]", "kernel"),
        ("suites/test_dns_over_tcp.py::test_a_name_server[linux-kernel-0]", "dns"),
    ],
)
def test_suites_of_one_row_are_one_part(item: str, row: str) -> None:
    assert parts.row_of(item) == row


def test_the_deleted_pod_and_its_book_are_one_part_and_captured_frames_another() -> None:
    questions = asked(
        ("cni", "cni-dead-address-silent"),
        ("cni", "cni-l2bridge-mac"),
        ("cni", "cni-plugin-configuration"),
        ("cni_deeper", "cni-address-book"),
    )

    assert parts.parts(questions) == [
        ["cni-dead-address-silent", "cni-address-book"],
        ["cni-l2bridge-mac", "cni-plugin-configuration"],
    ]


def test_one_restart_serves_both_who_ask_after_it() -> None:
    questions = asked(
        ("compartment_restart", "compartment-after-restart"),
        ("dns_after_restart", "dns-after-restart"),
    )

    assert parts.parts(questions) == [["compartment-after-restart", "dns-after-restart"]]


def test_whoever_asks_a_service_that_others_change_goes_with_them() -> None:
    changed = asked(
        ("kernel_mode", "kernel-backends-follow"),
        ("kernel_mode", "kernel-source-address"),
        ("kernel_mode", "kernel-node-port"),
    )
    changing = asked(("kernel_mode_changes", "kernel-last-endpoint-gone"))

    assert parts.parts([*changed, *changing]) == [
        ["kernel-backends-follow", "kernel-source-address", "kernel-last-endpoint-gone"],
        ["kernel-node-port"],
    ]
    assert len(parts.parts(changed)) == 3


def test_nodes_are_parts_of_their_own_and_stand_together() -> None:
    rows = [("cni", "cni-dead-address-silent"), ("cni", "cni-l2bridge-mac")]
    questions = [*asked(*rows), *asked(*rows, node="win2016")]

    assert parts.parts(questions) == [
        ["cni-dead-address-silent"],
        ["cni-dead-address-silent"],
        ["cni-l2bridge-mac"],
        ["cni-l2bridge-mac"],
    ]


def test_every_check_that_is_told_apart_is_declared() -> None:
    known = {check.id for check in declared_checks()}
    named = {name for name in parts._APART if not name.startswith(("user-", "kernel-"))}

    assert named | parts._CHANGES | parts._CHANGED <= known
    assert {name for name in parts._APART if name in known} > named
