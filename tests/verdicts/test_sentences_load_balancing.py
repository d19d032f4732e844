"""The sentences under both load-balancing rows say what was seen, and never fail for want of it."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from tests.verdicts.services import (
    ANSWERED,
    CLOSED,
    REFUSED,
    TIMED_OUT,
    attempts,
    empty,
    node_port,
    service,
    source,
)
from verdicts.claims import kernel_mode as kernel_claims
from verdicts.claims import user_mode as user_claims
from verdicts.findings import Finding
from verdicts.observations.load_balancing import EmptyService
from verdicts.sentences import kernel_mode, user_mode
from verdicts.vocabulary import Reply, Verdict

Findings = Mapping[str, Sequence[Finding]]
Sentence = Callable[[Verdict, Findings], str]
EVERYTHING = attempts("abc" * 20)
ACCEPTED = empty(ANSWERED, exchanges=attempts((), CLOSED))
NO_NODE_PORT = node_port(service(attempts((), REFUSED), backends=service().backends[:1]))


def of_user_mode(**others: Finding) -> dict[str, list[Finding]]:
    return {
        "user-tcp-backends": [
            user_claims.a_user_mode_proxy_reaches_exactly_the_backends(service(EVERYTHING))
        ],
        "user-round-robin": [user_claims.a_user_mode_proxy_goes_round(service(EVERYTHING))],
        "user-no-endpoints-accepts": [
            user_claims.a_user_mode_proxy_accepts_without_endpoints(ACCEPTED)
        ],
        **{check.replace("_", "-"): [finding] for check, finding in others.items()},
    }


def of_kernel_mode(
    *refusals: Reply, seen_as: str = "10.244.0.5", platform: str = "linux", **others: Finding
) -> dict[str, list[Finding]]:
    reaches = kernel_claims.a_kernel_mode_proxy_reaches_exactly_the_backends
    closes = kernel_claims.a_kernel_mode_proxy_completes_no_handshake_without_endpoints
    keeps = kernel_claims.a_kernel_mode_proxy_keeps_the_clients_address
    return {
        "kernel-tcp-backends": [reaches(service(EVERYTHING))],
        "kernel-udp-backends": [reaches(service(EVERYTHING))],
        "kernel-no-endpoints-no-handshake": [closes(empty(reply)) for reply in refusals],
        "kernel-source-address": [keeps(source(seen_as, platform=platform))],
        **{check.replace("_", "-"): [finding] for check, finding in others.items()},
    }


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            user_mode.sentence(Verdict.SUPPORTED, of_user_mode()),
            "strict round robin over 3 backends; an empty Service accepts, then closes",
        ),
        (
            user_mode.sentence(
                Verdict.PARTIAL,
                of_user_mode(
                    user_node_port=user_claims.a_user_mode_proxy_serves_the_node_port(NO_NODE_PORT)
                ),
            ),
            (
                "strict round robin over 3 backends; but NodePort: 192.0.2.11:31234 (backend on node-a) from node-z: "
                "1 of 1 unanswered (refused)"
            ),
        ),
        (
            user_mode.sentence(
                Verdict.UNSUPPORTED,
                of_user_mode(
                    user_round_robin=user_claims.a_user_mode_proxy_goes_round(
                        service(attempts("abc" * 10 + "acb" * 10))
                    )
                ),
            ),
            "connection 32 went to peer-c, not to peer-b",
        ),
        (
            kernel_mode.sentence(Verdict.SUPPORTED, of_kernel_mode(REFUSED)),
            "3 backends over TCP and UDP, no handshake without backends (refused), pod IPs kept",
        ),
        (
            kernel_mode.sentence(
                Verdict.SUPPORTED,
                of_kernel_mode(TIMED_OUT, seen_as="192.0.2.11", platform="windows-1709"),
            ),
            "3 backends over TCP and UDP, no handshake without backends (timed-out), node IPs seen",
        ),
        (
            kernel_mode.sentence(Verdict.SUPPORTED, of_kernel_mode(REFUSED, TIMED_OUT)),
            (
                "3 backends over TCP and UDP, no handshake without backends (refused, timed-out), "
                "pod IPs kept"
            ),
        ),
        (
            kernel_mode.sentence(
                Verdict.PARTIAL,
                of_kernel_mode(
                    REFUSED,
                    kernel_hairpin=kernel_claims.a_pod_reaches_itself_through_its_service(
                        service(attempts((), TIMED_OUT), backends=service().backends[:1])
                    ),
                ),
            ),
            "3 backends over TCP and UDP; but hairpin: nothing answered: timed-out",
        ),
        (
            kernel_mode.sentence(Verdict.UNSUPPORTED, of_kernel_mode(ANSWERED)),
            "1 of 1 handshakes completed",
        ),
    ],
)
def test_a_sentence_says_what_was_seen(said: str, sentence: str) -> None:
    assert said == sentence


@pytest.mark.parametrize(
    "sentence", [user_mode.sentence, kernel_mode.sentence], ids=["user", "kernel"]
)
@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize(
    "findings",
    [
        {},
        {"kernel-tcp-backends": [Finding.passed("reached")]},
        {"user-round-robin": [Finding.passed("in turn")]},
        {"kernel-source-address": [Finding.passed("seen", whose=["other"])]},
    ],
)
def test_a_sentence_stands_whatever_is_missing(
    sentence: Sentence, verdict: Verdict, findings: Findings
) -> None:
    assert sentence(verdict, findings)


def test_the_sentence_of_an_empty_service_is_the_findings_own() -> None:
    found = user_claims.a_user_mode_proxy_accepts_without_endpoints(
        EmptyService.model_validate(ACCEPTED.dump())
    )

    said = user_mode.sentence(Verdict.SUPPORTED, {"user-no-endpoints-accepts": [found]})

    assert said == found.seen
