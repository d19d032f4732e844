"""One fault after the other: made, proved, asked about, cleared, proved to be gone."""

import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from conformance.cluster import Cluster
from conformance.phases import Stopwatch
from lab import cluster as lab_cluster
from lab.errors import LabError
from lab.faults import injection
from lab.faults.fault import Bite, Moment, Turns
from lab.faults.service_proxies import await_forgotten
from lab.faults.site import Site
from lab.faults.trial import Trial, trial
from lab.layout import Layout
from lab.topology import Topology
from netparity.asking import Asked, Asker, RunBrokeOffError
from netparity.mutation.judging import Pair, cell_of, judge
from netparity.mutation.outcomes import Experiment, Judgement, Result
from netparity.mutation.placing import Placement
from netparity.mutation.renewal import Concerns, concerns, remove_for_renewal, renewed

_PROOF_FAILS: Final = (LabError, OSError, subprocess.CalledProcessError)


class Unclean(Exception):  # noqa: N818  # a state of the lab; nothing more can be judged on it
    """The lab is not as it was before a fault."""


@dataclass(slots=True)
class Trials:
    """The trial that the proofs of one place share; a new one where a proof broke off."""

    topology: Topology
    layout: Layout
    _open: ExitStack = field(default_factory=ExitStack)
    _trial: Trial | None = None
    _place: str = ""

    def at(self, place: str) -> Trial:
        """Return the trial of a place; that of another, whose Services it might join, is removed."""
        if self._trial is None or self._place != place:
            self.close()
            self._trial, self._place = (
                self._open.enter_context(trial(self.topology, self.layout)),
                place,
            )
        return self._trial

    def settle(self, node: str, *, with_pods: bool) -> None:
        """Remove what no other proof may use: pods made afresh, or all of the node's."""
        if self._trial is None:
            return
        if with_pods:
            self._trial.renew(self.topology.node(node))
        self._trial.tidy()

    def close(self) -> None:
        """Remove the trial with all that was made in it."""
        self._trial = None
        self._open.close()


@dataclass(slots=True)
class _Seen:
    """What was seen of one fault so far."""

    site: Site | None = None
    bite: Bite | None = None
    healed: Bite | None = None
    asked: Asked | None = None
    complaints: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Laboratory:
    """Where faults are tried: the lab, the kept fleet, and the clean run to compare with."""

    layout: Layout
    cluster: Cluster
    asker: Asker
    clean: Asked
    trials: Trials

    def try_out(self, placement: Placement, *, following: Placement | None = None) -> Experiment:
        """Make a fault, ask, and take it back; whatever happens, it is taken back.

        What was made under it is removed, unless `following` will be tried out next, and that
        removes it before anything is asked.

        Raises:
            LabError: it cannot be taken back.
            Unclean: it is taken back, and its own proof or the lab's state says otherwise.
        """
        watch, seen = Stopwatch(), _Seen()
        try:
            self._under_the_fault(placement, watch, seen)
        finally:
            with watch.phase("clear"):
                injection.clear(report=_nothing)
        self._afterwards(placement, watch, seen, following)
        return Experiment(
            fault=placement.fault.name,
            node=placement.node,
            platform=placement.judged.platform,
            asked=placement.features,
            judgement=self._judged(placement, seen),
            cell=self._cell(placement, seen),
            bite=seen.bite.seen if seen.bite else "",
            healed=seen.healed.seen if seen.healed else "",
            exit_code=seen.asked.exit_code if seen.asked else None,
            seconds={phase.name: phase.seconds for phase in watch.phases().phases},
        )

    def _under_the_fault(self, placement: Placement, watch: Stopwatch, seen: _Seen) -> None:
        """Run the suite under the fault; a fault that does not bite is not asked about."""
        try:
            if placement.fault.moment is Moment.DURING_RUN:
                with watch.phase("run"):
                    seen.asked = self._ask(placement, during=lambda: self._make(placement, seen))
                return
            with watch.phase("make and prove"):
                self._make(placement, seen)
            if seen.bite is None or not seen.bite.bites:
                return
            self._renew(placement)
            if seen.site is not None and concerns(placement.fault) is Concerns.NEW_SERVICES:
                await_forgotten(seen.site)
            with watch.phase("run"):
                seen.asked = self._ask(placement)
        except (RunBrokeOffError, LabError) as error:
            seen.complaints.append(str(error))

    def _ask(self, placement: Placement, *, during: Callable[[], None] | None = None) -> Asked:
        return self.asker.ask(
            placement.key,
            nodes=placement.asked,
            features=placement.features,
            checks=placement.checks,
            during=during,
        )

    def _make(self, placement: Placement, seen: _Seen) -> None:
        try:
            if placement.fault.beforehand is not None:
                node = self.trials.topology.node(placement.judged.node.name)
                placement.fault.beforehand(node, self.trials.at(placement.node))
            seen.site = injection.inject(placement.fault.name, placement.node, report=_nothing)
        except LabError as error:
            seen.complaints.append(f"it cannot be made: {error}")
            return
        try:
            seen.bite = placement.fault.proof(seen.site, self.trials.at(placement.node))
        except _PROOF_FAILS as error:
            self.trials.close()
            seen.complaints.append(f"it cannot be proved: {error}")
            return
        if not seen.bite.bites:
            seen.complaints.append(f"it does not bite: {seen.bite.seen}")

    def _afterwards(
        self, placement: Placement, watch: Stopwatch, seen: _Seen, following: Placement | None
    ) -> None:
        """See that nothing of the fault is left."""
        with watch.phase("prove it gone"):
            if lab_cluster.standing_lab(self.layout) is None:
                raise Unclean(
                    f"{placement.key} is cleared, and the lab does not stand as it did: "
                    "see `netparity lab status`"
                )
            if following is None or not self._renewed(placement) <= self._renewed(following):
                self._renew(placement)
            if seen.site is None:
                return
            try:
                seen.healed = placement.fault.proof(seen.site, self.trials.at(placement.node))
            except _PROOF_FAILS as error:
                raise Unclean(
                    f"{placement.key} is cleared, and it cannot be proved to be gone: {error}"
                ) from error
            if seen.healed.bites:
                raise Unclean(f"{placement.key} is cleared, and it bites: {seen.healed.seen}")
            # Pods that were made under the fault may keep it.
            self.trials.settle(
                placement.judged.node.name, with_pods=placement.fault.means.acts_on_new_pods
            )

    def _renew(self, placement: Placement) -> None:
        remove_for_renewal(self.cluster, self._renewed(placement))

    def _renewed(self, placement: Placement) -> frozenset[str]:
        return renewed(
            self.clean.deployment.plan,
            placement.judged,
            concerns(placement.fault),
            features=placement.features,
        )

    def _judged(self, placement: Placement, seen: _Seen) -> Judgement:
        if seen.complaints or seen.asked is None:
            return Judgement(result=Result.MISSED, complaints=tuple(seen.complaints))
        pair = Pair(
            clean=self.clean.report, faulty=seen.asked.report, exit_code=seen.asked.exit_code
        )
        return judge(pair, placement.fault.expects, placement.judged)

    def _cell(self, placement: Placement, seen: _Seen) -> str:
        expects = placement.fault.expects
        if seen.asked is None or not isinstance(expects, Turns):
            return ""
        return cell_of(seen.asked.report, expects.feature, placement.judged.platform).verdict


def _nothing(_line: str) -> None:
    """Take the lines of a fault that is made or cleared; the experiment's own line tells more."""
