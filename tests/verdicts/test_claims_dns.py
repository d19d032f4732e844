"""Every code and branch of the row dns-search-suffixes, as tables of what was seen."""

import pytest

from tests.verdicts.names import DEFAULT, OTHER_TWIN, OWN, TWIN, VIP, WILDCARD
from verdicts.claims.dns import (
    full_name_resolves,
    kubernetes_is_the_own_namespaces,
    search_list_is_the_promised_one,
    twin_is_the_own_namespaces,
)
from verdicts.observations.dns import (
    ContainerNames,
    Lookup,
    LookupTry,
    PodNames,
)
from verdicts.vocabulary import Outcome

PROMISED = ("run.svc.cluster.local", "svc.cluster.local", "cluster.local")


NOTHING = ""


def lookup(name: str, *answers: str) -> Lookup:
    """One try for each argument, its addresses apart by blanks."""
    return Lookup(
        name=name,
        tries=tuple(
            LookupTry(addresses=tuple(answer.split()), detail="" if answer else "not found")
            for answer in answers
        ),
    )


def container(
    name: str = "a",
    *,
    kubernetes: str = OWN,
    twin: str = TWIN,
    full: str = OWN,
    search: tuple[str, ...] | None = PROMISED,
) -> ContainerNames:
    return ContainerNames(
        container=name,
        nameservers=(VIP,),
        search=search,
        kubernetes=lookup("kubernetes", kubernetes),
        twin=lookup("twin", twin),
        full=lookup("kubernetes.run.svc.cluster.local.", full),
        partial=lookup("twin.other", OTHER_TWIN),
    )


def pod(*containers: ContainerNames, platform: str = "windows-1709") -> PodNames:
    return PodNames(
        pod="probe",
        node="node-a",
        platform=platform,
        namespace="run",
        other_namespace="other",
        cluster_domain="cluster.local",
        own_kubernetes=OWN,
        default_kubernetes=DEFAULT,
        own_twin=TWIN,
        other_twin=OTHER_TWIN,
        containers=containers,
    )


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(
            pod(container("a"), container("b"), container("c")),
            Outcome.PASS,
            "pass",
            id="own-in-every-container",
        ),
        pytest.param(
            pod(container("a", kubernetes=DEFAULT), container("b", kubernetes=DEFAULT)),
            Outcome.FAIL,
            "default-suffix",
            id="proxied-2016",
        ),
        pytest.param(
            pod(container("a"), container("b", kubernetes=DEFAULT)),
            Outcome.FAIL,
            "default-suffix",
            id="one-container-is-enough",
        ),
        pytest.param(
            pod(container(kubernetes=f"{OWN} {DEFAULT}")),
            Outcome.FAIL,
            "default-suffix",
            id="both-answers-at-once",
        ),
        pytest.param(
            pod(container(kubernetes=NOTHING)),
            Outcome.FAIL,
            "unresolved",
            id="windows-pod-without-a-suffix",
        ),
        pytest.param(
            pod(container("a", kubernetes=NOTHING), container("b", kubernetes=DEFAULT)),
            Outcome.FAIL,
            "default-suffix",
            id="default-outweighs-nothing",
        ),
        pytest.param(
            pod(container(kubernetes=WILDCARD)),
            Outcome.FAIL,
            "other-answer",
            id="wildcard-of-the-nodes-domain",
        ),
        pytest.param(
            pod(container("a", kubernetes=DEFAULT), container("b", kubernetes=WILDCARD)),
            Outcome.FAIL,
            "other-answer",
            id="an-unknown-answer-is-not-hidden-behind-default",
        ),
        pytest.param(
            pod(container(kubernetes=NOTHING, twin=NOTHING, full=NOTHING)),
            Outcome.INCONCLUSIVE,
            "nothing-resolves",
            id="dns-is-down",
        ),
        pytest.param(
            pod(container("a"), container("b", kubernetes=NOTHING, full=NOTHING)),
            Outcome.INCONCLUSIVE,
            "nothing-resolves",
            id="dns-is-down-for-one-container",
        ),
        pytest.param(
            pod(container("a", kubernetes=DEFAULT), container("b", kubernetes="", full="")),
            Outcome.FAIL,
            "default-suffix",
            id="what-was-answered-outweighs-what-was-not",
        ),
        pytest.param(
            pod(container(kubernetes=OWN, full=NOTHING)),
            Outcome.PASS,
            "pass",
            id="a-lost-full-name-does-not-undo-an-answer",
        ),
        pytest.param(pod(), Outcome.INCONCLUSIVE, "nothing-resolves", id="nobody-asked"),
    ],
)
def test_kubernetes_is_the_own_namespaces(
    observation: PodNames, outcome: Outcome, code: str
) -> None:
    finding = kubernetes_is_the_own_namespaces(observation)

    assert (finding.outcome, finding.code) == (outcome, code)


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(pod(container("a"), container("b")), Outcome.PASS, "pass", id="own"),
        pytest.param(pod(container(twin=NOTHING)), Outcome.FAIL, "unresolved", id="proxied-2016"),
        pytest.param(
            pod(container(twin=OTHER_TWIN)), Outcome.FAIL, "other-namespace", id="the-other-one"
        ),
        pytest.param(
            pod(container(twin=DEFAULT)), Outcome.FAIL, "other-answer", id="default-is-a-stranger"
        ),
        pytest.param(
            pod(container(twin=NOTHING, full=NOTHING)),
            Outcome.INCONCLUSIVE,
            "nothing-resolves",
            id="dns-is-down",
        ),
    ],
)
def test_twin_is_the_own_namespaces(observation: PodNames, outcome: Outcome, code: str) -> None:
    finding = twin_is_the_own_namespaces(observation)

    assert (finding.outcome, finding.code) == (outcome, code)


