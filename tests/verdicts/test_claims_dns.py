"""Every code and branch of the row dns-search-suffixes, as tables of what was seen."""

import pytest

from verdicts.claims.dns import (
    full_name_resolves,
    kubernetes_is_the_own_namespaces,
    search_list_is_the_promised_one,
    twin_is_the_own_namespaces,
)
from verdicts.claims.rewriting import proxy_leaves_names_alone
from verdicts.observations.dns import (
    AbsoluteShortName,
    Answer,
    AskedServer,
    ContainerNames,
    Lookup,
    LookupTry,
    PodNames,
    Query,
)
from verdicts.vocabulary import Mode, Outcome

OWN, DEFAULT, TWIN, OTHER_TWIN = "10.96.3.4", "10.96.0.1", "10.96.3.5", "10.96.3.6"
WILDCARD = "203.0.113.7"
VIP, LOCAL_CACHE = "10.96.0.10", "169.254.20.10"
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


def server(address: str, *said: str | Answer) -> AskedServer:
    return AskedServer(
        address=address,
        port=53,
        queries=tuple(
            Query(answer=answer)
            if isinstance(answer, Answer)
            else Query(answer=Answer.NOERROR, addresses=(answer,))
            for answer in said
        ),
    )


def short_name(
    service: AskedServer | None,
    backend: AskedServer | None,
    *,
    mode: Mode = Mode.KERNEL,
    nameservers: tuple[str, ...] = (VIP,),
    dns_service: str | None = VIP,
) -> AbsoluteShortName:
    return AbsoluteShortName(
        pod="probe",
        node="node-a",
        mode=mode,
        name="kubernetes.",
        would_be="kubernetes.default.svc.cluster.local.",
        default_address=DEFAULT,
        nameservers=nameservers,
        dns_service=dns_service,
        service=service,
        backend=backend,
        reason="" if backend else "nothing is ready behind kube-dns",
    )


REWRITES = (server(VIP, DEFAULT), server("10.244.1.2", Answer.NXDOMAIN))
LEAVES = (server(VIP, Answer.NXDOMAIN), server("10.244.1.2", Answer.NXDOMAIN))
SILENT = server(VIP, Answer.SILENT, Answer.SILENT, Answer.SILENT)


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(short_name(*LEAVES), Outcome.PASS, "pass", id="kernel-leaves"),
        pytest.param(short_name(*REWRITES), Outcome.FAIL, "rewrites", id="kernel-rewrites"),
        pytest.param(
            short_name(*REWRITES, mode=Mode.USER),
            Outcome.NOT_APPLICABLE,
            "reported-rewrites",
            id="user-mode-of-windows",
        ),
        pytest.param(
            short_name(*LEAVES, mode=Mode.USER),
            Outcome.NOT_APPLICABLE,
            "reported-leaves",
            id="user-mode-of-linux",
        ),
        pytest.param(
            short_name(*REWRITES, mode=Mode.UNKNOWN),
            Outcome.NOT_APPLICABLE,
            "reported-rewrites",
            id="unknown-mode-is-not-judged",
        ),
        pytest.param(
            short_name(
                server(VIP, Answer.SILENT, Answer.NXDOMAIN, DEFAULT),
                server("10.244.1.2", Answer.NXDOMAIN),
                mode=Mode.USER,
            ),
            Outcome.NOT_APPLICABLE,
            "reported-rewrites",
            id="first-failures-are-ignored",
        ),
        pytest.param(
            short_name(server(VIP, DEFAULT), server("10.244.1.2", DEFAULT)),
            Outcome.PASS,
            "pass",
            id="the-name-server-itself-answers-so",
        ),
        pytest.param(
            short_name(server(VIP, Answer.SERVFAIL), server("10.244.1.2", Answer.NXDOMAIN)),
            Outcome.PASS,
            "pass",
            id="local-cache-on-the-service-address-with-another-upstream",
        ),
        pytest.param(
            short_name(server(VIP, WILDCARD), server("10.244.1.2", Answer.NXDOMAIN)),
            Outcome.PASS,
            "pass",
            id="wildcard-of-another-upstream",
        ),
        pytest.param(
            short_name(server(VIP, Answer.NXDOMAIN), server("10.244.1.2", Answer.SILENT)),
            Outcome.PASS,
            "pass",
            id="a-policy-hides-the-dns-pod",
        ),
        pytest.param(
            short_name(server(VIP, DEFAULT), server("10.244.1.2", Answer.SILENT)),
            Outcome.INCONCLUSIVE,
            "silent",
            id="a-policy-hides-the-dns-pod-of-a-suspect",
        ),
        pytest.param(
            short_name(SILENT, server("10.244.1.2", Answer.NXDOMAIN)),
            Outcome.INCONCLUSIVE,
            "silent",
            id="kernel-service-is-silent",
        ),
        pytest.param(
            short_name(SILENT, server("10.244.1.2", Answer.NXDOMAIN), mode=Mode.USER),
            Outcome.NOT_APPLICABLE,
            "reported-silent",
            id="user-mode-service-is-silent",
        ),
        pytest.param(
            short_name(None, None, nameservers=(LOCAL_CACHE,)),
            Outcome.NOT_APPLICABLE,
            "bypassed",
            id="node-local-dns-cache",
        ),
        pytest.param(
            short_name(None, None, nameservers=("169.254.169.254",), mode=Mode.USER),
            Outcome.NOT_APPLICABLE,
            "bypassed",
            id="cloud-dns",
        ),
        pytest.param(
            short_name(None, None, dns_service=None, nameservers=(LOCAL_CACHE,)),
            Outcome.NOT_APPLICABLE,
            "no-dns-service",
            id="no-dns-service",
        ),
        pytest.param(
            short_name(server(VIP, Answer.NXDOMAIN), None),
            Outcome.PASS,
            "pass",
            id="nobody-may-list-dns-pods",
        ),
        pytest.param(
            short_name(server(VIP, DEFAULT), None),
            Outcome.INCONCLUSIVE,
            "silent",
            id="nobody-may-list-the-dns-pods-of-a-suspect",
        ),
        pytest.param(
            short_name(SILENT, server("10.244.1.2", Answer.SILENT)),
            Outcome.PASS,
            "pass",
            id="no-way-to-foreign-name-servers",
        ),
        pytest.param(
            short_name(None, None),
            Outcome.INCONCLUSIVE,
            "silent",
            id="nobody-asked",
        ),
        pytest.param(
            short_name(server(VIP, DEFAULT), None, mode=Mode.USER),
            Outcome.NOT_APPLICABLE,
            "reported-silent",
            id="no-dns-pod-was-found-in-user-mode",
        ),
    ],
)
def test_the_proxy_leaves_names_alone(
    observation: AbsoluteShortName, outcome: Outcome, code: str
) -> None:
    finding = proxy_leaves_names_alone(observation)

    assert (finding.outcome, finding.code) == (outcome, code)


def test_a_rewritten_name_is_told_as_it_was_and_as_it_became() -> None:
    finding = proxy_leaves_names_alone(short_name(*REWRITES, mode=Mode.USER))

    assert finding.facts == {
        "name": "kubernetes.",
        "became": "kubernetes.default.svc.cluster.local.",
        "service": DEFAULT,
        "backend": "nxdomain",
    }


def test_a_name_that_was_left_alone_became_itself() -> None:
    assert proxy_leaves_names_alone(short_name(*LEAVES)).facts["became"] == "kubernetes."


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
