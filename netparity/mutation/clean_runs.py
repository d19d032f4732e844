"""The runs on the clean cluster, before all faults and after them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from lab.faults.fault import Fault, Turns
from netparity.asking import Asked, Asker
from netparity.declared import heavy_checks
from netparity.mutation.judging import alarms
from netparity.mutation.placing import Placement
from verdicts.vocabulary import Feature


class CleanRunAlarmsError(Exception):
    """The cluster is clean, and the suite says otherwise; no fault could be told from that."""


@dataclass(frozen=True, slots=True)
class CleanRuns:
    """Asks the clean cluster what faulty runs are compared with."""

    asker: Asker
    report: Callable[[str], None]

    def first(self, faults: Iterable[Fault]) -> Asked:
        """Ask all nodes the core and what faults must turn besides, but for heavy checks.

        Raises:
            CleanRunAlarmsError: the cluster is not as expected.
            RunBrokeOffError: it left no report.
        """
        expected = (fault.expects for fault in faults)
        checks = {expects.check for expects in expected if isinstance(expects, Turns)}
        return self._without_alarm("clean-first", checks=sorted(checks - heavy_checks()))

    def with_heavy_checks(self, first: Asked, placed: Sequence[Placement]) -> Asked:
        """Add what heavy checks say where a fault is placed that must turn them, and nowhere else.

        Raises:
            CleanRunAlarmsError: the cluster is not as expected.
            RunBrokeOffError: it left no report.
        """
        heavy, report = heavy_checks(), first.report
        for placement in placed:
            expects = placement.fault.expects
            if not isinstance(expects, Turns) or expects.check not in heavy:
                continue
            asked = self._without_alarm(
                f"clean-{placement.key}",
                nodes=placement.asked,
                features=(Feature(expects.feature),),
                checks=placement.checks,
            ).report
            known = {(result.check, result.node) for result in report.checks}
            more = [r for r in asked.checks if (r.check, r.node) not in known]
            report = report.model_copy(
                update={
                    "checks": (*report.checks, *more),
                    "catalogue": tuple(
                        {c.id: c for c in (*report.catalogue, *asked.catalogue)}.values()
                    ),
                }
            )
        return replace(first, report=report)

    def last(self) -> Asked:
        """Ask the core again; each fault's own proof has seen that it is gone.

        Raises:
            RunBrokeOffError: it left no report.
        """
        return self._asked("clean-last")

    def _without_alarm(
        self,
        name: str,
        *,
        nodes: Sequence[str] = (),
        features: Sequence[Feature] = tuple(Feature),
        checks: Sequence[str],
    ) -> Asked:
        asked = self._asked(name, nodes=nodes, features=features, checks=checks)
        complaints = alarms(asked.report, asked.exit_code)
        if complaints:
            raise CleanRunAlarmsError(
                f"the clean cluster is not as expected: {'; '.join(complaints)} - "
                f"see {self.asker.folder / name}"
            )
        return asked

    def _asked(
        self,
        name: str,
        *,
        nodes: Sequence[str] = (),
        features: Sequence[Feature] = tuple(Feature),
        checks: Sequence[str] = (),
    ) -> Asked:
        asked = self.asker.ask(name, nodes=nodes, features=features, checks=checks)
        self.report(f"{name}: exit {asked.exit_code} after {asked.seconds:.1f} s")
        return asked