def test_a_short_name_is_judged_by_its_last_try_and_every_try_is_told() -> None:
    lossy = container().model_copy(
        update={"kubernetes": lookup("kubernetes", NOTHING, NOTHING, OWN)}
    )

    finding = kubernetes_is_the_own_namespaces(pod(lossy))

    assert finding.outcome is Outcome.PASS
    assert finding.facts["tries"] == {"a": 3}
    assert finding.facts["answers"] == {"a": [OWN]}


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(pod(container("a"), container("b")), Outcome.PASS, "pass", id="resolves"),
        pytest.param(
            pod(container("a"), container("b", full=NOTHING)),
            Outcome.FAIL,
            "full-name-unresolved",
            id="nothing-in-one-container",
        ),
        pytest.param(
            pod(container(full=WILDCARD)),
            Outcome.FAIL,
            "full-name-other-answer",
            id="another-answer",
        ),
        pytest.param(
            pod(container("a", full=NOTHING), container("b", full=WILDCARD)),
            Outcome.FAIL,
            "full-name-other-answer",
            id="another-answer-outweighs",
        ),
    ],
)
def test_the_full_name_resolves(observation: PodNames, outcome: Outcome, code: str) -> None:
    finding = full_name_resolves(observation)

    assert (finding.outcome, finding.code) == (outcome, code)


ELSEWHERE = ("run.svc.example.org", "svc.example.org", "example.org")


@pytest.mark.parametrize(
    ("full", "outcome", "code"),
    [
        pytest.param(NOTHING, Outcome.INCONCLUSIVE, "other-domain", id="nobody-knows-it"),
        pytest.param(OWN, Outcome.PASS, "pass", id="both-are-served"),
        pytest.param(WILDCARD, Outcome.FAIL, "full-name-other-answer", id="a-wildcard-knows-it"),
    ],
)
def test_a_domain_that_is_not_the_clusters_is_no_defect(
    full: str, outcome: Outcome, code: str
) -> None:
    finding = full_name_resolves(pod(container(full=full, search=ELSEWHERE)))

    assert (finding.outcome, finding.code) == (outcome, code)


