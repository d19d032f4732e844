"""What the claims make of Services that change, of their forms, and of what comes after them."""

import pytest

from tests.verdicts.flows import attempts
from verdicts.claims.convergence import (
    a_name_leads_to_the_new_service,
    a_new_udp_backend_is_found,
    changes_are_followed,
    later_datagrams_are_answered,
    services_of_every_form_answer,
)
from verdicts.observations.attempts import Attempts, Failure
from verdicts.observations.convergence import (
    Change,
    Changes,
    Form,
    Recreated,
    SamePorts,
    ServiceForms,
    Succession,
)
from verdicts.observations.dns import Lookup, LookupTry
from verdicts.observations.load_balancing import Convergence
from verdicts.vocabulary import Outcome, Protocol, Reply

OK, LOST = Reply.ANSWERED, Reply.TIMED_OUT


def converged(seconds: float = 0.5, *, reached: bool = True) -> Convergence:
    return Convergence(what="w", reached=reached, seconds=seconds, bound=120.0)


def change(name: str, wanted: str, seen: str, *lost: Reply, seconds: float = 0.5) -> Change:
    return Change(
        change=name,
        wanted=tuple(wanted.split()),
        seen=tuple(seen.split()),
        tries=40,
        lost=1,
        unanswered=tuple(Failure(reply=reply, detail=reply) for reply in lost),
        convergence=converged(seconds, reached=wanted == seen),
        soon=10.0,
    )


def changes(*each: Change, data_plane: str = "nftables") -> Changes:
    return Changes(service="s", data_plane=data_plane, platform="linux", changes=each)


FIRST = change("first ready", "a", "a")


def test_changes_that_are_followed_pass_with_their_seconds() -> None:
    found = changes_are_followed(changes(FIRST, change("ready", "a b", "a b", seconds=1.2)))

    assert found.outcome is Outcome.PASS
    assert found.facts["seconds"] == {"first ready": 0.5, "ready": 1.2}
    assert (found.facts["lost"], found.facts["late"]) == (1, [])


def test_what_is_followed_late_passes_and_is_told() -> None:
    found = changes_are_followed(changes(FIRST, change("removed", "a", "a", seconds=31.0)))

    assert found.outcome is Outcome.PASS
    assert found.facts["late"] == ["removed"]
    assert "late: removed" in found.seen


@pytest.mark.parametrize(
    ("off", "code"),
    [
        (change("unready at first", "a", "a b"), "unready-served"),
        (change("unready", "a", "a b"), "unready-served"),
        (change("removed", "a", "a b"), "backend-kept"),
        (change("terminating", "b", "a b"), "backend-kept"),
        (change("ready", "a b", "a"), "backend-missing"),
        (change("terminating", "b", "b", LOST), "no-answer"),
    ],
)
def test_a_change_that_is_not_followed_fails(off: Change, code: str) -> None:
    found = changes_are_followed(changes(FIRST, off))

    assert (found.outcome, found.code) == (Outcome.FAIL, code)
    assert off.change in found.seen


@pytest.mark.parametrize(
    ("off", "plane", "code"),
    [
        (change("ready", "a b", "a"), "ipvs", "one-backend-by-schedule"),
        (change("removed", "a", "a", Reply.OTHER), "nftables", "unknown-reply"),
    ],
)
def test_what_has_another_cause_decides_nothing(off: Change, plane: str, code: str) -> None:
    found = changes_are_followed(changes(FIRST, off, data_plane=plane))

    assert (found.outcome, found.code) == (Outcome.INCONCLUSIVE, code)


def test_one_change_is_too_few() -> None:
    assert changes_are_followed(changes(FIRST)).code == "too-few-changes"


def said(protocol: Protocol, *who: str) -> Attempts:
    return attempts(protocol, *[OK] * len(who)).model_copy(update={"answers": who})


def forms(
    sticky: Attempts,
    *,
    platform: str = "linux",
    build: int | None = None,
    form: Attempts | None = None,
) -> ServiceForms:
    asked = form or said(Protocol.TCP, "a", "b")
    return ServiceForms(
        service="s",
        data_plane="nftables",
        platform=platform,
        build=build,
        forms=(
            Form(
                form="a second port",
                port=1,
                protocol=asked.protocol,
                wanted=("a", "b"),
                attempts=asked,
            ),
        ),
        sticky=sticky,
    )


ONE, BOTH = said(Protocol.TCP, "a", "a"), said(Protocol.TCP, "a", "b")


def test_ports_that_answer_and_affinity_that_holds_pass() -> None:
    found = services_of_every_form_answer(forms(ONE))

    assert (found.outcome, found.facts["affinity"]) == (Outcome.PASS, 1)


@pytest.mark.parametrize(
    ("platform", "build", "outcome"),
    [
        ("linux", None, Outcome.FAIL),
        ("windows-2022", 20348, Outcome.FAIL),
        ("windows-2019", 17763, Outcome.PASS),
        ("windows-1709", None, Outcome.PASS),
    ],
)
def test_affinity_is_judged_where_the_build_has_it(
    platform: str, build: int | None, outcome: Outcome
) -> None:
    found = services_of_every_form_answer(forms(BOTH, platform=platform, build=build))

    assert found.outcome is outcome
    assert (found.code == "no-affinity") is (outcome is Outcome.FAIL)


