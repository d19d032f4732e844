"""Every code and branch of what only kernel mode does, as tables of what was seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verdicts.services import (
    ANSWERED,
    CLOSED,
    NEVER,
    REFUSED,
    TIMED_OUT,
    A,
    attempts,
    empty,
    refusing,
    service,
    source,
)
from verdicts.claims.kernel_mode import (
    a_kernel_mode_proxy_completes_no_handshake_without_endpoints,
    a_kernel_mode_proxy_does_not_mask_a_refusing_backend,
    a_kernel_mode_proxy_keeps_the_clients_address,
    a_pod_reaches_itself_through_its_service,
)
from verdicts.observations.attempts import Attempts
from verdicts.observations.load_balancing import EmptyService, RefusingBackend, SourceAddress
from verdicts.vocabulary import Outcome, Reply

PASS, FAIL, OPEN, NOT_APPLICABLE = (
    Outcome.PASS,
    Outcome.FAIL,
    Outcome.INCONCLUSIVE,
    Outcome.NOT_APPLICABLE,
)
UNREACHABLE, NOT_PERMITTED = Reply.UNREACHABLE, Reply.NOT_PERMITTED


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(empty(REFUSED, REFUSED), PASS, "pass", id="refuses"),
        pytest.param(empty(TIMED_OUT, data_plane="kernelspace"), PASS, "pass", id="hns-drops"),
        pytest.param(empty(UNREACHABLE, data_plane="cilium"), PASS, "pass", id="cilium-icmp"),
        pytest.param(
            empty(NOT_PERMITTED, data_plane="cilium"), PASS, "pass", id="cilium-socket-lb"
        ),
        pytest.param(empty(REFUSED, TIMED_OUT), PASS, "pass", id="in-several-ways"),
        pytest.param(
            empty(ANSWERED, exchanges=attempts((), CLOSED)),
            FAIL,
            "handshake-completed",
            id="a-process-accepts",
        ),
        pytest.param(
            empty(REFUSED, ANSWERED, REFUSED), FAIL, "handshake-completed", id="accepts-once"
        ),
        pytest.param(empty(CLOSED), FAIL, "handshake-completed", id="closed-after-the-handshake"),
        pytest.param(
            empty(ANSWERED, elsewhere=ANSWERED),
            OPEN,
            "anything-answers",
            id="the-fabric-answers-every-syn",
        ),
        pytest.param(
            empty(REFUSED, elsewhere=ANSWERED),
            PASS,
            "pass",
            id="the-fabric-answers-ports-of-no-service-only",
        ),
        pytest.param(
            empty(TIMED_OUT, live=TIMED_OUT), OPEN, "control-failed", id="no-service-answers"
        ),
        pytest.param(
            empty(REFUSED, Reply.OTHER), OPEN, "unknown-reply", id="a-text-that-nobody-knows"
        ),
        pytest.param(empty(), OPEN, "not-asked", id="no-handshake-was-tried"),
    ],
)
def test_an_empty_service_completes_no_handshake(
    observation: EmptyService, outcome: Outcome, code: str
) -> None:
    found = a_kernel_mode_proxy_completes_no_handshake_without_endpoints(observation)

    assert (found.outcome, found.code) == (outcome, code), found.seen


@pytest.mark.parametrize(
    ("data_plane", "reply", "seen", "facts"),
    [
        ("nftables", REFUSED, "no handshake of 1 completes: refused", {"usual": True}),
        (
            "nftables",
            TIMED_OUT,
            "no handshake of 1 completes: timed-out, unlike nftables elsewhere",
            {"usual": False},
        ),
        (
            "Cilium 1.19",
            NOT_PERMITTED,
            "no handshake of 1 completes: not-permitted",
            {"usual": True},
        ),
        ("kernelspace", TIMED_OUT, "no handshake of 1 completes: timed-out", {"usual": None}),
    ],
)
def test_the_kind_of_refusal_is_compared_within_its_data_plane(
    data_plane: str, reply: Reply, seen: str, facts: dict[str, bool | None]
) -> None:
    found = a_kernel_mode_proxy_completes_no_handshake_without_endpoints(
        empty(reply, data_plane=data_plane)
    )

    assert found.outcome is PASS
    assert found.seen == seen
    assert found.facts.items() >= {**facts, "data_plane": data_plane}.items()
    assert found.facts["kinds"] == [reply.value]


@given(st.lists(st.sampled_from(Reply), min_size=1), st.sampled_from(["nftables", "ipvs", ""]))
def test_a_completed_handshake_never_passes(replies: list[Reply], data_plane: str) -> None:
    found = a_kernel_mode_proxy_completes_no_handshake_without_endpoints(
        empty(*replies, data_plane=data_plane)
    )

    if {ANSWERED, CLOSED} & set(replies):
        assert found.outcome is FAIL
    elif {Reply.OTHER, Reply.UNRESOLVED} & set(replies):
        assert found.outcome is OPEN
    else:
        assert found.outcome is PASS


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(refusing(attempts("aa", REFUSED)), PASS, "pass", id="the-refusal-shows"),
        pytest.param(refusing(attempts("a", TIMED_OUT)), PASS, "pass", id="it-shows-as-a-drop"),
        pytest.param(
            refusing(attempts("a", REFUSED), other_port=attempts((), REFUSED)),
            OPEN,
            "refusing-backend-unknown",
            id="a-failure-that-may-be-anybodys",
        ),
        pytest.param(
            refusing(attempts("aa", Reply.OTHER, REFUSED)),
            PASS,
            "pass",
            id="the-refusal-shows-among-failures-of-no-known-kind",
        ),
        pytest.param(
            refusing(attempts("aa", CLOSED)), OPEN, "other-failure", id="accepted-and-closed"
        ),
        pytest.param(
            refusing(attempts("aa", Reply.NOT_PERMITTED, Reply.OTHER)),
            OPEN,
            "other-failure",
            id="a-policy-is-no-dead-backend",
        ),
        pytest.param(
            refusing(attempts("aa", REFUSED), data_plane="ipvs"),
            PASS,
            "pass",
            id="ipvs-that-does-not-retry",
        ),
        pytest.param(refusing(attempts("a" * 40)), FAIL, "masked", id="masked"),
        pytest.param(
            refusing(attempts("a" * 40), data_plane="ipvs"),
            NOT_APPLICABLE,
            "documented-to-retry",
            id="ipvs-is-documented-to-retry",
        ),
        pytest.param(refusing(attempts("a" * 19)), OPEN, "too-few-tries", id="luck-of-the-draw"),
        pytest.param(
            refusing(attempts("aa", REFUSED, TIMED_OUT), readiness=NEVER),
            OPEN,
            "not-programmed",
            id="the-service-came-too-late",
        ),
        pytest.param(
            refusing(attempts("a" * 40), other_port=attempts("a")),
            OPEN,
            "refusing-backend-unknown",
            id="the-proxy-may-not-know-the-backend",
        ),
        pytest.param(
            refusing(attempts((), REFUSED, REFUSED)),
            OPEN,
            "control-failed",
            id="endpoints-were-never-mirrored",
        ),
        pytest.param(
            refusing(attempts("aa", REFUSED), directly=(ANSWERED,)),
            OPEN,
            "control-failed",
            id="the-dead-one-answers",
        ),
        pytest.param(
            refusing(attempts("aa", REFUSED), live_directly=attempts((), TIMED_OUT)),
            OPEN,
            "control-failed",
            id="the-live-one-is-down",
        ),
        pytest.param(
            refusing(attempts("aa", Reply.OTHER)),
            OPEN,
            "unknown-reply",
            id="the-client-is-out-of-ports",
        ),
        pytest.param(
            refusing(attempts("aa", REFUSED), directly=(REFUSED, Reply.OTHER)),
            OPEN,
            "control-failed",
            id="whether-the-dead-one-is-dead-is-unknown",
        ),
        pytest.param(
            refusing(attempts("ax", REFUSED)), FAIL, "backend-foreign", id="a-stranger-answers"
        ),
    ],
)
def test_a_refusing_backend_is_not_masked(
    observation: RefusingBackend, outcome: Outcome, code: str
) -> None:
    found = a_kernel_mode_proxy_does_not_mask_a_refusing_backend(observation)

    assert (found.outcome, found.code) == (outcome, code), found.seen


@pytest.mark.parametrize(
    ("sample", "outcome", "code"),
    [
        pytest.param(attempts("a" * 10), PASS, "pass", id="answers-itself"),
        pytest.param(attempts((), TIMED_OUT, TIMED_OUT), FAIL, "no-answer", id="no-loopback-dsr"),
        pytest.param(attempts("a" * 9, TIMED_OUT), FAIL, "no-answer", id="now-and-then"),
        pytest.param(attempts("b" * 10), FAIL, "backend-foreign", id="somebody-else"),
    ],
)
def test_a_pod_reaches_itself(sample: Attempts, outcome: Outcome, code: str) -> None:
    found = a_pod_reaches_itself_through_its_service(service(sample, backends=(A,)))

    assert (found.outcome, found.code) == (outcome, code), found.seen


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(source("10.244.0.5"), PASS, "pass", id="the-client"),
        pytest.param(source("192.0.2.11"), FAIL, "node-address", id="masqueraded"),
        pytest.param(source("10.244.0.1"), FAIL, "node-address", id="masqueraded-to-the-bridge"),
        pytest.param(source("198.51.100.7"), FAIL, "other-address", id="translated-by-somebody"),
        pytest.param(
            source("10.244.0.5", "192.0.2.11"), FAIL, "other-address", id="now-this-now-that"
        ),
        pytest.param(
            source("192.0.2.11", masquerade_all=True),
            NOT_APPLICABLE,
            "masquerade-all",
            id="masquerade-all-is-configured",
        ),
        pytest.param(
            source("192.0.2.11", masquerade_all=None),
            OPEN,
            "masquerade-unknown",
            id="nobody-could-read-whether-all-is-masqueraded",
        ),
        pytest.param(
            source("10.244.0.5", masquerade_all=None),
            PASS,
            "pass",
            id="the-client-is-seen-whatever-is-configured",
        ),
        pytest.param(
            source("192.0.2.11", masquerade_all=None, data_plane="cilium ebpf"),
            FAIL,
            "node-address",
            id="a-data-plane-without-such-a-setting",
        ),
        pytest.param(
            source("192.0.2.11", platform="windows-2019"),
            NOT_APPLICABLE,
            "reported-node-ip",
            id="windows-without-dsr",
        ),
        pytest.param(
            source("10.244.0.5", platform="windows-2022"),
            NOT_APPLICABLE,
            "reported-pod-ip",
            id="windows-2022-with-dsr",
        ),
        pytest.param(
            source("10.244.0.2", platform="windows-2022", pod_ranges=()),
            NOT_APPLICABLE,
            "reported-other",
            id="a-source-vip-of-an-overlay",
        ),
        pytest.param(
            source("192.0.2.11", platform="windows-1709", masquerade_all=True),
            NOT_APPLICABLE,
            "reported-node-ip",
            id="reported-whatever-is-configured",
        ),
        pytest.param(
            source("10.244.0.5", backend=A.model_copy(update={"pod": "probe"})),
            OPEN,
            "client-is-backend",
            id="a-pod-that-asks-itself",
        ),
        pytest.param(
            source("192.0.2.11", directly=["192.0.2.11"]),
            OPEN,
            "translated-without-service",
            id="a-masquerade-agent-translates-all",
        ),
        pytest.param(source(unanswered=[REFUSED]), OPEN, "no-answer", id="the-service-is-silent"),
        pytest.param(
            source("fd00::5", client_addresses=["10.244.0.5", "fd00::5"], directly=["fd00::5"]),
            PASS,
            "pass",
            id="any-address-of-the-client",
        ),
    ],
)
def test_a_backend_sees_its_client(
    observation: SourceAddress, outcome: Outcome, code: str
) -> None:
    found = a_kernel_mode_proxy_keeps_the_clients_address(observation)

    assert (found.outcome, found.code) == (outcome, code), found.seen


@pytest.mark.parametrize(
    ("ranges", "named"),
    [((), False), (("10.244.0.0/16",), False), (("10.0.0.0/24", "fd00::/48"), True)],
)
def test_a_cluster_range_without_the_client_is_named_as_the_reason(
    ranges: tuple[str, ...],
    named: bool,  # noqa: FBT001  # a row
) -> None:
    found = a_kernel_mode_proxy_keeps_the_clients_address(
        source("192.0.2.11", cluster_cidrs=ranges)
    )

    assert (found.code, "clusterCIDR" in found.seen) == ("node-address", named)


def test_masquerading_is_named_with_the_place_that_told_it() -> None:
    found = a_kernel_mode_proxy_keeps_the_clients_address(
        source("192.0.2.11", masquerade_all=True)
    )

    assert "masqueradeAll is configured (kube-proxy configuration)" in found.seen
    assert found.facts["masquerade_known_by"] == "kube-proxy configuration"
