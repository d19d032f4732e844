"""Every code and branch of what only user mode does, as tables of what was seen."""

import pytest

from tests.verdicts.services import (
    ANSWERED,
    CLOSED,
    NEVER,
    REFUSED,
    TIMED_OUT,
    A,
    B,
    attempts,
    empty,
    refusing,
    service,
    source,
)
from verdicts.claims.user_mode import (
    a_user_mode_proxy_accepts_without_endpoints,
    a_user_mode_proxy_goes_round,
    a_user_mode_proxy_masks_a_refusing_backend,
    a_user_mode_proxy_shows_a_node_as_the_client,
)
from verdicts.observations.load_balancing import (
    EmptyService,
    RefusingBackend,
    ServiceSample,
    SourceAddress,
)
from verdicts.vocabulary import Outcome, Reply

PASS, FAIL, OPEN = Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE
UNREACHABLE, NOT_PERMITTED, OTHER = Reply.UNREACHABLE, Reply.NOT_PERMITTED, Reply.OTHER


@pytest.mark.parametrize(
    ("sample", "outcome", "code"),
    [
        pytest.param(service(attempts("cab" * 20)), PASS, "pass", id="one-order-over-and-over"),
        pytest.param(
            service(attempts("cabcabca"), attempts("bcabcabcabcabc")),
            PASS,
            "pass",
            id="the-order-goes-on-in-the-next-call",
        ),
        pytest.param(
            service(attempts("ab" * 20), backends=(A, B)), PASS, "pass", id="two-in-turn"
        ),
        pytest.param(
            service(attempts("abc" * 10 + "acb" * 10)), FAIL, "not-round-robin", id="turns-over"
        ),
        pytest.param(
            service(attempts("aabbcc" * 10)), FAIL, "not-round-robin", id="each-twice-in-turn"
        ),
        pytest.param(
            service(attempts("abc" * 19 + "abb")), FAIL, "not-round-robin", id="the-last-is-off"
        ),
        pytest.param(
            service(attempts("abcab" + "abc" * 18)),
            FAIL,
            "not-round-robin",
            id="starts-again-in-between",
        ),
        pytest.param(
            service(attempts("abc" * 10 + "acb" * 10), ready_after=[]),
            OPEN,
            "endpoints-changed",
            id="reshuffled-because-endpoints-changed",
        ),
        pytest.param(service(attempts("abc" * 3)), OPEN, "too-few-tries", id="too-few"),
        pytest.param(service(attempts("ab" * 30)), FAIL, "backend-missing", id="one-left-out"),
        pytest.param(
            service(attempts("abc" * 20, CLOSED)), FAIL, "no-answer", id="one-connection-lost"
        ),
        pytest.param(
            service(attempts("a" * 40), backends=(A,)), OPEN, "too-few-backends", id="only-one"
        ),
    ],
)
def test_connections_go_round(sample: ServiceSample, outcome: Outcome, code: str) -> None:
    found = a_user_mode_proxy_goes_round(sample)

    assert (found.outcome, found.code) == (outcome, code), found.seen


