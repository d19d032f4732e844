"""The sentences under the last two rows say what was seen, and never fail for want of it."""

from collections.abc import Callable, Mapping, Sequence

import pytest
from pydantic import JsonValue

from verdicts.findings import Finding
from verdicts.sentences import cni, dns
from verdicts.vocabulary import Outcome, Verdict

Sentence = Callable[[Verdict, Mapping[str, Sequence[Finding]]], str]

REWRITES = Finding.not_applicable(
    "reported-rewrites",
    "kubernetes. became kubernetes.default.svc.cluster.local.",
    name="kubernetes.",
    became="kubernetes.default.svc.cluster.local.",
)
LEAVES = Finding.not_applicable("reported-leaves", "kubernetes. is left alone")


def answers() -> dict[str, JsonValue]:
    return {container: ["10.96.3.4"] for container in "abc"}


def short_name(name: str) -> Finding:
    return Finding.passed(f"{name} is the own one's", name=name, answers=answers())


def names(*proxies: Finding, **changed: Finding) -> dict[str, list[Finding]]:
    return {
        "dns-own-kubernetes": [changed.get("kubernetes", short_name("kubernetes"))],
        "dns-own-twin": [changed.get("twin", short_name("twin"))],
        "dns-proxy-leaves-names": [*proxies],
    }


DEFAULT = Finding.failed("default-suffix", "kubernetes yields 10.96.0.1 in a, b, c")
UNRESOLVED = Finding.failed("unresolved", "twin yields nothing in a, b, c")


@pytest.mark.parametrize(
    ("verdict", "findings", "said"),
    [
        pytest.param(
            Verdict.SUPPORTED,
            names(LEAVES),
            "short names are the own namespace's in three containers a pod",
            id="supported",
        ),
        pytest.param(
            Verdict.SUPPORTED,
            names(LEAVES, REWRITES),
            "short names are the own namespace's in three containers a pod, "
            "though the proxy rewrites",
            id="supported-beside-a-rewriting-proxy",
        ),
        pytest.param(
            Verdict.ALTERNATIVE,
            names(REWRITES, kubernetes=DEFAULT, twin=UNRESOLVED),
            "kube-proxy adds suffixes: kubernetes became kubernetes.default.svc.cluster.local",
            id="alternative",
        ),
        pytest.param(
            Verdict.ALTERNATIVE,
            names(kubernetes=DEFAULT, twin=UNRESOLVED),
            "kubernetes yields 10.96.0.1 in a, b, c; twin yields nothing in a, b, c",
            id="alternative-without-the-proxys-words",
        ),
        pytest.param(
            Verdict.UNSUPPORTED,
            names(LEAVES, kubernetes=UNRESOLVED),
            "twin yields nothing in a, b, c",
            id="unsupported",
        ),
    ],
)
def test_a_dns_sentence_says_whose_suffixes_count(
    verdict: Verdict, findings: dict[str, list[Finding]], said: str
) -> None:
    assert dns.sentence(verdict, findings) == said


COUNTED = Finding.passed("14 pods, 14 addresses", pods=14, addresses=14)
CONFIGURED = Finding.passed("holds 10-bridge.conflist", networks=["bridge", "portmap"])
NO_PLUGIN = Finding.failed("no-plugin", "holds no configuration", networks=[])


def frames(
    bearing: str, pod_ip: str, outcome: Outcome = Outcome.PASS, *, l2bridge: bool = False
) -> Finding:
    return Finding(
        outcome=outcome,
        code="own-mac" if outcome is Outcome.FAIL else outcome.value,
        seen=f"frames of {pod_ip} bear somebody's MAC",
        facts={"bearing": bearing, "pod_ip": pod_ip, "l2bridge": l2bridge},
    )


REWRITTEN = frames("node", "172.30.0.70", l2bridge=True)
OWN = frames("own", "172.30.0.130", Outcome.FAIL)


