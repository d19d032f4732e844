"""Runs of a soak that say what a test lets them say."""

import pytest

from conformance.deployment import deploy
from conformance.planning import plan_fleet
from netparity.asking import Asked, Asker
from tests.conformance.fake_cluster import FakeCluster
from tests.mutation.conftest import Findings, reported


class Runs:
    """Clean runs, each with what is given for it; they leave their report as real ones do."""

    def __init__(self) -> None:
        self.seen: dict[str, Findings] = {}
        self.fails: dict[str, BaseException] = {}
        self.asked: list[str] = []
        self.lab = "uid"

    def ask(self, asker: Asker, name: str) -> Asked:
        self.asked.append(name)
        if name in self.fails:
            raise self.fails[name]
        report = reported(self.seen.get(name))
        inventory = report.inventory.model_copy(update={"cluster_uid": self.lab})
        report = report.model_copy(update={"inventory": inventory})
        folder = asker.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.json").write_text(report.model_dump_json())
        plan = plan_fleet(report.inventory, run_id="r1", agnhost="agnhost:1", capture=None)
        deployment = deploy(FakeCluster(), plan, fingerprint="", kept=False)
        return Asked(
            report=report,
            exit_code=1 if name in self.seen else 0,
            seconds=10.0 + len(self.asked),
            deployment=deployment,
        )


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    fake = Runs()

    def ask(asker: Asker, name: str) -> Asked:
        return fake.ask(asker, name)

    monkeypatch.setattr(Asker, "ask", ask)
    return fake