def test_a_broken_rotation_names_the_connection() -> None:
    found = a_user_mode_proxy_goes_round(service(attempts("abc" * 19 + "abb")))

    assert found.seen == "connection 60 went to peer-b, not to peer-c"


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(
            empty(ANSWERED, ANSWERED, exchanges=attempts((), CLOSED, CLOSED)),
            PASS,
            "pass",
            id="accepts-then-closes",
        ),
        pytest.param(
            empty(ANSWERED, exchanges=attempts((), CLOSED), data_plane="iptables"),
            PASS,
            "pass",
            id="whatever-the-data-plane-is-called",
        ),
        pytest.param(empty(REFUSED, REFUSED), FAIL, "refused", id="refuses"),
        pytest.param(empty(TIMED_OUT), FAIL, "timed-out", id="drops"),
        pytest.param(empty(UNREACHABLE), FAIL, "unreachable", id="unreachable"),
        pytest.param(empty(NOT_PERMITTED), FAIL, "not-permitted", id="socket-lb-of-cilium"),
        pytest.param(
            empty(ANSWERED, REFUSED, exchanges=attempts((), CLOSED)),
            FAIL,
            "refused",
            id="accepts-now-and-then",
        ),
        pytest.param(
            empty(ANSWERED, exchanges=attempts("a")), FAIL, "answered", id="somebody-answers"
        ),
        pytest.param(
            empty(ANSWERED, exchanges=attempts("a", CLOSED)),
            FAIL,
            "answered",
            id="somebody-answers-once",
        ),
        pytest.param(
            empty(ANSWERED, exchanges=attempts((), TIMED_OUT, CLOSED)),
            FAIL,
            "held-open",
            id="accepts-and-says-nothing",
        ),
        pytest.param(
            empty(ANSWERED, exchanges=attempts((), OTHER)), FAIL, "other", id="something-else"
        ),
        pytest.param(empty(ANSWERED), OPEN, "not-asked", id="what-follows-was-not-asked"),
        pytest.param(empty(), OPEN, "not-asked", id="no-handshake-was-tried"),
        pytest.param(
            empty(TIMED_OUT, live=TIMED_OUT), OPEN, "control-failed", id="no-service-answers"
        ),
        pytest.param(
            empty(ANSWERED, exchanges=attempts((), CLOSED), elsewhere=ANSWERED),
            OPEN,
            "anything-answers",
            id="a-middlebox-accepts-everything",
        ),
    ],
)
def test_an_empty_service_accepts_and_closes(
    observation: EmptyService, outcome: Outcome, code: str
) -> None:
    found = a_user_mode_proxy_accepts_without_endpoints(observation)

    assert (found.outcome, found.code) == (outcome, code), found.seen


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(refusing(attempts("a" * 40)), PASS, "pass", id="masked"),
        pytest.param(
            refusing(attempts("a" * 40), directly=(TIMED_OUT,)),
            PASS,
            "pass",
            id="masked-though-it-drops-instead-of-refusing",
        ),
        pytest.param(
            refusing(attempts("aa", REFUSED)), FAIL, "not-masked", id="the-refusal-comes-through"
        ),
        pytest.param(
            refusing(attempts("a" * 39, CLOSED)), FAIL, "not-masked", id="closed-once-in-forty"
        ),
        pytest.param(
            refusing(attempts("aa", REFUSED, TIMED_OUT), readiness=NEVER),
            OPEN,
            "not-programmed",
            id="the-service-came-too-late",
        ),
        pytest.param(
            refusing(attempts("a" * 40), other_port=attempts((), REFUSED)),
            OPEN,
            "refusing-backend-unknown",
            id="the-proxy-may-not-know-the-backend",
        ),
        pytest.param(refusing(attempts("a" * 8)), OPEN, "too-few-tries", id="too-few"),
        pytest.param(
            refusing(attempts((), CLOSED, CLOSED)),
            OPEN,
            "control-failed",
            id="the-live-one-is-not-reached-through-the-service",
        ),
        pytest.param(refusing(attempts()), OPEN, "control-failed", id="nothing-asked"),
        pytest.param(
            refusing(attempts("a" * 40), directly=(REFUSED, ANSWERED)),
            OPEN,
            "control-failed",
            id="the-dead-one-answers",
        ),
        pytest.param(
            refusing(attempts("a" * 40), directly=()),
            OPEN,
            "control-failed",
            id="the-dead-one-was-not-asked",
        ),
        pytest.param(
            refusing(attempts("a" * 40), live_directly=attempts("aa", TIMED_OUT)),
            OPEN,
            "control-failed",
            id="the-live-one-falters",
        ),
        pytest.param(
            refusing(attempts("a" * 40), live=A.model_copy(update={"identity": ""})),
            OPEN,
            "control-failed",
            id="the-live-one-is-unknown",
        ),
        pytest.param(
            refusing(attempts("a" * 39 + "x")), FAIL, "backend-foreign", id="a-stranger-answers"
        ),
    ],
)
def test_a_refusing_backend_is_masked(
    observation: RefusingBackend, outcome: Outcome, code: str
) -> None:
    found = a_user_mode_proxy_masks_a_refusing_backend(observation)

    assert (found.outcome, found.code) == (outcome, code), found.seen


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(source("192.0.2.11", "192.0.2.11"), PASS, "pass", id="the-judged-node"),
        pytest.param(source("192.0.2.12"), PASS, "pass", id="another-node"),
        pytest.param(source("10.244.0.1"), PASS, "pass", id="the-nodes-bridge"),
        pytest.param(source("10.244.0.0"), PASS, "pass", id="the-nodes-flannel-device"),
        pytest.param(source("10.244.0.5"), FAIL, "client-address", id="the-client"),
        pytest.param(
            source("192.0.2.11", "10.244.0.5"), FAIL, "client-address", id="the-client-at-times"
        ),
        pytest.param(source("10.244.0.6"), OPEN, "unknown-address", id="another-pod"),
        pytest.param(
            source("10.244.7.64", pod_ranges=()), OPEN, "unknown-address", id="calicos-tunnel"
        ),
        pytest.param(
            source("10.244.0.5", backend=A.model_copy(update={"pod": "probe"})),
            OPEN,
            "client-is-backend",
            id="a-pod-that-asks-itself",
        ),
        pytest.param(
            source(unanswered=[TIMED_OUT]), OPEN, "no-answer", id="the-service-is-silent"
        ),
        pytest.param(source(), OPEN, "no-answer", id="nothing-asked"),
        pytest.param(
            source("192.0.2.11", directly=["192.0.2.11"]),
            OPEN,
            "translated-without-service",
            id="a-masquerade-agent-translates-all",
        ),
        pytest.param(
            source("192.0.2.11", directly=[]),
            OPEN,
            "translated-without-service",
            id="the-backend-is-silent",
        ),
    ],
)
def test_a_backend_sees_a_node(observation: SourceAddress, outcome: Outcome, code: str) -> None:
    found = a_user_mode_proxy_shows_a_node_as_the_client(observation)

    assert (found.outcome, found.code) == (outcome, code), found.seen