@pytest.mark.parametrize(
    ("form", "outcome", "code"),
    [
        (attempts(Protocol.TCP, LOST, LOST), Outcome.FAIL, "no-answer"),
        (attempts(Protocol.UDP, LOST, OK, said="a"), Outcome.FAIL, "no-answer"),
        (said(Protocol.TCP, "a", "c"), Outcome.FAIL, "backend-foreign"),
        (attempts(Protocol.TCP, Reply.OTHER), Outcome.INCONCLUSIVE, "unknown-reply"),
    ],
)
def test_a_port_that_does_not_lead_to_its_backends_fails(
    form: Attempts, outcome: Outcome, code: str
) -> None:
    found = services_of_every_form_answer(forms(ONE, form=form))

    assert (found.outcome, found.code) == (outcome, code)
    assert "a second port" in found.seen


def succession(
    *, before: str = "a", after: Attempts, reached: bool, platform: str = "linux"
) -> Succession:
    return Succession(
        service="s",
        data_plane="nftables",
        platform=platform,
        ports=4,
        first="a",
        second="b",
        before=said(Protocol.UDP, before),
        after=after,
        convergence=converged(reached=reached),
        soon=10.0,
    )


def test_the_next_udp_backend_is_found() -> None:
    found = a_new_udp_backend_is_found(succession(after=said(Protocol.UDP, "b"), reached=True))

    assert found.outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("platform", "outcome", "code"),
    [
        ("linux", Outcome.FAIL, "stale"),
        ("windows-1709", Outcome.NOT_APPLICABLE, "reported"),
    ],
)
def test_a_stale_udp_flow_fails_on_linux(platform: str, outcome: Outcome, code: str) -> None:
    lost = attempts(Protocol.UDP, LOST, LOST)

    found = a_new_udp_backend_is_found(succession(after=lost, reached=False, platform=platform))

    assert (found.outcome, found.code) == (outcome, code)


def test_a_udp_service_that_never_answered_decides_nothing() -> None:
    found = a_new_udp_backend_is_found(
        succession(before="c", after=said(Protocol.UDP, "b"), reached=True)
    )

    assert (found.outcome, found.code) == (Outcome.INCONCLUSIVE, "never-served")


def sent(*answered: bool, reply: Reply = Reply.TIMED_OUT, before: bool = True) -> SamePorts:
    """Datagrams from four ports, one try each."""
    lost = Attempts(
        client="asker/a",
        address="10.96.0.7",
        port=81,
        protocol=Protocol.UDP,
        tries=1,
        failures=(Failure(reply=reply, detail=f"read udp: {reply}"),),
    )
    good = said(Protocol.UDP, "a")
    return SamePorts(
        service="follow",
        ports=4,
        before=good if before else lost,
        sent=tuple(good if each else lost for each in answered),
    )


@pytest.mark.parametrize(
    ("seen", "outcome", "code"),
    [
        pytest.param(sent(*[True] * 12), Outcome.PASS, "pass", id="all"),
        pytest.param(sent(*[True] * 5, *[False] * 7), Outcome.PASS, "pass", id="a-poor-network"),
        pytest.param(
            sent(*[True] * 4, *[False] * 8), Outcome.FAIL, "no-answer", id="the-first-of-each-port"
        ),
        pytest.param(
            sent(*[False] * 12), Outcome.FAIL, "no-answer", id="one-port-alone-was-ever-answered"
        ),
        pytest.param(
            sent(*[False] * 12, before=False), Outcome.INCONCLUSIVE, "never-served", id="none"
        ),
        pytest.param(
            sent(*[False] * 12, reply=Reply.OTHER),
            Outcome.INCONCLUSIVE,
            "unknown-reply",
            id="out-of-ports",
        ),
        pytest.param(
            SamePorts(service="", ports=16384, before=None, sent=()),
            Outcome.NOT_APPLICABLE,
            "many-ports",
            id="a-client-of-many-ports",
        ),
    ],
)
def test_later_datagrams_of_a_port(seen: SamePorts, outcome: Outcome, code: str) -> None:
    found = later_datagrams_are_answered(seen)

    assert (found.outcome, found.code) == (outcome, code), found.seen


def yielded(*addresses: str) -> Lookup:
    made = LookupTry(addresses=addresses) if addresses else LookupTry(detail="not found")
    return Lookup(name="again.ns.svc.", tries=(made,))


OLD, NEW = "10.96.0.1", "10.96.0.2"


def recreated(*after: str, new: str = NEW, before: tuple[str, ...] = (OLD,)) -> Recreated:
    return Recreated(
        name="again.ns.svc.",
        addresses=(OLD, new),
        before=yielded(*before),
        after=yielded(*after),
        convergence=converged(reached=after == (new,)),
        soon=10.0,
    )


@pytest.mark.parametrize(
    ("seen", "outcome", "code"),
    [
        (recreated(NEW), Outcome.PASS, "pass"),
        (recreated(OLD), Outcome.FAIL, "old-address"),
        (recreated(OLD, NEW), Outcome.FAIL, "old-address"),
        (recreated(), Outcome.FAIL, "unresolved"),
        (recreated(OLD, new=OLD), Outcome.INCONCLUSIVE, "same-address"),
        (recreated(NEW, before=()), Outcome.INCONCLUSIVE, "never-resolved"),
    ],
)
def test_a_name_must_yield_the_address_of_the_new_service(
    seen: Recreated, outcome: Outcome, code: str
) -> None:
    found = a_name_leads_to_the_new_service(seen)

    assert (found.outcome, found.code) == (outcome, code)
