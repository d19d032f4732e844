"""All checks of a judged node, or of one of its rows, are asked by one worker."""

import pytest

from conformance.scheduling import judged_node_of, row_of


@pytest.mark.parametrize(
    ("item", "group"),
    [
        ("suites/test_dns.py::test_a_name[linux-kernel-0]", "linux-kernel-0"),
        ("suites/test_cni.py::test_pods[linux-kernel-0]", "linux-kernel-0"),
        ("suites/test_cni.py::test_pods[windows-1709-user-1]", "windows-1709-user-1"),
        ("tests/test_x.py::test_without_an_axis", "tests/test_x.py::test_without_an_axis"),
    ],
)
def test_items_of_one_judged_node_have_one_group(item: str, group: str) -> None:
    assert judged_node_of(item) == group


@pytest.mark.parametrize(
    ("item", "row"),
    [
        ("suites/test_cni.py::test_pods[linux-kernel-0]", "cni"),
        ("suites/test_cni_deeper.py::test_large[linux-kernel-0]", "cni"),
        ("suites/test_kernel_mode_changes.py::test_a_service[linux-kernel-0]", "kernel"),
        ("suites/test_compartment.py::test_containers[linux-kernel-0]", "within-pod"),
        ("suites/test_dns_over_tcp.py::test_a_name_server[linux-kernel-0]", "within-pod"),
    ],
)
def test_suites_of_one_row_have_one_group(item: str, row: str) -> None:
    assert row_of(item) == row
