"""All checks of a judged node are asked by one worker."""

import pytest

from conformance.parts import judged_node_of


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
