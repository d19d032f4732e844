"""A fault is made, proved, asked about and taken back; what stays ends everything."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from conformance.deployment import deploy
from conformance.planning import plan_fleet
from lab.errors import LabError
from lab.faults import injection
from lab.faults.fault import Fault, Moment, Undecided
from lab.faults.plugins import WrappedPlugin
from lab.faults.service_proxies import MisinformedProxy
from lab.faults.site import Site
from lab.faults.trial import Trial
from lab.layout import Layout
from lab.node_description import Node
from lab.topology import Topology
from netparity.asking import Asked, Asker, RunBrokeOffError
from netparity.mutation import experiments
from netparity.mutation.experiments import Laboratory, Trials, Unclean
from netparity.mutation.outcomes import Result
from netparity.mutation.placing import Placement, placements
from tests.conformance.fake_cluster import FakeCluster
from tests.mutation.conftest import FAILED, Findings, Means, made_fault, reported, turns
from verdicts.vocabulary import Feature

if TYPE_CHECKING:
    from conformance.cluster import Cluster

ADDRESSES = turns("addresses", Feature.CNI_PLUGIN)


class Lab:
    """A lab that takes notes of what is done to it, in the order in which it is done."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.notes: list[str] = []
        self.fails: dict[str, BaseException] = {}
        self.is_made = False
        self.stands = True
        self.features: tuple[Feature, ...] = ()
        self.checks: tuple[str, ...] = ()
        self.seen: Findings = {("addresses", "linux-a"): FAILED}
        self.exit_code = 1
        self.layout = Layout(folder)
        self.cluster = FakeCluster()
        report = reported()
        plan = plan_fleet(report.inventory, run_id="r1", agnhost="agnhost:1", capture=None)
        self.clean = Asked(report, 0, 1.0, deploy(self.cluster, plan, fingerprint="", kept=True))
        monkeypatch.setattr(injection, "inject", self.inject)
        monkeypatch.setattr(injection, "clear", self.clear)
        monkeypatch.setattr(experiments.lab_cluster, "standing_lab", lambda _: self.stands or None)
        monkeypatch.setattr(experiments, "trial", self.trial)

    def _note(self, what: str) -> None:
        self.notes.append(what)
        if what in self.fails:
            raise self.fails[what]

    def inject(self, name: str, node: str, **_: object) -> Site:
        self._note("make")
        self.is_made = True
        return Site(Topology(), self.layout, name, node)

    def clear(self, **_: object) -> None:
        self._note("clear")
        self.is_made = False

    @contextmanager
    def trial(self, *_: object) -> Iterator[Trial]:
        self._note("trial")
        yield cast("Trial", self)
        self.notes.append("end of trial")

    def tidy(self) -> None:
        self.notes.append("tidy")

    def renew(self, node: Node) -> None:
        self.notes.append(f"renew {node.name}")

    def bites(self) -> bool:
        self._note("prove" if self.is_made else "prove it gone")
        return self.is_made

    def ask(
        self,
        _name: str,
        *,
        nodes: tuple[str, ...],
        features: tuple[Feature, ...],
        checks: tuple[str, ...],
        during: Callable[[], None] | None,
    ) -> Asked:
        self.features, self.checks = features, checks
        self._note(f"ask {', '.join(nodes)}")
        if during is not None:
            during()
        return Asked(reported(self.seen, nodes=nodes), self.exit_code, 1.0, self.clean.deployment)

    def laboratory(self) -> Laboratory:
        return Laboratory(
            layout=self.layout,
            cluster=cast("Cluster", self.cluster),
            asker=cast("Asker", self),
            clean=self.clean,
            trials=Trials(Topology(), self.layout),
        )


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    return Lab(tmp_path, monkeypatch)


def on_linux(fault: Fault) -> Placement:
    found = placements(fault, reported(), Topology(), everywhere=True)
    return next(each for each in found if each.judged.platform == "linux")


def placement(lab: Lab, **options: object) -> Placement:
    return on_linux(made_fault(ADDRESSES, bites=lab.bites, **options))  # type: ignore[arg-type]


def test_a_fault_is_asked_about_while_it_bites_and_seen_to_be_gone(lab: Lab) -> None:
    found = lab.laboratory().try_out(placement(lab))

    assert lab.notes == [
        "make",
        "trial",
        "prove",
        "ask linux-a, win1709-a",
        "clear",
        "prove it gone",
        "tidy",
    ]
    assert found.judgement.result is Result.CAUGHT, found.judgement.complaints
    assert (found.cell, found.exit_code, found.platform) == ("unsupported", 1, "linux")
    assert lab.features == found.asked == tuple(Feature)
    assert lab.checks == ("addresses",)
    assert list(found.seconds) == ["make and prove", "run", "clear", "prove it gone"]


def test_a_fault_of_mid_run_is_made_when_the_run_has_begun(lab: Lab) -> None:
    lab.seen, lab.exit_code = {}, 0
    fault = made_fault(Undecided(survives=False), moment=Moment.DURING_RUN, bites=lab.bites)

    found = lab.laboratory().try_out(on_linux(fault))

    assert lab.notes[:4] == ["ask linux-a, win1709-a", "make", "trial", "prove"]
    assert found.judgement.result is Result.SURVIVED
    assert found.cell == ""


@pytest.mark.parametrize(
    ("step", "error", "complaint"),
    [
        ("make", LabError("no such means", next_step="-"), "it cannot be made: no such means"),
        ("prove", LabError("no pod", next_step="-"), "it cannot be proved: no pod"),
        ("prove", subprocess.CalledProcessError(1, "nft"), "it cannot be proved: Command 'nft'"),
        ("ask linux-a, win1709-a", RunBrokeOffError("the run did not end"), "the run did not end"),
    ],
)
def test_what_breaks_off_is_missed_and_cleared(
    lab: Lab, step: str, error: BaseException, complaint: str
) -> None:
    lab.fails[step] = error

    found = lab.laboratory().try_out(placement(lab))

    assert found.judgement.result is Result.MISSED
    assert complaint in found.judgement.complaints[0]
    assert "clear" in lab.notes


def test_a_fault_that_does_not_bite_is_not_asked_about(lab: Lab) -> None:
    fault = made_fault(ADDRESSES, bites=lambda: False)

    found = lab.laboratory().try_out(on_linux(fault))

    assert found.judgement.complaints == ("it does not bite: something was seen",)
    assert not any(note.startswith("ask") for note in lab.notes)


def test_an_interrupted_experiment_leaves_no_fault(lab: Lab) -> None:
    lab.fails["ask linux-a, win1709-a"] = KeyboardInterrupt()

    with pytest.raises(KeyboardInterrupt):
        lab.laboratory().try_out(placement(lab))

    assert lab.notes[-1] == "clear"


def test_a_fault_that_stays_ends_everything(lab: Lab) -> None:
    fault = made_fault(ADDRESSES, bites=lambda: True)

    with pytest.raises(Unclean, match="is cleared, and it bites: something was seen"):
        lab.laboratory().try_out(on_linux(fault))


def test_a_lab_that_does_not_stand_afterwards_ends_everything(lab: Lab) -> None:
    lab.stands = False

    with pytest.raises(Unclean, match="the lab does not stand as it did"):
        lab.laboratory().try_out(placement(lab))


def test_a_proof_that_breaks_off_is_followed_by_a_trial_of_its_own(lab: Lab) -> None:
    lab.fails["prove"] = LabError("its pod is gone", next_step="-")

    lab.laboratory().try_out(placement(lab))

    assert lab.notes == [
        "make",
        "trial",
        "prove",
        "end of trial",
        "clear",
        "trial",
        "prove it gone",
        "tidy",
    ]


def test_pods_that_were_made_under_a_fault_serve_no_other_proof(lab: Lab) -> None:
    means = WrappedPlugin(inside=("ip address show",))

    lab.laboratory().try_out(placement(lab, means=means))

    assert lab.notes[-3:] == ["prove it gone", "renew linux-a", "tidy"]


