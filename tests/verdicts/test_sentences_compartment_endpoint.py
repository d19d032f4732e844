"""The sentences of the first two rows are made of what was seen, and survive missing facts."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from verdicts.findings import Finding
from verdicts.sentences import compartment, endpoint
from verdicts.sentences.wording import counted, listed, texts
from verdicts.vocabulary import Verdict

Sentence = Callable[[Verdict, Mapping[str, Sequence[Finding]]], str]

TCP = Finding.passed("6 of 6", containers=["a", "b", "c"], address="127.0.0.1")
SHARED = Finding.passed("all", pod_ips=["10.244.0.5"])
APART = Finding.failed(
    "other-address",
    "a has ...; b has ...",
    addresses={"a": "172.30.0.130", "b": "172.30.0.132", "c": "172.30.0.134"},
)
REFUSED = Finding.failed("refused", "6 of 6 pairs get refused on 127.0.0.1")
TWO = Finding.failed(
    "second-address",
    "a has 2 IPv4 addresses",
    endpoints=["172.30.0.130", "172.20.0.2"],
    default_route_address="172.20.0.2",
    pod_ip="172.30.0.130",
)
ONE = Finding.passed("one", addresses={"a": ["10.244.0.5"], "b": ["10.244.0.5"]})
DUAL = Finding.passed("one", addresses={"a": ["10.244.1.7", "fd00::7"]})
SEEN = Finding.passed("peers see it")


@pytest.mark.parametrize(
    ("row", "verdict", "findings", "sentence"),
    [
        pytest.param(
            compartment.sentence,
            Verdict.SUPPORTED,
            {"compartment-loopback-tcp": [TCP], "compartment-addresses": [SHARED]},
            "three containers answer each other on 127.0.0.1 and share 10.244.0.5",
            id="compartment-supported",
        ),
        pytest.param(
            compartment.sentence,
            Verdict.SUPPORTED,
            {
                "compartment-loopback-tcp": [TCP, TCP],
                "compartment-addresses": [
                    SHARED,
                    Finding.passed("all", pod_ips=["10.244.1.7", "fd00::7"]),
                ],
            },
            "three containers of a pod answer on 127.0.0.1 and share its address "
            "(10.244.0.5, 10.244.1.7 and fd00::7)",
            id="compartment-supported-on-two-nodes",
        ),
        pytest.param(
            compartment.sentence,
            Verdict.PARTIAL,
            {
                "compartment-loopback-tcp": [TCP],
                "compartment-addresses": [SHARED],
                "compartment-loopback-udp": [Finding.passed("6 of 6")],
                "compartment-port-conflict": [
                    Finding.failed("bound-twice", "b binds 8080 beside a")
                ],
            },
            "three containers answer each other on 127.0.0.1 and share 10.244.0.5; "
            "but b binds 8080 beside a",
            id="compartment-partial",
        ),
        pytest.param(
            compartment.sentence,
            Verdict.ALTERNATIVE,
            {"compartment-loopback-tcp": [REFUSED], "compartment-addresses": [APART]},
            "one container per compartment: 172.30.0.130, 172.30.0.132, 172.30.0.134",
            id="compartment-alternative",
        ),
        pytest.param(
            compartment.sentence,
            Verdict.UNSUPPORTED,
            {"compartment-loopback-tcp": [REFUSED], "compartment-addresses": [SHARED]},
            "6 of 6 pairs get refused on 127.0.0.1",
            id="compartment-unsupported",
        ),
        pytest.param(
            compartment.sentence,
            Verdict.SUPPORTED,
            {"compartment-loopback-tcp": [Finding.passed("6 of 6")]},
            "containers answer each other on loopback",
            id="compartment-without-facts",
        ),
        pytest.param(
            compartment.sentence,
            Verdict.ALTERNATIVE,
            {"compartment-addresses": [Finding.failed("other-address", "a has x; b has y")]},
            "one container per compartment: a has x; b has y",
            id="compartment-alternative-without-facts",
        ),
        pytest.param(
            endpoint.sentence,
            Verdict.SUPPORTED,
            {
                "endpoint-one-address": [ONE],
                "endpoint-one-default-route": [SEEN],
                "endpoint-source-same-node": [SEEN],
            },
            "one endpoint and default route per pod (10.244.0.5), untranslated between pods",
            id="endpoint-supported",
        ),
        pytest.param(
            endpoint.sentence,
            Verdict.SUPPORTED,
            {"endpoint-one-address": [ONE, DUAL]},
            "one endpoint per pod (10.244.0.5, 10.244.1.7 and fd00::7)",
            id="endpoint-supported-by-one-check-on-two-nodes",
        ),
        pytest.param(
            endpoint.sentence,
            Verdict.ALTERNATIVE,
            {"endpoint-one-address": [SEEN, TWO]},
            "two endpoints: 172.20.0.2 (default route), 172.30.0.130 (pod IP)",
            id="endpoint-alternative",
        ),
        pytest.param(
            endpoint.sentence,
            Verdict.ALTERNATIVE,
            {
                "endpoint-one-address": [
                    Finding.failed(
                        "second-address",
                        "a has 3",
                        endpoints=["10.1.0.9", "10.0.0.5", "10.2.0.9"],
                        default_route_address="10.0.0.5",
                        pod_ip="10.0.0.5",
                    )
                ]
            },
            "three endpoints: 10.0.0.5 (default route, pod IP), 10.1.0.9, 10.2.0.9",
            id="endpoint-alternative-with-both-roles-on-one",
        ),
        pytest.param(
            endpoint.sentence,
            Verdict.ALTERNATIVE,
            {"endpoint-one-address": [Finding.failed("second-address", "a has 2")]},
            "a has 2",
            id="endpoint-alternative-without-facts",
        ),
        pytest.param(
            endpoint.sentence,
            Verdict.UNSUPPORTED,
            {
                "endpoint-one-address": [ONE],
                "endpoint-source-other-node": [Finding.failed("translated", "peer-0 sees x")],
            },
            "peer-0 sees x",
            id="endpoint-unsupported",
        ),
        pytest.param(
            endpoint.sentence,
            Verdict.SUPPORTED,
            {"endpoint-one-address": [Finding.passed("one address")]},
            "one address",
            id="endpoint-without-facts",
        ),
    ],
)
def test_a_sentence_says_what_was_seen(
    row: Sentence, verdict: Verdict, findings: dict[str, list[Finding]], sentence: str
) -> None:
    assert row(verdict, findings) == sentence


@pytest.mark.parametrize(
    "row", [compartment.sentence, endpoint.sentence], ids=["compartment", "endpoint"]
)
@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize(
    "findings",
    [
        {},
        {"compartment-addresses": [], "endpoint-one-address": []},
        {"compartment-addresses": [Finding.passed("seen", addresses=None, pod_ips=3)]},
        {"endpoint-one-address": [Finding.failed("second-address", "seen", endpoints={})]},
    ],
)
def test_no_missing_fact_breaks_a_sentence(
    row: Sentence, verdict: Verdict, findings: dict[str, list[Finding]]
) -> None:
    assert row(verdict, findings)


def test_numbers_are_words_while_they_are_small() -> None:
    assert [counted(number, "pod") for number in (0, 1, 3, 12)] == [
        "no pods",
        "one pod",
        "three pods",
        "12 pods",
    ]


def test_a_long_list_is_cut_and_says_so() -> None:
    assert listed(["a", "b", "a", "", "c", "d", "e"]) == "a, b, c and 2 more"


def test_texts_are_found_at_any_depth() -> None:
    assert texts({"a": ["x", ["y", 3]], "b": None, "c": ""}) == ("x", "y")
