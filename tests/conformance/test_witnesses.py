"""A platform's self-test asks the probe for its name, its node and its time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conformance.cluster import Answer
from tests.conformance.asked_fleet import asking
from tests.conformance.fake_cluster import FakeCluster
from verdicts.checks import Witness
from verdicts.evidence import Evidence

NODE = "linux-kernel-0"


class Clocked(FakeCluster):
    """A cluster whose netexec tells the time at its root, so many seconds ahead of here."""

    def __init__(self, *, ahead: float) -> None:
        super().__init__()
        others = self.serve
        told = f"{datetime.now(UTC) + timedelta(seconds=ahead):%Y-%m-%d %H:%M:%S}.5 +0000 UTC"

        def serve(pod: str, port: int, request: str) -> Answer:
            if request:
                return others(pod, port, request)
            return Answer(200, f"NOW: {told} m=+1.25")

        self.serve = serve


def taken(cluster: FakeCluster, directory: Path, *, moved_to: str = "") -> Evidence:
    asked = asking(cluster, directory)
    node = asked.node(NODE)
    if moved_to:
        cluster.patch(node.probe_pod.path, {"spec": {"nodeName": moved_to}})
    (line,) = asked.witnesses.take(node, {Witness.TRANSPORT})
    record = asked.journal.find(line.key)
    assert record is not None
    return record


@pytest.mark.parametrize(
    ("ahead", "code"),
    [
        pytest.param(0, "pass", id="as-here"),
        pytest.param(3600, "other-time", id="an-hour-ahead"),
        pytest.param(-3600, "other-time", id="an-hour-behind"),
    ],
)
def test_the_clock_of_a_node_is_compared_with_the_one_here(
    ahead: float, code: str, tmp_path: Path
) -> None:
    assert taken(Clocked(ahead=ahead), tmp_path).finding.code == code


def test_a_server_that_tells_no_time_is_not_judged_by_it(tmp_path: Path) -> None:
    finding = taken(FakeCluster(), tmp_path).finding

    assert (finding.code, finding.facts["skew"]) == ("pass", None)


def test_a_probe_that_runs_elsewhere_is_no_witness(tmp_path: Path) -> None:
    assert taken(FakeCluster(), tmp_path, moved_to="elsewhere").finding.code == "other-node"