def endpoints(
    *captured: Finding, configuration: Finding = CONFIGURED, counted: Finding = COUNTED
) -> dict[str, list[Finding]]:
    return {
        "cni-distinct-addresses": [counted],
        "cni-l2bridge-mac": [*captured],
        "cni-plugin-configuration": [configuration],
    }


@pytest.mark.parametrize(
    ("verdict", "findings", "said"),
    [
        pytest.param(
            Verdict.SUPPORTED,
            endpoints(REWRITTEN, frames("node", "172.30.0.101", l2bridge=True)),
            "l2bridge: frames of 172.30.0.70 bear the node's MAC; 14 pods, 14 addresses",
            id="l2bridge",
        ),
        pytest.param(
            Verdict.SUPPORTED,
            endpoints(frames("node", "10.244.1.5", Outcome.NOT_APPLICABLE)),
            "plugin bridge; frames of 10.244.1.5 bear the node's MAC; 14 pods, 14 addresses",
            id="linux",
        ),
        pytest.param(
            Verdict.SUPPORTED,
            endpoints(frames("undecided", "10.244.1.5", Outcome.NOT_APPLICABLE)),
            "plugin bridge; 14 pods, 14 addresses",
            id="overlay",
        ),
        pytest.param(
            Verdict.SUPPORTED,
            endpoints(
                configuration=Finding.not_applicable("unread", "unread"),
                counted=Finding.inconclusive("too-few-pods", "11 pods"),
            ),
            "11 pods",
            id="nothing-but-words",
        ),
        pytest.param(
            Verdict.UNSUPPORTED,
            endpoints(OWN, configuration=NO_PLUGIN),
            "no plugin configuration; frames of 172.30.0.130 bear the pod's own MAC",
            id="windows-2016",
        ),
        pytest.param(
            Verdict.UNSUPPORTED,
            endpoints(REWRITTEN, OWN, configuration=NO_PLUGIN),
            "no plugin configuration; frames of 172.30.0.130 bear the pod's own MAC",
            id="own-macs-outweigh",
        ),
        pytest.param(
            Verdict.UNSUPPORTED,
            endpoints(configuration=NO_PLUGIN),
            "no plugin configuration",
            id="no-capture",
        ),
        pytest.param(
            Verdict.UNSUPPORTED,
            endpoints(OWN),
            "frames of 172.30.0.130 bear somebody's MAC",
            id="own-macs-of-an-l2bridge",
        ),
        pytest.param(
            Verdict.PARTIAL,
            {**endpoints(REWRITTEN), "cni-pod-to-node": [Finding.failed("timed-out", "no way")]},
            "no way",
            id="partial",
        ),
    ],
)
def test_a_cni_sentence_says_whose_endpoints_pods_have(
    verdict: Verdict, findings: dict[str, list[Finding]], said: str
) -> None:
    assert cni.sentence(verdict, findings) == said


@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize("sentence", [dns.sentence, cni.sentence], ids=["dns", "cni"])
@pytest.mark.parametrize(
    "findings",
    [
        pytest.param({}, id="none"),
        pytest.param({"dns-own-kubernetes": [], "cni-l2bridge-mac": []}, id="no-nodes"),
        pytest.param(
            {
                check: [Finding.passed("seen")]
                for check in (
                    "dns-own-kubernetes",
                    "dns-proxy-leaves-names",
                    "cni-distinct-addresses",
                    "cni-l2bridge-mac",
                    "cni-plugin-configuration",
                )
            },
            id="no-facts",
        ),
        pytest.param(
            {
                "dns-own-kubernetes": [Finding.passed("seen", name=1, answers="a")],
                "cni-l2bridge-mac": [Finding.passed("seen", bearing=True, pod_ip=[])],
                "cni-distinct-addresses": [Finding.passed("seen", pods="many")],
            },
            id="facts-of-another-shape",
        ),
    ],
)
def test_a_sentence_never_fails_for_want_of_facts(
    sentence: Sentence, verdict: Verdict, findings: dict[str, list[Finding]]
) -> None:
    said = sentence(verdict, findings)

    assert said
    assert "None" not in said
