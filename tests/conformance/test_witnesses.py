"""A platform's self-test asks the probe for its name, its node and its time."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conformance.cluster import Answer
from conformance.provenance import clocks
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
    ("ahead", "told"),
    [
        pytest.param(0, "", id="as-here"),
        pytest.param(
            3600, r"the clock of linux-kernel-0 is 3\d{3} s ahead of the one here", id="ahead"
        ),
        pytest.param(
            -3600, r"the clock of linux-kernel-0 is 3\d{3} s behind the one here", id="behind"
        ),
    ],
)
def test_a_clock_that_is_not_the_one_here_is_told_and_judges_nobody(
    ahead: float, told: str, tmp_path: Path
) -> None:
    record = taken(Clocked(ahead=ahead), tmp_path)

    assert record.finding.code == "pass"
    assert re.fullmatch(told, "".join(clocks([record])))


def test_a_clock_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    finding = taken(FakeCluster(), tmp_path).finding

    assert (finding.code, finding.facts["skew"]) == ("pass", None)


def test_a_probe_that_runs_elsewhere_is_no_witness(tmp_path: Path) -> None:
    assert taken(FakeCluster(), tmp_path, moved_to="elsewhere").finding.code == "other-node"
