"""What both proxy modes owe their Services, as tables: every code and branch, for both rows."""

from collections.abc import Callable

import pytest

from tests.verdicts.services import (
    NEVER,
    OTHER,
    REFUSED,
    TIMED_OUT,
    A,
    B,
    C,
    attempts,
    scaling,
    service,
    step,
)
from verdicts.claims import kernel_mode, user_mode
from verdicts.claims.data_planes import named_in
from verdicts.claims.load_balancing import FALSE_ALARM, chance_of_missing_one
from verdicts.findings import Finding
from verdicts.observations.load_balancing import Scaling, ServiceSample
from verdicts.vocabulary import Outcome, Protocol, Reply

PASS, FAIL, OPEN, NOT_APPLICABLE = (
    Outcome.PASS,
    Outcome.FAIL,
    Outcome.INCONCLUSIVE,
    Outcome.NOT_APPLICABLE,
)


ALL = "abc" * 20


SILENT = A.model_copy(update={"identity": ""})


TWIN = B.model_copy(update={"identity": A.identity})


def udp(answers: str, *failures: Reply, tries: int | None = None) -> ServiceSample:
    return service(attempts(answers, *failures, protocol=Protocol.UDP, tries=tries))


@pytest.mark.parametrize(
    "claim",
    [
        user_mode.a_user_mode_proxy_reaches_exactly_the_backends,
        kernel_mode.a_kernel_mode_proxy_reaches_exactly_the_backends,
    ],
)
@pytest.mark.parametrize(
    ("sample", "outcome", "code"),
    [
        pytest.param(service(attempts(ALL)), PASS, "pass", id="all-answer"),
        pytest.param(service(attempts("a" * 50 + "b" * 8 + "c" * 2)), PASS, "pass", id="unevenly"),
        pytest.param(
            service(attempts("ab" * 10), attempts("c" * 40)), PASS, "pass", id="in-two-calls"
        ),
        pytest.param(service(attempts("ab" * 30)), FAIL, "backend-missing", id="one-left-out"),
        pytest.param(service(attempts("a" * 60)), FAIL, "backend-missing", id="one-for-all"),
        pytest.param(
            service(attempts("a" * 60), data_plane="ipvs"),
            OPEN,
            "one-backend-by-schedule",
            id="ipvs-hashes-by-source",
        ),
        pytest.param(
            service(attempts("ab" * 30), data_plane="ipvs"),
            FAIL,
            "backend-missing",
            id="ipvs-with-two-of-three-is-no-hash",
        ),
        pytest.param(
            service(attempts("ab" * 10)), OPEN, "too-few-tries", id="too-few-to-miss-one"
        ),
        pytest.param(service(attempts(ALL + "x")), FAIL, "backend-foreign", id="a-stranger"),
        pytest.param(
            service(attempts(ALL + "x", REFUSED)),
            FAIL,
            "backend-foreign",
            id="a-stranger-tells-more-than-a-refusal",
        ),
        pytest.param(
            service(attempts((), REFUSED, REFUSED), readiness=(NEVER,)),
            FAIL,
            "no-answer",
            id="never-programmed",
        ),
        pytest.param(service(attempts((), TIMED_OUT)), FAIL, "no-answer", id="nothing-answers"),
        pytest.param(
            service(attempts(ALL, TIMED_OUT)), FAIL, "no-answer", id="one-connection-lost"
        ),
        pytest.param(
            service(attempts("ab" * 7, *[TIMED_OUT] * 6)),
            FAIL,
            "no-answer",
            id="one-black-hole-in-a-short-sample",
        ),
        pytest.param(
            service(attempts("ab" * 20, *[REFUSED] * 20)),
            FAIL,
            "no-answer",
            id="one-refuses-in-a-long-sample",
        ),
        pytest.param(
            service(attempts((), REFUSED, tries=60)),
            FAIL,
            "no-answer",
            id="agnhost-forgot-who-answered",
        ),
        pytest.param(
            service(attempts(ALL, OTHER)), OPEN, "unknown-reply", id="the-client-is-out-of-ports"
        ),
        pytest.param(
            service(attempts((), OTHER, OTHER)), OPEN, "unknown-reply", id="the-client-cannot-dial"
        ),
        pytest.param(
            service(attempts(ALL, OTHER, REFUSED)), FAIL, "no-answer", id="a-refusal-among-others"
        ),
        pytest.param(
            service(attempts("ab" * 30, OTHER)), FAIL, "backend-missing", id="missing-all-the-same"
        ),
        pytest.param(udp(ALL), PASS, "pass", id="all-datagrams"),
        pytest.param(udp(ALL, *[TIMED_OUT] * 3), PASS, "pass", id="three-datagrams-lost"),
        pytest.param(udp(ALL, *[TIMED_OUT] * 4), FAIL, "no-answer", id="too-many-lost"),
        pytest.param(udp("ab" * 30, TIMED_OUT), FAIL, "backend-missing", id="udp-one-left-out"),
        pytest.param(udp("", TIMED_OUT, TIMED_OUT), FAIL, "no-answer", id="no-datagram"),
        pytest.param(
            udp("a", TIMED_OUT, tries=60), OPEN, "too-few-tries", id="agnhost-forgot-datagrams"
        ),
        pytest.param(
            service(attempts("a" * 60), backends=(A,)), OPEN, "too-few-backends", id="only-one"
        ),
        pytest.param(
            service(attempts("bc" * 30), backends=(SILENT, B, C)),
            OPEN,
            "backend-silent",
            id="a-backend-is-down",
        ),
        pytest.param(
            service(attempts("ac" * 30), backends=(A, TWIN, C)),
            OPEN,
            "indistinct-backends",
            id="two-with-one-name",
        ),
        pytest.param(
            service(attempts("ab" * 30), ready=[A.address, B.address]),
            OPEN,
            "endpoints-changed",
            id="the-api-lists-two-only",
        ),
        pytest.param(
            service(attempts("ab" * 30), ready_after=[]),
            OPEN,
            "endpoints-changed",
            id="endpoints-went-away-meanwhile",
        ),
        pytest.param(
            service(attempts(ALL), ready_after=[]),
            PASS,
            "pass",
            id="all-answer-while-endpoints-change",
        ),
    ],
)
def test_exactly_the_ready_backends_answer(
    claim: Callable[[ServiceSample], Finding], sample: ServiceSample, outcome: Outcome, code: str
) -> None:
    found = claim(sample)

    assert (found.outcome, found.code) == (outcome, code), found.seen


def test_a_failure_names_who_never_answered() -> None:
    found = kernel_mode.a_kernel_mode_proxy_reaches_exactly_the_backends(
        service(attempts("ab" * 30))
    )

    assert found.seen == "never answered: peer-c"
    assert found.facts["counts"] == {"peer-a": 30, "peer-b": 30}


def test_a_service_that_was_never_programmed_says_how_long_it_was_awaited() -> None:
    found = user_mode.a_user_mode_proxy_reaches_exactly_the_backends(
        service(attempts((), TIMED_OUT), readiness=(NEVER,))
    )

    assert found.seen == "nothing answered: timed-out first answer not within 120 s"


def test_forty_connections_to_three_random_backends_raise_no_false_alarm() -> None:
    assert chance_of_missing_one(3, 40) < FALSE_ALARM < chance_of_missing_one(3, 30)


@pytest.mark.parametrize(
    "claim",
    [
        user_mode.a_user_mode_proxy_follows_its_backends,
        kernel_mode.a_kernel_mode_proxy_follows_its_backends,
    ],
)
@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(
            scaling(step("ab", "ab"), step("a", "a"), step("ab", "ab")), PASS, "pass", id="follows"
        ),
        pytest.param(
            scaling(step("a", "a"), step("ab", "ab"), step("b", "b")),
            PASS,
            "pass",
            id="the-other-way-round",
        ),
        pytest.param(
            scaling(step("ab", "ab"), step("a", "ab"), step("ab", "ab")),
            FAIL,
            "backend-kept",
            id="keeps-what-left",
        ),
        pytest.param(
            scaling(step("ab", "ab"), step("a", "a"), step("ab", "a")),
            FAIL,
            "backend-missing",
            id="misses-what-joined",
        ),
        pytest.param(
            scaling(
                step("ab", "ab"), step("a", "a"), step("ab", "a"), data_plane="kube-proxy IPVS"
            ),
            OPEN,
            "one-backend-by-schedule",
            id="ipvs-keeps-to-one",
        ),
        pytest.param(
            scaling(step("ab", ""), step("a", "a"), step("ab", "b"), data_plane="ipvs"),
            FAIL,
            "backend-missing",
            id="ipvs-that-forgot-who-answered",
        ),
        pytest.param(
            scaling(step("ab", "", unanswered=[TIMED_OUT] * 40), step("a", "a"), step("ab", "ab")),
            FAIL,
            "no-answer",
            id="never-answered",
        ),
        pytest.param(
            scaling(
                step("ab", "ab"), step("a", "a", unanswered=[TIMED_OUT] * 19), step("ab", "ab")
            ),
            FAIL,
            "no-answer",
            id="sends-to-what-left-and-loses-it",
        ),
        pytest.param(
            scaling(
                step("ab", "", unanswered=[OTHER] * 2, tries=2), step("a", "a"), step("ab", "")
            ),
            OPEN,
            "unknown-reply",
            id="the-client-is-out-of-ports",
        ),
        pytest.param(
            scaling(step("ab", "a")), FAIL, "backend-missing", id="knows-one-to-begin-with"
        ),
        pytest.param(
            scaling(step("ab", "ab"), step("a", "a")), OPEN, "too-few-steps", id="only-removed"
        ),
        pytest.param(
            scaling(step("a", "a"), step("ab", "ab")), OPEN, "too-few-steps", id="only-added"
        ),
        pytest.param(
            scaling(step("ab", "ab"), step("a", "a"), step("ab", "ab"), backends=(SILENT, B)),
            OPEN,
            "backend-silent",
            id="a-backend-is-down",
        ),
    ],
)
def test_a_proxy_follows_its_backends(
    claim: Callable[[Scaling], Finding], observation: Scaling, outcome: Outcome, code: str
) -> None:
    found = claim(observation)

    assert (found.outcome, found.code) == (outcome, code), found.seen


@pytest.mark.parametrize(
    ("text", "found"),
    [("ipvs", 1), ("kube-proxy IPVS, rr", 1), ("nftables", None), ("", None)],
)
def test_a_data_plane_is_known_by_its_name_in_any_text(text: str, found: int | None) -> None:
    assert named_in({"ipvs": 1}, text) == found


@pytest.mark.parametrize("row", [user_mode, kernel_mode])
def test_every_claim_of_a_row_is_listed_under_its_own_name(row: object) -> None:
    claims = vars(row)["CLAIMS"]

    assert claims
    assert all(vars(row)[name] is claim for name, claim in claims.items())
