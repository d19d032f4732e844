"""A suite of checks that end in every way, and what lets it ask a cluster of memory."""

CONFTEST = """
import conformance.asking, conformance.run
from conformance.deployment import Deployment
from pathlib import Path
from tests.conformance.fake_cluster import FakeCluster, node

def connect(_kubeconfig, *, context):
    return CLUSTER

CLUSTER = FakeCluster(nodes=[node("linux-a"), node("linux-b", labels={"pool": "old"})])
conformance.asking.connect = conformance.run.connect = connect

def pytest_configure(config):
    # A process that takes up a run finds its pods in the cluster; this one's cluster is its own.
    directory = getattr(config, "workerinput", {}).get("netparity_run_directory")
    directory = directory or config.getoption("--run-dir")
    if directory:
        from conformance.deployment import deploy
        plan = Deployment.model_validate_json((Path(directory) / "fleet.json").read_bytes()).plan
        deploy(CLUSTER, plan, fingerprint="", kept=False)

def pytest_netparity_report(config, report):
    print("reported:", report.name)

def pytest_unconfigure(config):
    if not hasattr(config, "workerinput"):
        print("left:", CLUSTER.paths("netparity"))
"""

SUITE = """
import pytest
from conformance.catalogue import check
from conformance.errors import TransportError
from verdicts.claims.witnesses import every_address_answers
from verdicts.findings import Finding
from verdicts.observations.attempts import Attempts, Failure
from verdicts.observations.witnesses import Reached
from verdicts.vocabulary import Feature, Frozen, Protocol, Reply, Weight

def declare(id, claim=every_address_answers, feature=Feature.CNI_PLUGIN):
    return check(id=id, title="A sentence.", feature=feature, weight=Weight.REQUIRED,
                 claim=claim, source="https://example.com/")

def not_here(observation: Frozen) -> Finding:
    return Finding.not_applicable("no-such-thing", "there is none")

def seen(*failures):
    return Reached(attempts=(Attempts(client="c", address="192.0.2.1", port=80,
                   protocol=Protocol.TCP, tries=1, failures=failures),))

@declare("answers")
def test_answers(node, judge):
    judge(Reached(attempts=(node.probe_pod.first.dial("192.0.2.1", 80),)))

@declare("fails")
def test_fails(node, judge):
    judge(seen(Failure(reply=Reply.REFUSED, detail="refused")))

@declare("not-here", not_here)
def test_not_here(node, judge):
    judge(seen())

@declare("could-not-ask")
def test_could_not_ask(node, judge):
    raise TransportError("probe - no way", next_step="walk")

@declare("broken")
def test_broken(node, judge):
    judge(1 / 0)

@declare("forgets")
def test_forgets_to_judge(node, judge):
    node.probe_pod

@declare("decides-nothing")
def test_decides_nothing(node, judge):
    judge(Reached(attempts=()))

@declare("user-only", feature=Feature.USER_MODE)
def test_user_mode(node, judge):
    judge(Reached(attempts=(node.probe_pod.first.dial("192.0.2.1", 80),)))
"""
