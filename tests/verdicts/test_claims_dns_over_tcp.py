"""Every code and branch of the claim on DNS over TCP, as a table."""

import pytest

from verdicts.claims.dns_over_tcp import names_resolve_over_tcp
from verdicts.observations.dns import Answer, AskedOverTcp, NamesOverTcp, Query
from verdicts.vocabulary import Outcome, Reply

OWN, OTHER = "10.96.3.4", "10.96.0.1"
GOOD = Query(answer=Answer.NOERROR, addresses=(OWN,))
BAD = Query(answer=Answer.NOERROR, addresses=(OTHER,))
NXDOMAIN = Query(answer=Answer.NXDOMAIN, detail="rcode 3")
SILENT = Query(answer=Answer.SILENT, detail="no answer within 3 s")


def asked(
    query: Query = GOOD,
    *,
    handshake: Reply | None = None,
    control: Query | None = None,
    container: str = "a",
) -> AskedOverTcp:
    return AskedOverTcp(
        container=container,
        server="10.96.0.10",
        query=query,
        handshake=handshake,
        control=control,
    )


def lost(reply: Reply, *, control: Query = GOOD) -> AskedOverTcp:
    return asked(SILENT, handshake=reply, control=control, container="b")


@pytest.mark.parametrize(
    ("containers", "is_served", "outcome", "code"),
    [
        pytest.param([asked(), asked()], None, Outcome.PASS, "pass", id="all"),
        pytest.param([], None, Outcome.INCONCLUSIVE, "not-asked", id="nobody"),
        pytest.param(
            [asked(), lost(Reply.TIMED_OUT)], True, Outcome.FAIL, "timed-out", id="dropped"
        ),
        pytest.param([lost(Reply.REFUSED)], None, Outcome.FAIL, "refused", id="refused"),
        pytest.param([lost(Reply.ANSWERED)], True, Outcome.FAIL, "closed", id="accepts-only"),
        pytest.param(
            [asked(BAD, control=GOOD)], True, Outcome.FAIL, "tcp-other-answer", id="another"
        ),
        pytest.param(
            [asked(NXDOMAIN, control=GOOD)], True, Outcome.FAIL, "tcp-other-answer", id="no-name"
        ),
        pytest.param(
            [lost(Reply.REFUSED)], False, Outcome.NOT_APPLICABLE, "no-tcp-port", id="no-port"
        ),
        pytest.param(
            [lost(Reply.TIMED_OUT, control=SILENT)],
            True,
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="dns-is-down",
        ),
        pytest.param(
            [asked(SILENT, handshake=Reply.TIMED_OUT)],
            True,
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="no-control",
        ),
        pytest.param(
            [lost(Reply.OTHER)], True, Outcome.INCONCLUSIVE, "unknown-reply", id="unknown-words"
        ),
        pytest.param(
            [asked(SILENT, control=GOOD)],
            True,
            Outcome.INCONCLUSIVE,
            "unknown-reply",
            id="no-handshake-was-tried",
        ),
    ],
)
def test_names_over_tcp(
    *, containers: list[AskedOverTcp], is_served: bool | None, outcome: Outcome, code: str
) -> None:
    observation = NamesOverTcp(
        pod="probe",
        node="node-a",
        name="kubernetes.run.svc.cluster.local.",
        address=OWN,
        asked=tuple(containers),
        is_served=is_served,
    )

    finding = names_resolve_over_tcp(observation)

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen
