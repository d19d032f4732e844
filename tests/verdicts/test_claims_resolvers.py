"""What the claim makes of several resolvers' answers for one Service."""

import pytest

from verdicts.claims.resolvers import (
    every_resolver_finds_the_service,
    missing_records_are_answered,
)
from verdicts.observations.attempts import Attempts, Failure
from verdicts.observations.dns import Answer, LookupTry, Query
from verdicts.observations.resolvers import (
    AskedForNothing,
    MissingRecords,
    Resolution,
    Resolutions,
)
from verdicts.vocabulary import Outcome, Protocol, Reply

OWN, OTHER = "10.96.0.5", "10.96.0.1"


def library(*addresses: str, container: str = "a") -> Resolution:
    return Resolution(
        container=container,
        resolver="C library",
        name="lb",
        tries=(LookupTry(addresses=addresses, detail="not found"),),
    )


def dialled(host: str, *, answered: bool) -> Attempts:
    failed = (
        () if answered else (Failure(reply=Reply.UNRESOLVED, detail="lookup lb: i/o timeout"),)
    )
    return Attempts(
        client="probe/a",
        address=host,
        port=80,
        protocol=Protocol.TCP,
        tries=1,
        answers=("peer",) if answered else (),
        failures=failed,
    )


def go(*, answered: bool, directly: bool = True, container: str = "a") -> Resolution:
    return Resolution(
        container=container,
        resolver="Go",
        name="lb",
        visit=dialled("lb", answered=answered),
        directly=None if answered else dialled(OWN, answered=directly),
    )


def seen(*found: Resolution, platform: str = "linux") -> Resolutions:
    return Resolutions(pod="probe", platform=platform, service="lb", address=OWN, found=found)


@pytest.mark.parametrize(
    ("found", "outcome", "code"),
    [
        ([library(OWN), go(answered=True)], Outcome.PASS, "pass"),
        ([library(OWN), go(answered=False)], Outcome.FAIL, "resolvers-differ"),
        ([library(), go(answered=True)], Outcome.FAIL, "resolvers-differ"),
        ([library(OTHER), go(answered=True)], Outcome.FAIL, "resolvers-differ"),
        ([library(OWN, OTHER), go(answered=True)], Outcome.FAIL, "resolvers-differ"),
        (
            [library(OWN), library(container="b"), go(answered=True)],
            Outcome.FAIL,
            "resolvers-differ",
        ),
        ([library(), go(answered=False)], Outcome.INCONCLUSIVE, "nothing-resolves"),
        ([], Outcome.INCONCLUSIVE, "nothing-resolves"),
    ],
)
def test_one_resolver_that_finds_nothing_beside_one_that_does_is_a_failure(
    found: list[Resolution], outcome: Outcome, code: str
) -> None:
    judged = every_resolver_finds_the_service(seen(*found))

    assert (judged.outcome, judged.code) == (outcome, code)


def test_a_service_that_is_silent_at_its_address_too_blames_no_resolver() -> None:
    judged = every_resolver_finds_the_service(
        seen(library(OWN), go(answered=False, directly=False))
    )

    assert judged.outcome is Outcome.PASS
    assert judged.seen == "C library: the own Service in a; Go: not to be told in a"


def test_off_linux_it_is_told_who_found_what() -> None:
    judged = every_resolver_finds_the_service(
        seen(library(), library(container="b"), go(answered=True), platform="windows-2016")
    )

    assert (judged.outcome, judged.code) == (Outcome.NOT_APPLICABLE, "reported")
    assert judged.seen == "C library: nothing in a, b; Go: the own Service in a"
    assert judged.facts == {
        "answers": {"C library": {"a": "nothing", "b": "nothing"}, "Go": {"a": "the own Service"}}
    }


def missing(
    *said: tuple[Answer, ...], control: Answer = Answer.NOERROR, unserved: str = ""
) -> MissingRecords:
    return MissingRecords(
        pod="probe",
        name="alone.x.svc.cluster.local.",
        asked=tuple(
            AskedForNothing(
                container=container,
                server="10.96.0.10",
                queries=tuple(Query(answer=answer, detail="said") for answer in answers),
                control=Query(
                    answer=control, addresses=(OWN,) if control is Answer.NOERROR else ()
                ),
            )
            for container, answers in zip("abc", said, strict=False)
        ),
        unserved=tuple(unserved),
    )


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        (missing((Answer.NODATA,)), Outcome.PASS, "pass"),
        (missing((Answer.NOERROR,)), Outcome.PASS, "pass"),
        (missing((Answer.SILENT, Answer.NXDOMAIN, Answer.NODATA)), Outcome.PASS, "pass"),
        (missing((Answer.NODATA,), (Answer.SILENT,)), Outcome.FAIL, "silent"),
        (missing((Answer.OTHER,), (Answer.SILENT,)), Outcome.FAIL, "silent"),
        (missing((Answer.NXDOMAIN,)), Outcome.FAIL, "no-such-name"),
        (missing((Answer.SERVFAIL,)), Outcome.FAIL, "refused"),
        (missing((Answer.REFUSED,)), Outcome.FAIL, "refused"),
        (
            missing((Answer.SILENT,), control=Answer.SILENT),
            Outcome.INCONCLUSIVE,
            "control-failed",
        ),
        (
            missing((Answer.NXDOMAIN,), control=Answer.NXDOMAIN),
            Outcome.INCONCLUSIVE,
            "control-failed",
        ),
        (missing((Answer.OTHER,)), Outcome.INCONCLUSIVE, "unknown-answer"),
        (missing((Answer.NODATA,), unserved="b"), Outcome.INCONCLUSIVE, "no-server"),
        (missing((Answer.SILENT,), unserved="b"), Outcome.FAIL, "silent"),
        (missing(), Outcome.INCONCLUSIVE, "nothing-asked"),
    ],
)
def test_that_there_is_no_record_must_be_said(
    observation: MissingRecords, outcome: Outcome, code: str
) -> None:
    judged = missing_records_are_answered(observation)

    assert (judged.outcome, judged.code) == (outcome, code)
