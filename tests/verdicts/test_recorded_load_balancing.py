"""Both rows' claims tell the proxies of the lab apart, each by its own recorded behaviour."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from verdicts.findings import Finding
from verdicts.registry import judge_again
from verdicts.vocabulary import Outcome

if TYPE_CHECKING:
    from pydantic import JsonValue

RECORDED = Path(__file__).parent.parent / "data" / "load_balancing"
KERNEL = ("linux-kernel-0", "windows-1709-kernel-0")
USER = ("linux-user-0", "windows-1709-user-0", "windows-2016-user-0")
PASS, FAIL, NOT_APPLICABLE = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE


def judged(node: str, check: str, claim: str) -> Finding:
    recorded: dict[str, dict[str, JsonValue]] = json.loads(
        (RECORDED / f"{node}.json").read_text(encoding="utf-8")
    )
    return judge_again(claim, recorded[check])


@pytest.mark.parametrize("node", USER)
@pytest.mark.parametrize(
    ("check", "claim"),
    [
        ("user-tcp-backends", "a_user_mode_proxy_reaches_exactly_the_backends"),
        ("user-round-robin", "a_user_mode_proxy_goes_round"),
        ("user-no-endpoints-accepts", "a_user_mode_proxy_accepts_without_endpoints"),
        ("user-refusing-backend-masked", "a_user_mode_proxy_masks_a_refusing_backend"),
        ("user-source-address", "a_user_mode_proxy_shows_a_node_as_the_client"),
    ],
)
def test_user_mode_is_recognized(node: str, check: str, claim: str) -> None:
    assert judged(node, check, claim).outcome is PASS


@pytest.mark.parametrize("node", KERNEL)
@pytest.mark.parametrize(
    ("check", "claim"),
    [
        ("kernel-tcp-backends", "a_kernel_mode_proxy_reaches_exactly_the_backends"),
        (
            "kernel-no-endpoints-no-handshake",
            "a_kernel_mode_proxy_completes_no_handshake_without_endpoints",
        ),
        (
            "kernel-refusing-backend-not-masked",
            "a_kernel_mode_proxy_does_not_mask_a_refusing_backend",
        ),
    ],
)
def test_kernel_mode_is_recognized(node: str, check: str, claim: str) -> None:
    assert judged(node, check, claim).outcome is PASS


@pytest.mark.parametrize("node", USER)
@pytest.mark.parametrize(
    ("check", "claim", "code"),
    [
        (
            "user-no-endpoints-accepts",
            "a_kernel_mode_proxy_completes_no_handshake_without_endpoints",
            "handshake-completed",
        ),
        (
            "user-refusing-backend-masked",
            "a_kernel_mode_proxy_does_not_mask_a_refusing_backend",
            "masked",
        ),
    ],
)
def test_user_mode_is_not_taken_for_kernel_mode(
    node: str, check: str, claim: str, code: str
) -> None:
    found = judged(node, check, claim)

    assert (found.outcome, found.code) == (FAIL, code)


@pytest.mark.parametrize("node", KERNEL)
@pytest.mark.parametrize(
    ("check", "claim", "codes"),
    [
        (
            "kernel-no-endpoints-no-handshake",
            "a_user_mode_proxy_accepts_without_endpoints",
            {"refused", "timed-out"},
        ),
        (
            "kernel-refusing-backend-not-masked",
            "a_user_mode_proxy_masks_a_refusing_backend",
            {"not-masked"},
        ),
        ("kernel-tcp-backends", "a_user_mode_proxy_goes_round", {"not-round-robin"}),
    ],
)
def test_kernel_mode_is_not_taken_for_user_mode(
    node: str, check: str, claim: str, codes: set[str]
) -> None:
    found = judged(node, check, claim)

    assert found.outcome is FAIL
    assert found.code in codes


@pytest.mark.parametrize(
    ("node", "check", "outcome", "code"),
    [
        ("linux-kernel-0", "kernel-source-address", PASS, "pass"),
        ("windows-1709-kernel-0", "kernel-source-address", NOT_APPLICABLE, "reported-node-ip"),
        ("linux-user-0", "user-source-address", FAIL, "node-address"),
        ("windows-1709-user-0", "user-source-address", NOT_APPLICABLE, "reported-node-ip"),
    ],
)
def test_the_clients_address_is_judged_on_linux_and_reported_elsewhere(
    node: str, check: str, outcome: Outcome, code: str
) -> None:
    found = judged(node, check, "a_kernel_mode_proxy_keeps_the_clients_address")

    assert (found.outcome, found.code) == (outcome, code)


def test_a_proxy_that_is_kept_from_its_work_is_not_blamed_for_what_it_never_saw() -> None:
    found = judged(
        "linux-user-0-overloaded",
        "user-refusing-backend-masked",
        "a_user_mode_proxy_masks_a_refusing_backend",
    )

    assert (found.outcome, found.code) == (Outcome.INCONCLUSIVE, "not-programmed")