def test_dns_that_is_down_shares_no_code_with_missing_suffixes() -> None:
    down = pod(container(kubernetes=NOTHING, twin=NOTHING, full=NOTHING))

    codes = {
        claim(down).code
        for claim in (kubernetes_is_the_own_namespaces, twin_is_the_own_namespaces)
        if claim(down).outcome is Outcome.FAIL
    } | {full_name_resolves(down).code}

    assert codes == {"full-name-unresolved"}


HOSTED = (*PROMISED, "corp.example")


ONE_SUFFIX = ("run.svc.cluster.local",)


CLUSTER_FIRST = ("cluster.local", "svc.cluster.local", "run.svc.cluster.local")


@pytest.mark.parametrize(
    ("search", "platform", "outcome", "code"),
    [
        pytest.param(PROMISED, "linux", Outcome.PASS, "pass", id="linux"),
        pytest.param(HOSTED, "linux", Outcome.PASS, "pass", id="linux-with-the-nodes-own"),
        pytest.param(
            tuple(f"{suffix.upper()}." for suffix in PROMISED),
            "linux",
            Outcome.PASS,
            "pass",
            id="another-spelling",
        ),
        pytest.param(CLUSTER_FIRST, "linux", Outcome.FAIL, "other-order", id="linux-turned-round"),
        pytest.param(ONE_SUFFIX, "linux", Outcome.FAIL, "other-order", id="linux-cut-short"),
        pytest.param((), "linux", Outcome.FAIL, "no-own-suffix", id="linux-without-a-list"),
        pytest.param(
            ("default.svc.cluster.local",),
            "linux",
            Outcome.FAIL,
            "no-own-suffix",
            id="linux-with-defaults",
        ),
        pytest.param(ONE_SUFFIX, "windows-2022", Outcome.PASS, "pass", id="windows-one-suffix"),
        pytest.param(
            CLUSTER_FIRST, "windows-2019", Outcome.PASS, "pass", id="windows-three-in-any-order"
        ),
        pytest.param(
            ("default.svc.cluster.local",),
            "windows-1709",
            Outcome.FAIL,
            "no-own-suffix",
            id="static-suffix-of-the-cni-configuration",
        ),
        pytest.param((), "windows-2016", Outcome.FAIL, "no-own-suffix", id="windows-2016"),
        pytest.param(None, "windows-2022", Outcome.NOT_APPLICABLE, "unread", id="unread"),
        pytest.param(
            ELSEWHERE, "linux", Outcome.INCONCLUSIVE, "other-domain", id="linux-in-another-domain"
        ),
        pytest.param(
            ELSEWHERE[:1],
            "windows-2019",
            Outcome.INCONCLUSIVE,
            "other-domain",
            id="windows-in-another-domain",
        ),
    ],
)
def test_the_search_list_is_the_promised_one(
    search: tuple[str, ...] | None, platform: str, outcome: Outcome, code: str
) -> None:
    finding = search_list_is_the_promised_one(
        pod(container("a"), container("b", search=search), platform=platform)
        if search == ()
        else pod(container("a", search=search), platform=platform)
    )

    assert (finding.outcome, finding.code) == (outcome, code)


@pytest.mark.parametrize(
    ("tries", "outcome", "code"),
    [
        ((DEFAULT, OWN, OWN), Outcome.PASS, "pass"),
        ((OWN, DEFAULT, ""), Outcome.PASS, "pass"),
        (("", DEFAULT, DEFAULT), Outcome.FAIL, "default-suffix"),
        ((DEFAULT, DEFAULT, ""), Outcome.FAIL, "default-suffix"),
    ],
)
def test_one_try_that_gave_the_own_service_shows_the_suffix(
    tries: tuple[str, ...], outcome: Outcome, code: str
) -> None:
    asked = container().model_copy(update={"kubernetes": lookup("kubernetes", *tries)})

    finding = kubernetes_is_the_own_namespaces(pod(asked))

    assert (finding.outcome, finding.code) == (outcome, code)
