"""Every code and branch of the claim on the API server's own Service, as a table."""

from collections.abc import Sequence

import pytest

from tests.verdicts.services import (
    ANSWERED,
    AT_ONCE,
    CLOSED,
    NEVER,
    OTHER,
    REFUSED,
    TIMED_OUT,
    attempts,
)
from verdicts.claims import kernel_mode, user_mode
from verdicts.observations.api_server import ApiServerSample, AskedElsewhere
from verdicts.observations.attempts import Attempts
from verdicts.vocabulary import Mode, Outcome, Reply

PASS, FAIL, OPEN = Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE
REACHED = attempts(["Client sent an HTTP request to an HTTPS server."])


def lost(reply: Reply) -> Attempts:
    return attempts([], reply)


def elsewhere(request: Attempts, *, mode: Mode = Mode.KERNEL) -> AskedElsewhere:
    return AskedElsewhere(client="peer-z", node="node-z", mode=mode, request=request)


def asked(
    *requests: Attempts, handshake: Reply | None = None, others: Sequence[AskedElsewhere] = ()
) -> ApiServerSample:
    return ApiServerSample(
        address="10.96.0.1",
        port=443,
        client="probe",
        readiness=AT_ONCE if requests[0].answered else NEVER,
        requests=requests,
        handshake=handshake,
        elsewhere=tuple(others),
    )


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(asked(REACHED), PASS, "pass", id="answers"),
        pytest.param(
            asked(lost(REFUSED), REACHED, handshake=REFUSED, others=[elsewhere(lost(REFUSED))]),
            PASS,
            "pass",
            id="was-away-for-a-moment",
        ),
        pytest.param(
            asked(
                lost(TIMED_OUT),
                lost(TIMED_OUT),
                handshake=TIMED_OUT,
                others=[elsewhere(lost(TIMED_OUT)), elsewhere(REACHED)],
            ),
            FAIL,
            "no-answer",
            id="is-lost-on-this-node-alone",
        ),
        pytest.param(
            asked(lost(TIMED_OUT), handshake=TIMED_OUT, others=[elsewhere(lost(TIMED_OUT))]),
            OPEN,
            "control-failed",
            id="is-kept-from-all-pods",
        ),
        pytest.param(asked(lost(REFUSED), handshake=REFUSED), OPEN, "no-control", id="one-node"),
        pytest.param(
            asked(lost(CLOSED), handshake=ANSWERED, others=[elsewhere(lost(CLOSED))]),
            PASS,
            "pass",
            id="closes-what-is-not-tls",
        ),
        pytest.param(
            asked(lost(CLOSED), handshake=ANSWERED, others=[elsewhere(REACHED)]),
            FAIL,
            "no-answer",
            id="its-proxy-completes-handshakes-in-vain",
        ),
        pytest.param(
            asked(lost(TIMED_OUT), handshake=TIMED_OUT, others=[elsewhere(lost(CLOSED))]),
            FAIL,
            "no-answer",
            id="closes-elsewhere-what-is-not-tls",
        ),
        pytest.param(
            asked(
                lost(TIMED_OUT),
                handshake=TIMED_OUT,
                others=[elsewhere(lost(CLOSED), mode=Mode.USER)],
            ),
            OPEN,
            "control-failed",
            id="the-other-proxy-may-have-closed-it",
        ),
        pytest.param(
            asked(lost(OTHER), handshake=OTHER, others=[elsewhere(REACHED)]),
            OPEN,
            "unknown-reply",
            id="out-of-ports",
        ),
    ],
)
def test_the_api_server_is_reached(
    observation: ApiServerSample, outcome: Outcome, code: str
) -> None:
    for claim in (
        kernel_mode.a_kernel_mode_proxy_leads_to_the_api_server,
        user_mode.a_user_mode_proxy_leads_to_the_api_server,
    ):
        found = claim(observation)

        assert (found.outcome, found.code) == (outcome, code), found.seen
