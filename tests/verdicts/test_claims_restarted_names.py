"""Every code and branch of the claim on names after a restart, as a table."""

import pytest

from tests.verdicts.compartments import loopback
from tests.verdicts.test_claims_restart import FIRST, never_answered, restart
from verdicts.claims.restarted_names import a_restarted_container_keeps_its_names
from verdicts.observations.compartment import Restart
from verdicts.observations.dns import (
    ContainerNames,
    Lookup,
    LookupTry,
    NamesAfterRestart,
    PodNames,
)
from verdicts.vocabulary import Outcome, Reply

OWN, DEFAULT = "10.96.3.4", "10.96.0.1"
FULL = "kubernetes.run.svc.cluster.local."


def lookup(name: str, address: str) -> Lookup:
    return Lookup(name=name, tries=(LookupTry(addresses=(address,) if address else ()),))


def container(name: str, short: str, *, full: str = OWN) -> ContainerNames:
    return ContainerNames(
        container=name,
        nameservers=("10.96.0.10",),
        search=(),
        kubernetes=lookup("kubernetes", short),
        twin=lookup("twin", short),
        full=lookup(FULL, full),
        partial=lookup("twin.run-privileged", ""),
    )


def after(*, restarted: ContainerNames, sibling: str = OWN) -> NamesAfterRestart:
    names = PodNames(
        pod="quiet",
        node="node-a",
        platform="linux",
        namespace="run",
        other_namespace="run-privileged",
        cluster_domain="cluster.local",
        own_kubernetes=OWN,
        default_kubernetes=DEFAULT,
        own_twin="10.96.3.5",
        other_twin="10.96.3.6",
        containers=(container("a", sibling), restarted),
    )
    return NamesAfterRestart(restart=restart(), names=names)


def unasked(told: Restart) -> NamesAfterRestart:
    return NamesAfterRestart(restart=told)


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(after(restarted=container("b", OWN)), Outcome.PASS, "pass", id="kept"),
        pytest.param(
            after(restarted=container("b", "")), Outcome.FAIL, "unresolved", id="no-search-list"
        ),
        pytest.param(
            after(restarted=container("b", DEFAULT)),
            Outcome.FAIL,
            "default-suffix",
            id="another-namespaces",
        ),
        pytest.param(
            after(restarted=container("b", ""), sibling=""),
            Outcome.INCONCLUSIVE,
            "control-failed",
            id="nor-in-its-sibling",
        ),
        pytest.param(
            after(restarted=container("b", "", full="")),
            Outcome.INCONCLUSIVE,
            "nothing-resolves",
            id="no-dns-at-all",
        ),
        pytest.param(
            unasked(restart(FIRST, FIRST, after=None)),
            Outcome.INCONCLUSIVE,
            "not-restarted",
            id="it-did-not-end",
        ),
        pytest.param(
            unasked(never_answered(elsewhere=loopback(Reply.REFUSED))),
            Outcome.NOT_APPLICABLE,
            "never-shared",
            id="no-containers-of-the-node-share-anything",
        ),
        pytest.param(
            unasked(never_answered()), Outcome.INCONCLUSIVE, "not-restarted", id="nobody-was-ended"
        ),
    ],
)
def test_names_after_a_restart(
    observation: NamesAfterRestart, outcome: Outcome, code: str
) -> None:
    finding = a_restarted_container_keeps_its_names(observation)

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen
