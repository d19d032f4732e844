"""Every code and branch of the claims on Services that change, as tables."""

import pytest

from tests.verdicts.services import (
    ANSWERED,
    AT_ONCE,
    CLOSED,
    NEVER,
    OTHER,
    REFUSED,
    TIMED_OUT,
    A,
    B,
    attempts,
    empty,
    service,
)
from verdicts.claims.kernel_mode import (
    a_kernel_mode_proxy_forgets_the_last_endpoint,
    a_kernel_mode_proxy_keeps_services_apart,
)
from verdicts.observations.attempts import Attempts
from verdicts.observations.load_balancing import (
    EmptyService,
    LastEndpoint,
    ServiceSample,
    SharedBackends,
)
from verdicts.vocabulary import Outcome, Reply

BOTH = attempts(["a", "b"] * 15)


def shared(
    sample: ServiceSample,
    *,
    before: Attempts = attempts(["a", "b"]),  # noqa: B008  # it is frozen
    doomed_before: Reply = ANSWERED,
    is_silent: bool = True,
) -> SharedBackends:
    return SharedBackends(
        stays="scale",
        goes="beside",
        before=before,
        doomed_before=doomed_before,
        silence=AT_ONCE if is_silent else NEVER,
        sample=sample,
    )


TWO = service(BOTH, backends=(A, B))


@pytest.mark.parametrize(
    ("seen", "outcome", "code"),
    [
        pytest.param(shared(TWO), Outcome.PASS, "pass", id="goes-on"),
        pytest.param(
            shared(service(attempts([], REFUSED, REFUSED), backends=(A, B))),
            Outcome.FAIL,
            "no-answer",
            id="taken-along",
        ),
        pytest.param(
            shared(service(attempts(["a"] * 30), backends=(A, B))),
            Outcome.FAIL,
            "backend-missing",
            id="one-taken-along",
        ),
        pytest.param(
            shared(TWO, before=attempts([], TIMED_OUT)),
            Outcome.INCONCLUSIVE,
            "never-served",
            id="never-served",
        ),
        pytest.param(
            shared(TWO, doomed_before=REFUSED),
            Outcome.INCONCLUSIVE,
            "never-served",
            id="the-other-never-served",
        ),
        pytest.param(
            shared(TWO, is_silent=False), Outcome.INCONCLUSIVE, "not-deleted", id="not-followed"
        ),
    ],
)
def test_a_service_whose_neighbour_is_deleted(
    seen: SharedBackends, outcome: Outcome, code: str
) -> None:
    finding = a_kernel_mode_proxy_keeps_services_apart(seen)

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen


def last(
    emptied: EmptyService,
    *,
    before: Attempts = attempts(["b"]),  # noqa: B008  # it is frozen
    ready_after: tuple[str, ...] = (),
) -> LastEndpoint:
    return LastEndpoint(backend=B, before=before, ready_after=ready_after, emptied=emptied)


@pytest.mark.parametrize(
    ("seen", "outcome", "code"),
    [
        pytest.param(last(empty(REFUSED, REFUSED)), Outcome.PASS, "pass", id="refused"),
        pytest.param(last(empty(TIMED_OUT)), Outcome.PASS, "pass", id="dropped"),
        pytest.param(
            last(empty(ANSWERED, exchanges=attempts(["b", "b"]))),
            Outcome.FAIL,
            "still-answers",
            id="leaked",
        ),
        pytest.param(
            last(empty(ANSWERED, exchanges=attempts([], CLOSED))),
            Outcome.FAIL,
            "handshake-completed",
            id="accepts-and-closes",
        ),
        pytest.param(
            last(empty(ANSWERED, elsewhere=ANSWERED, exchanges=attempts([], CLOSED))),
            Outcome.INCONCLUSIVE,
            "anything-answers",
            id="something-answers-every-syn",
        ),
        pytest.param(
            last(empty(ANSWERED, live=TIMED_OUT, exchanges=attempts(["b"]))),
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="no-live-service",
        ),
        pytest.param(last(empty(OTHER)), Outcome.INCONCLUSIVE, "unknown-reply", id="unknown"),
        pytest.param(
            last(empty(REFUSED), before=attempts([], REFUSED)),
            Outcome.INCONCLUSIVE,
            "never-served",
            id="never-served",
        ),
        pytest.param(
            last(empty(ANSWERED, exchanges=attempts(["b"])), ready_after=("10.244.2.9",)),
            Outcome.INCONCLUSIVE,
            "api-lists-it",
            id="the-api-has-not-followed",
        ),
    ],
)
def test_a_service_whose_last_endpoint_went(
    seen: LastEndpoint, outcome: Outcome, code: str
) -> None:
    finding = a_kernel_mode_proxy_forgets_the_last_endpoint(seen)

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen
