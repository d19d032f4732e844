"""Who owns a fleet: it is taken by one run at a time, and removed by the one that took it."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

from conformance import timeouts
from conformance.cluster import Cluster
from conformance.deployment import Deployment, ask_for_removal, deploy, remove
from conformance.errors import ClusterError, HarnessError
from conformance.leases import FoundFleet, Heartbeat, find_fleets
from conformance.plan import FleetPlan
from conformance.planning import plan_fleet
from conformance.reuse import fingerprint_of, revive
from verdicts.inventory import Inventory

Tell = Callable[[str], None]


class FleetOwner:
    """Takes a fleet, new or kept, holds its Lease, and gives it up in the end.

    `notes` collects what did not go as it should and did not stop the run.
    """

    def __init__(self, cluster: Cluster, *, tell: Tell, keeps: bool, reuses: bool) -> None:
        self._cluster = cluster
        self._tell = tell
        self._keeps = keeps
        self._reuses = reuses
        self._heartbeat: Heartbeat | None = None
        self.deployment: Deployment | None = None
        self.notes: list[str] = []

    def take(self, inventory: Inventory, *, agnhost: str, capture: str | None) -> Deployment:
        """Deploy the fleet without awaiting it; fleets of dead runs are removed on the way.

        Raises:
            ClusterError: the API server refused an object; `give_up` removes what was made.
        """

        def plan_of(run_id: str) -> FleetPlan:
            return plan_fleet(inventory, run_id=run_id, agnhost=agnhost, capture=capture)

        others = self._others()
        plan = plan_of(new_run_id())
        fingerprint = fingerprint_of(plan)
        kept = next((f for f in others if self._is_ours(f, fingerprint)), None)
        if kept is not None:
            self._tell(f"  the fleet of run {kept.run_id} is used again")
            plan = plan_of(kept.run_id)
            revive(self._cluster, plan)
        # From here on there is something to remove.
        self.deployment = Deployment(plan=plan, created=datetime.now(UTC), services={})
        self.deployment = deploy(self._cluster, plan, fingerprint=fingerprint, kept=self._keeps)
        self.notes.extend(plan.left_out)
        if self.deployment.denied:
            self.notes.append(f"no evidence pods: {self.deployment.denied}")
        self._heartbeat = Heartbeat(self._cluster, plan, on_error=self._lease_failed)
        self._heartbeat.start()
        return self.deployment

    def give_up(self) -> tuple[str, ...]:
        """Remove the fleet, or leave a kept one to be found again; return what is left of it.

        It never raises: what could not be done is told, with the command that does it.
        """
        if self._keeps:
            self._release()
            return ()
        return self._remove()

    def _others(self) -> tuple[FoundFleet, ...]:
        """Look for other fleets, and ask for the removal of those whose run is dead."""
        try:
            found = find_fleets(self._cluster)
        except ClusterError as error:
            self.notes.append(f"fleets of dead runs were not looked for: {error.message}")
            return ()
        for fleet in found:
            if fleet.kept or fleet.held:
                continue
            self._tell(f"  removing the fleet of run {fleet.run_id}, which is dead")
            # Not awaited: it has nothing that this run's own objects could meet.
            try:
                ask_for_removal(self._cluster, fleet.namespaces)
            except ClusterError as error:
                self.notes.append(f"the fleet of run {fleet.run_id} stays: {error.message}")
        return found

    def _is_ours(self, fleet: FoundFleet, fingerprint: str) -> bool:
        free = fleet.kept and not fleet.held
        return self._reuses and free and fleet.fingerprint == fingerprint

    def _lease_failed(self, error: Exception) -> None:
        self.notes.append(f"the run's Lease was not renewed: {error}")

    def _release(self) -> None:
        if self.deployment is None:
            return
        try:
            if self._heartbeat is not None:
                self._heartbeat.release()
        except HarnessError as error:
            self._tell(f"the fleet's Lease was not released: {error}")
        names = " ".join(self.deployment.plan.namespaces)
        self._tell(f"the fleet is kept; remove it with: kubectl delete namespace {names}")

    def _remove(self) -> tuple[str, ...]:
        if self._heartbeat is not None:
            self._heartbeat.stop()
        if self.deployment is None:
            return ()
        left: tuple[str, ...] = self.deployment.plan.namespaces
        try:
            left = remove(self._cluster, left)
        except HarnessError as error:
            self._tell(f"the fleet was not removed: {error}")
        if left:
            self._tell(
                f"left after {timeouts.FLEET_REMOVED:g} s: {', '.join(left)}; remove with: "
                f"kubectl delete namespace {' '.join(left)}"
            )
        return left


def new_run_id() -> str:
    """Return an id that no other run has, fit for a namespace's name."""
    return f"{datetime.now(UTC):%m%d%H%M%S}-{secrets.token_hex(2)}"
