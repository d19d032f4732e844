"""Which of a run's observations are timings, and what they are held to."""

from tests.verdicts.records import NOON, inventory, judged
from verdicts.evidence import Evidence
from verdicts.findings import Finding
from verdicts.observations.convergence import Change, Changes, Recreated
from verdicts.observations.dns import Lookup, LookupTry
from verdicts.observations.load_balancing import Convergence
from verdicts.timings import timings
from verdicts.vocabulary import Frozen

NODE = judged("linux")


def converged(seconds: float, *, bound: float = 120.0, reached: bool = True) -> Convergence:
    return Convergence(what="w", reached=reached, seconds=seconds, bound=bound)


def change(name: str, convergence: Convergence) -> Change:
    return Change(
        change=name,
        wanted=("a",),
        seen=("a",),
        tries=1,
        lost=0,
        unanswered=(),
        convergence=convergence,
        soon=10.0,
    )


def record(check: str, claim: str, observation: Frozen) -> Evidence:
    return Evidence(
        check=check,
        node=NODE.id,
        claim=claim,
        started=NOON,
        ended=NOON,
        observation=observation.dump(),
        finding=Finding.passed("seen"),
    )


CHANGES = record(
    "kernel-convergence",
    "changes_are_followed",
    Changes(
        service="s",
        data_plane="nftables",
        platform="linux",
        changes=(
            change("ready", converged(1.5)),
            change("unready at first", converged(0.0, bound=0.0)),
            change("removed", converged(31.0)),
            change("terminating", converged(120.0, reached=False)),
        ),
    ),
)
RECREATED = record(
    "dns-recreated-service",
    "a_name_leads_to_the_new_service",
    Recreated(
        name="again.x.svc.cluster.local",
        addresses=("10.96.0.1", "10.96.0.2"),
        before=Lookup(name="again", tries=(LookupTry(addresses=("10.96.0.1",)),)),
        after=Lookup(name="again", tries=(LookupTry(addresses=("10.96.0.2",)),)),
        convergence=converged(0.4),
        soon=10.0,
    ),
)


def test_each_change_has_its_seconds_and_both_bounds() -> None:
    found = timings(inventory(NODE), [CHANGES, RECREATED])

    assert [(each.check, each.change, each.seconds) for each in found] == [
        ("dns-recreated-service", "Service made again, by its name", 0.4),
        ("kernel-convergence", "endpoint ready", 1.5),
        ("kernel-convergence", "endpoint removed", 31.0),
        ("kernel-convergence", "endpoint terminating", 120.0),
    ]
    assert {(each.soon, each.bound) for each in found} == {(10.0, 120.0)}


def test_what_is_late_is_followed_and_what_never_came_is_not_late() -> None:
    *_, removed, terminating = timings(inventory(NODE), [CHANGES])

    assert (removed.is_followed, removed.is_late) == (True, True)
    assert (terminating.is_followed, terminating.is_late) == (False, False)


def test_other_claims_have_no_timings() -> None:
    other = CHANGES.model_copy(update={"claim": "a_claim"})

    assert timings(inventory(NODE), [other]) == ()
