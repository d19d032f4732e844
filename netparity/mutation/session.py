"""One mutation run: a clean run, each fault alone, a clean run again, and what came of them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

from conformance.api_client import connect
from conformance.cluster import Cluster
from conformance.deployment import Deployment, remove
from conformance.journal import write_value
from conformance.run import FLEET_FILE
from conformance.timeouts import Profile
from lab.faults.fault import Fault, Turns
from lab.layout import Layout
from lab.topology import Topology
from netparity.asking import Asked, Asker
from netparity.forks import start_fork
from netparity.mutation.clean_runs import CleanRuns
from netparity.mutation.experiments import Laboratory, Trials
from netparity.mutation.judging import Pair, alarms
from netparity.mutation.outcomes import Experiment, Judgement, Mutation, Result
from netparity.mutation.placing import Placement, placements
from netparity.mutation.renewal import Concerns, concerns
from verdicts.report import Report
from verdicts.vocabulary import Feature

SUMMARY: Final = "mutation.json"
_RUNS: Final = "runs"
_OUTCOMES: Final = "outcomes"


@dataclass(frozen=True, slots=True)
class Session:
    """A mutation run on a lab that is up; its folder may hold outcomes of one that broke off."""

    layout: Layout
    topology: Topology
    folder: Path
    faults: Sequence[Fault]
    everywhere: bool
    report: Callable[[str], None]

    def run(self) -> Mutation:
        """Try every fault out, and write all that came of it into the folder.

        Raises:
            CleanRunAlarmsError: the clean cluster is not as expected.
            RunBrokeOffError: a clean run left no report.
            Unclean: a fault did not go away.
            LabError: the same, by the lab's own word.
            HarnessError: the cluster refused what a run needs.
        """
        began = monotonic()
        with ExitStack() as open_until_the_end:
            trials = open_until_the_end.enter_context(closing(Trials(self.topology, self.layout)))
            asker = Asker(
                layout=self.layout,
                folder=self.folder / _RUNS,
                patience=Profile.LAB,
                reuse_fleet=True,
                start=start_fork,
            )
            clean = CleanRuns(asker, self.report)
            first = clean.first(self.faults)
            placed = [(fault, self._placed(fault, first.report)) for fault in self.faults]
            laboratory = Laboratory(
                layout=self.layout,
                cluster=self._cluster(),
                asker=asker,
                clean=clean.with_heavy_checks(first, [p for _, found in placed for p in found]),
                trials=trials,
            )
            experiments = tuple(self._tried_out(laboratory, placed))
            last = clean.last()
        found = Mutation(
            seconds=round(monotonic() - began, 1),
            clean={"first": first.seconds, "last": last.seconds},
            complaints=_left_behind(first, last),
            experiments=experiments,
        )
        write_value(self.folder / SUMMARY, found)
        return found

    def remove_fleets(self) -> tuple[str, ...]:
        """Remove the kept fleets of this folder's runs; return what is left of them.

        Raises:
            ClusterError: the API server refused.
        """
        fleets = (self.folder / _RUNS).glob(f"*/{FLEET_FILE}")
        found = (Deployment.model_validate_json(path.read_bytes()) for path in fleets)
        return remove(self._cluster(), sorted({n for each in found for n in each.plan.namespaces}))

    def _cluster(self) -> Cluster:
        return connect(self.layout.kubeconfig)

    def _placed(self, fault: Fault, clean: Report) -> tuple[Placement, ...]:
        return placements(fault, clean, self.topology, everywhere=self.everywhere)

    def _tried_out(
        self, laboratory: Laboratory, found: Sequence[tuple[Fault, tuple[Placement, ...]]]
    ) -> Iterator[Experiment]:
        """Try every fault; see `_turn` for their order."""
        yield from (self._told("-", _without_a_place(fault)) for fault, at in found if not at)
        placed = [placement for _, at in found for placement in at]
        placed.sort(key=_turn)
        done = {placement.key: self._known(placement) for placement in placed}
        to_come = [placement for placement in placed if done[placement.key] is None]
        nexts = dict(zip((p.key for p in to_come), (*to_come[1:], None), strict=True))
        for number, placement in enumerate(placed, start=1):
            experiment = done[placement.key]
            if experiment is None:
                experiment = laboratory.try_out(placement, following=nexts[placement.key])
                write_value(self._path(placement), experiment)
            yield self._told(f"[{number}/{len(placed)}]", experiment)

    def _known(self, placement: Placement) -> Experiment | None:
        """Return what came of a fault in the run that this one goes on from."""
        path = self._path(placement)
        return Experiment.model_validate_json(path.read_bytes()) if path.exists() else None

    def _path(self, placement: Placement) -> Path:
        return self.folder / _OUTCOMES / f"{placement.key}.json"

    def _told(self, place: str, experiment: Experiment) -> Experiment:
        judgement, seconds = experiment.judgement, sum(experiment.seconds.values())
        self.report(f"{place} {experiment.key}: {judgement.result} ({seconds:.1f} s)")
        for complaint in judgement.complaints:
            self.report(f"    {complaint}")
        return experiment


def _turn(placement: Placement) -> tuple[bool, str, int, bool]:
    """Put faults of one node together, whose proofs share pods, and of those what renew the same.

    Those of the harness come last: what they break is the hardest to put back.
    """
    kinds = list(Concerns)
    return (
        not isinstance(placement.fault.expects, Turns),
        placement.node,
        kinds.index(concerns(placement.fault)),
        Feature.CNI_PLUGIN in placement.features,
    )


def _without_a_place(fault: Fault) -> Experiment:
    wanted = f" where {fault.expects.check} passes" if isinstance(fault.expects, Turns) else ""
    return Experiment(
        fault=fault.name,
        node="",
        platform="",
        judgement=Judgement(
            result=Result.MISSED,
            complaints=(f"it has no place: no node in a supported cell{wanted}",),
        ),
    )


def _left_behind(first: Asked, last: Asked) -> tuple[str, ...]:
    """Return what is otherwise on the clean cluster after all the faults."""
    pair = Pair(clean=first.report, faulty=last.report, exit_code=last.exit_code)
    return (
        *alarms(last.report, last.exit_code),
        *(
            f"{each.check} on {each.node} is {each.after} after all faults (was {each.before})"
            for _, each in pair.differences()
        ),
    )