def test_what_a_fault_would_not_let_be_made_is_there_before_it(lab: Lab) -> None:
    def beforehand(node: Node, _trial: Trial) -> None:
        lab.notes.append(f"beforehand on {node.name}")

    lab.laboratory().try_out(placement(lab, beforehand=beforehand))

    assert lab.notes[:4] == ["trial", "beforehand on linux-a", "make", "prove"]


def test_a_trial_is_of_one_place(lab: Lab) -> None:
    trials = lab.laboratory().trials

    trials.at("linux-a")
    trials.at("linux-a")
    trials.at("linux-b")

    assert lab.notes == ["trial", "end of trial", "trial"]


POD = "/api/v1/namespaces/netparity-r1/pods"
SERVICE = "/api/v1/namespaces/netparity-r1/services"


def test_of_a_fault_within_pods_only_those_that_are_looked_into_are_made_anew(lab: Lab) -> None:
    lab.seen = {("one-stack", "linux-a"): FAILED}
    fault = made_fault(
        turns("one-stack", Feature.SHARED_COMPARTMENT),
        bites=lab.bites,
        means=WrappedPlugin(inside=("ip address show",)),  # type: ignore[arg-type]
    )

    lab.laboratory().try_out(on_linux(fault))

    assert f"{POD}/probe-linux-kernel-0" not in lab.cluster.objects
    assert f"{POD}/peer-linux-kernel-0-1" in lab.cluster.objects


@pytest.mark.parametrize(
    ("means", "gone", "stays"),
    [
        pytest.param(
            WrappedPlugin(inside=("ip address show",)),
            [f"{POD}/probe-linux-kernel-0", f"{POD}/peer-linux-kernel-0-1"],
            [f"{POD}/probe-linux-user-0", f"{SERVICE}/lb-linux-kernel-0"],
            id="pods",
        ),
        pytest.param(
            MisinformedProxy("new-services-missing"),
            [f"{SERVICE}/lb-linux-kernel-0", f"{SERVICE}/refusing-linux-kernel-0"],
            [f"{POD}/probe-linux-kernel-0", f"{SERVICE}/lb-linux-user-0", f"{SERVICE}/empty"],
            id="services",
        ),
        pytest.param(
            Means(), [], [f"{POD}/probe-linux-kernel-0", f"{SERVICE}/lb-linux-kernel-0"], id="none"
        ),
    ],
)
def test_what_a_fault_would_not_concern_is_made_anew_while_it_is_there(
    lab: Lab, means: object, gone: list[str], stays: list[str]
) -> None:
    lab.laboratory().try_out(placement(lab, means=means))

    assert [path for path in gone if path in lab.cluster.objects] == []
    assert [path for path in stays if path not in lab.cluster.objects] == []
    evidence = "/api/v1/namespaces/netparity-r1-privileged/pods/evidence-linux-a"
    assert evidence in lab.cluster.objects


@pytest.mark.parametrize(
    ("following", "renewals"),
    [
        pytest.param(WrappedPlugin(inside=("ip link show",)), 1, id="which-makes-the-same-anew"),
        pytest.param(Means(), 2, id="which-makes-nothing-anew"),
        pytest.param(None, 2, id="none"),
    ],
)
def test_what_was_made_under_a_fault_is_left_to_the_next_fault_that_makes_it_anew(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, following: object, renewals: int
) -> None:
    removed: list[set[str]] = []
    monkeypatch.setattr(
        experiments, "remove_for_renewal", lambda _, paths: removed.append(set(paths))
    )
    next_one = placement(lab, means=following) if following is not None else None

    means = WrappedPlugin(inside=("ip address show",))
    lab.laboratory().try_out(placement(lab, means=means), following=next_one)

    assert len(removed) == renewals
    assert f"{POD}/probe-linux-kernel-0" in removed[0]
