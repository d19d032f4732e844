"""What the claims make of partial names, and of pods with DNS settings of their own."""

import pytest

from verdicts.claims.pod_dns import (
    partial_names_are_completed,
    pods_have_the_settings_they_ask_for,
)
from verdicts.observations.dns import Lookup, LookupTry
from verdicts.observations.pod_dns import (
    ContainerPartials,
    OwnSettings,
    PartialName,
    PartialNames,
    PodPolicies,
)
from verdicts.vocabulary import Outcome

OWN, OTHER = "x.svc.cluster.local", "y.svc.cluster.local"


def lookup(name: str, *addresses: str) -> Lookup:
    made = LookupTry(addresses=addresses) if addresses else LookupTry(detail="not found")
    return Lookup(name=name, tries=(LookupTry(detail="no answer"), made))


def names(*short: Lookup, platform: str = "linux", full: Lookup | None = None) -> PartialNames:
    return PartialNames(
        pod="probe",
        platform=platform,
        containers=tuple(
            ContainerPartials(
                container=container,
                full=full or lookup("alone.x.svc.cluster.local.", "10.96.0.1"),
                names=(PartialName(form="service.namespace", wanted="10.96.0.1", lookup=each),),
            )
            for container, each in zip("abc", short, strict=False)
        ),
    )


GOOD, BAD = lookup("alone.x", "10.96.0.1"), lookup("alone.x")


@pytest.mark.parametrize(
    ("seen", "outcome", "code"),
    [
        (names(GOOD), Outcome.PASS, "pass"),
        (names(BAD), Outcome.FAIL, "not-completed"),
        (names(GOOD, BAD, GOOD), Outcome.FAIL, "not-completed"),
        (names(), Outcome.INCONCLUSIVE, "nothing-asked"),
        (names(lookup("alone.x", "198.51.100.1")), Outcome.FAIL, "not-completed"),
        (names(BAD, platform="windows-1709"), Outcome.NOT_APPLICABLE, "reported"),
        (names(GOOD, platform="windows-1709"), Outcome.NOT_APPLICABLE, "reported"),
        (
            names(BAD, full=lookup("alone.x.svc.cluster.local.")),
            Outcome.INCONCLUSIVE,
            "no-full-name",
        ),
    ],
)
def test_partial_names_are_judged_where_they_are_promised(
    seen: PartialNames, outcome: Outcome, code: str
) -> None:
    found = partial_names_are_completed(seen)

    assert (found.outcome, found.code) == (outcome, code)


def test_what_is_only_told_says_which_form_was_completed() -> None:
    found = partial_names_are_completed(names(GOOD, platform="windows-1709"))

    assert found.facts == {"completed": {"service.namespace": True}}


def test_a_form_that_one_container_does_not_complete_is_told_with_it() -> None:
    found = partial_names_are_completed(names(GOOD, BAD, BAD))

    assert found.seen == "service.namespace: not found in b"


def searches(*suffixes: str, found: Lookup | None = None) -> OwnSettings:
    return OwnSettings(
        policy="dnsConfig.searches",
        pod="p",
        nameservers=("10.96.0.10",),
        search=suffixes,
        suffixes=(OWN, OTHER),
        lookups=(found or lookup("far", "10.96.0.2"),),
        wanted=("10.96.0.2",),
    )


def none(server: str = "10.96.0.10", *suffixes: str) -> OwnSettings:
    return OwnSettings(
        policy="None",
        pod="p",
        nameservers=(server,),
        search=suffixes,
        servers=("10.96.0.10",),
        suffixes=(OTHER,),
        unlike=(OWN,),
    )


def default(*suffixes: str) -> OwnSettings:
    return OwnSettings(
        policy="Default", pod="p", nameservers=("192.0.2.53",), search=suffixes, unlike=(OWN,)
    )


def policies(*pods: OwnSettings, platform: str = "linux") -> PodPolicies:
    return PodPolicies(platform=platform, foreign="far", plain=lookup("far"), pods=pods)


@pytest.mark.parametrize(
    ("pod", "outcome", "code"),
    [
        (searches(OWN, OTHER), Outcome.PASS, "pass"),
        (searches(OWN), Outcome.FAIL, "other-suffixes"),
        (searches(OWN, OTHER, found=lookup("far")), Outcome.FAIL, "not-searched"),
        (none("10.96.0.10", OTHER), Outcome.PASS, "pass"),
        (none("192.0.2.53", OTHER), Outcome.FAIL, "other-servers"),
        (none("10.96.0.10", OTHER, OWN), Outcome.FAIL, "other-suffixes"),
        (default("example.com"), Outcome.PASS, "pass"),
        (default(OWN), Outcome.FAIL, "other-suffixes"),
    ],
)
def test_a_pod_has_the_settings_that_it_asks_for(
    pod: OwnSettings, outcome: Outcome, code: str
) -> None:
    found = pods_have_the_settings_they_ask_for(policies(pod))

    assert (found.outcome, found.code) == (outcome, code)
    told = pods_have_the_settings_they_ask_for(policies(pod, platform="windows-1709"))
    assert (told.outcome, told.code) == (Outcome.NOT_APPLICABLE, "reported")


def test_no_pod_is_no_answer() -> None:
    assert pods_have_the_settings_they_ask_for(policies()).code == "nothing-asked"
