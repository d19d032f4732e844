"""The probe of DNS over TCP, tried on name servers that refuse, accept only, or answer late."""

import pytest

from conformance.probes import dns
from tests.conformance.name_service import Names
from verdicts.claims.dns_over_tcp import names_resolve_over_tcp
from verdicts.observations.dns import Answer
from verdicts.observations.retried import attempts_of
from verdicts.vocabulary import Outcome


@pytest.mark.parametrize(
    ("names", "outcome", "code"),
    [
        pytest.param(Names(), Outcome.PASS, "pass", id="answers"),
        pytest.param(Names(tcp="late"), Outcome.PASS, "pass", id="answers-late"),
        pytest.param(
            Names(unserved="b"), Outcome.INCONCLUSIVE, "no-server", id="one-knows-no-server"
        ),
        pytest.param(
            Names(unserved="abc"), Outcome.INCONCLUSIVE, "no-server", id="nobody-knows-one"
        ),
        pytest.param(
            Names(unserved="b", tcp="refuses"),
            Outcome.FAIL,
            "refused",
            id="the-others-are-refused",
        ),
        pytest.param(Names(tcp="refuses"), Outcome.FAIL, "refused", id="refuses"),
        pytest.param(Names(tcp="accepts"), Outcome.FAIL, "closed", id="accepts-only"),
        pytest.param(
            Names(tcp="refuses", tcp_port=False),
            Outcome.NOT_APPLICABLE,
            "no-tcp-port",
            id="has-no-port",
        ),
        pytest.param(
            Names(tcp="refuses", down=True),
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="is-down",
        ),
        pytest.param(
            Names(tcp="refuses", nameserver="169.254.20.10"),
            Outcome.FAIL,
            "refused",
            id="another-name-server",
        ),
    ],
)
def test_every_containers_name_server_is_asked_over_tcp(
    names: Names, outcome: Outcome, code: str
) -> None:
    observation = dns.over_tcp(names.node())

    finding = names_resolve_over_tcp(observation)

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen
    asked = [*(each.container for each in observation.asked), *observation.unserved]
    assert sorted(asked) == ["a", "b", "c"]


def test_a_query_over_tcp_that_had_to_be_held_open_is_told_by_both_tries() -> None:
    observation = dns.over_tcp(Names(tcp="late").node())

    assert [asked.earlier and asked.earlier.answer for asked in observation.asked] == [
        Answer.SILENT
    ] * 3
    assert attempts_of(observation) == 2


def test_a_server_that_answers_over_tcp_is_not_asked_again_over_udp() -> None:
    names = Names()
    node = names.node()
    dns.pod_names(node)
    before = len(names.asked)

    observation = dns.over_tcp(node)

    assert sorted(names.asked[before:]) == ["a tcp", "b tcp", "c tcp"]
    assert observation.is_served is None
