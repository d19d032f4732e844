"""Every code and branch of the claim on names that a proxy rewrites, as a table."""

import pytest

from tests.verdicts.names import DEFAULT, LOCAL_CACHE, VIP, WILDCARD
from verdicts.claims.rewriting import proxy_leaves_names_alone
from verdicts.observations.dns import (
    AbsoluteShortName,
    Answer,
    AskedServer,
    Query,
)
from verdicts.vocabulary import Mode, Outcome


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
