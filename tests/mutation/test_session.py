"""A mutation run begins and ends clean, tells each outcome, and goes on where it was broken off."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from conformance.deployment import deploy
from conformance.planning import plan_fleet
from lab.faults.fault import Fault
from lab.layout import Layout
from lab.topology import Topology
from netparity.asking import Asked, Asker
from netparity.mutation import session
from netparity.mutation.clean_runs import CleanRunAlarmsError
from netparity.mutation.experiments import Laboratory
from netparity.mutation.outcomes import Experiment, Judgement, Mutation, Result
from netparity.mutation.placing import Placement
from netparity.mutation.session import SUMMARY, Session
from tests.conformance.fake_cluster import FakeCluster
from tests.mutation.conftest import FAILED, Findings, made_fault, reported, turns
from verdicts.vocabulary import Feature

FAULTS = (
    made_fault(turns("addresses", Feature.CNI_PLUGIN), name="one"),
    made_fault(turns("addresses", Feature.CNI_PLUGIN), name="other"),
    made_fault(turns("to-come", Feature.CNI_PLUGIN), name="unplaced"),
)


class Runs:
    """Clean runs, each with what is given for it."""

    def __init__(self) -> None:
        self.seen: dict[str, Findings] = {}
        self.tried: list[str] = []
        self.places: list[str] = []
        self.following: list[str] = []
        self.told: list[str] = []
        self.fails: dict[str, BaseException] = {}
        self.asked: dict[str, tuple[tuple[str, ...], tuple[Feature, ...], tuple[str, ...]]] = {}
        self.cluster = FakeCluster()

    def ask(
        self,
        name: str,
        *,
        nodes: Sequence[str],
        features: Sequence[Feature],
        checks: Sequence[str],
    ) -> Asked:
        self.asked[name] = (tuple(nodes), tuple(features), tuple(checks))
        report = reported(self.seen.get(name))
        plan = plan_fleet(report.inventory, run_id="r1", agnhost="agnhost:1", capture=None)
        code = 1 if name in self.seen else 0
        return Asked(report, code, 1.0, deploy(self.cluster, plan, fingerprint="", kept=True))

    def try_out(self, placement: Placement, *, following: Placement | None) -> Experiment:
        name = placement.fault.name
        self.tried.append(name)
        self.following.append(following.fault.name if following is not None else "")
        self.places.append(placement.node)
        if name in self.fails:
            raise self.fails[name]
        return Experiment(
            fault=name,
            node=placement.node,
            platform=placement.judged.platform,
            judgement=Judgement(result=Result.CAUGHT),
            seconds={"run": 1.0, "clear": 0.5},
        )


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    fake = Runs()
    monkeypatch.setattr(Asker, "ask", fake.ask)
    monkeypatch.setattr(Laboratory, "try_out", fake.try_out)
    monkeypatch.setattr(session, "connect", lambda _: fake.cluster)
    return fake


@pytest.fixture
def make(tmp_path: Path, runs: Runs) -> Callable[..., Session]:
    def made(faults: tuple[Fault, ...] = FAULTS) -> Session:
        return Session(
            layout=Layout(tmp_path / "state"),
            topology=Topology(),
            folder=tmp_path / "out",
            faults=faults,
            everywhere=False,
            report=runs.told.append,
        )

    return made


def test_every_fault_has_an_outcome_and_one_without_a_place_is_missed(
    make: Callable[..., Session], runs: Runs, tmp_path: Path
) -> None:
    found = make().run()

    assert sorted(runs.tried) == ["one", "other"]
    assert runs.following == [*runs.tried[1:], ""]
    assert runs.asked == {
        "clean-first": ((), tuple(Feature), ("addresses", "to-come")),
        "clean-last": ((), tuple(Feature), ()),
    }
    assert sorted((each.fault, each.judgement.result) for each in found.experiments) == [
        ("one", Result.CAUGHT),
        ("other", Result.CAUGHT),
        ("unplaced", Result.MISSED),
    ]
    assert found.complaints == ()
    written = (tmp_path / "out" / SUMMARY).read_bytes()
    assert Mutation.model_validate_json(written) == found
    assert any(line.endswith("caught (1.5 s)") for line in runs.told)
    assert any("no node in a supported cell where to-come passes" in line for line in runs.told)


def test_a_heavy_check_is_asked_where_a_fault_must_turn_it_and_of_no_control_for_linux(
    make: Callable[..., Session], runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("clean_runs", "placing"):
        monkeypatch.setattr(
            f"netparity.mutation.{module}.heavy_checks", lambda: frozenset({"addresses"})
        )

    make(FAULTS[:1]).run()

    name = f"clean-one@{runs.places[0]}"
    assert runs.asked["clean-first"] == ((), tuple(Feature), ())
    nodes, features, checks = runs.asked[name]
    assert (features, checks) == ((Feature.CNI_PLUGIN,), ("addresses",))
    assert len(nodes) == (1 if nodes[0].startswith("linux") else 2)


def test_a_clean_cluster_that_alarms_ends_it_before_any_fault(
    make: Callable[..., Session], runs: Runs
) -> None:
    runs.seen["clean-first"] = {("addresses", "linux-a"): FAILED}

    with pytest.raises(CleanRunAlarmsError, match="cni-plugin on linux is unsupported"):
        make().run()

    assert runs.tried == []


def test_what_is_otherwise_after_all_faults_is_told(
    make: Callable[..., Session], runs: Runs
) -> None:
    runs.seen["clean-last"] = {("addresses", "linux-a"): FAILED}

    found = make().run()

    assert "addresses on linux-a is fail (broken) after all faults (was pass)" in found.complaints


def test_faults_of_one_node_are_tried_one_after_the_other(
    make: Callable[..., Session], runs: Runs
) -> None:
    expects = turns("addresses", Feature.CNI_PLUGIN)
    faults = tuple(made_fault(expects, name=f"fault-{letter}") for letter in "abcdef")

    found = make(faults).run()

    assert len(runs.tried) == len(faults)
    places = [each.node for each in found.experiments]
    assert len(set(places)) > 1
    assert places == sorted(places)


def test_what_has_an_outcome_is_not_tried_again(make: Callable[..., Session], runs: Runs) -> None:
    runs.fails["other"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        make().run()
    runs.fails.clear()

    found = make().run()

    assert sorted(runs.tried) == ["one", "other", "other"]
    assert len(found.experiments) == len(FAULTS)


def test_kept_fleets_are_removed(make: Callable[..., Session], runs: Runs, tmp_path: Path) -> None:
    asked = runs.ask("clean-first", nodes=(), features=(), checks=())
    folder = tmp_path / "out" / "runs" / "clean-first"
    folder.mkdir(parents=True)
    (folder / "fleet.json").write_text(asked.deployment.model_dump_json())

    assert make().remove_fleets() == ()

    assert runs.cluster.paths("netparity-r1") == []
