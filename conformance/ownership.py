"""Who owns a fleet: it is taken by one run at a time, and removed by the one that took it."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from conformance import timeouts
from conformance.cluster import Cluster
from conformance.dead_fleets import DeadFleets, LeaseWatch
from conformance.deployment import Deployment, deploy, remove
from conformance.errors import ClusterError, HarnessError
from conformance.leases import (
    FoundFleet,
    Heartbeat,
    LeaseTaken,
    find_fleets,
    is_being_removed,
)
from conformance.objects import JsonObject
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
        self._dead: DeadFleets | None = None
        self.deployment: Deployment | None = None
        self.has_lost_its_fleet = False
        """Another run has taken it meanwhile: both asked the same pods, and neither knows what of."""
        self.notes: list[str] = []

    def take(
        self, inventory: Inventory, *, agnhost: str, capture: str | None, extended: bool = False
    ) -> Deployment:
        """Deploy the fleet without awaiting it; fleets of dead runs are removed meanwhile.

        Only with `--reuse-fleet`, and where the holder of a kept fleet did not give it up, is it
        waited for: until that holder is seen to live, or to be dead.

        Raises:
            ClusterError: the API server refused an object; `give_up` removes what was made.
        """

        def plan_of(run_id: str, *, extended: bool = extended) -> FleetPlan:
            return plan_fleet(
                inventory, run_id=run_id, agnhost=agnhost, capture=capture, extended=extended
            )

        others = self._others()
        self._dead = DeadFleets(
            self._cluster,
            [fleet for fleet in others if not fleet.kept],
            tell=self._tell,
            note=self._note,
        )
        plan = plan_of(new_run_id())
        fingerprint = fingerprint_of(plan)
        standing = dict[str, JsonObject]()
        if self._reuses:
            # A fleet that has what extended checks need will do for others.
            fitting = {
                fingerprint_of(plan_of(plan.run_id, extended=each)): each
                for each in {extended, True}
            }
            alike = [f for f in others if f.kept and f.fingerprint in fitting]
            # Those that were given up come first: nothing is waited for there.
            for fleet in sorted(alike, key=_is_held):
                found = plan_of(fleet.run_id, extended=fitting[fleet.fingerprint])
                if self._claims(fleet, found):
                    plan, standing = found, revive(self._cluster, found)
                    break
        # From here on there is something to remove.
        self.deployment = Deployment(plan=plan, created=datetime.now(UTC), services={})
        self.deployment = deploy(
            self._cluster,
            plan,
            fingerprint=fingerprint,
            kept=self._keeps,
            claim=partial(self._hold, plan),
            standing=standing,
        )
        self.notes.extend(plan.left_out)
        if self.deployment.denied:
            self.notes.append(f"no evidence pods: {self.deployment.denied}")
        return self.deployment

    def give_up(self) -> tuple[str, ...]:
        """Remove the fleet, or leave a kept one to be found again; return what is left of it.

        It never raises: what could not be done is told, with the command that does it.
        """
        if self._dead is not None:
            self._dead.stop()
        if self._keeps:
            self._release()
            return ()
        return self._remove()

    def remove_the_dead(self) -> None:
        """See to it that fleets of dead runs are removed; wait until it is known which they are.

        It never raises for the cluster's sake.
        """
        if self._dead is not None:
            self._dead.finish()

    def _others(self) -> tuple[FoundFleet, ...]:
        try:
            return find_fleets(self._cluster)
        except ClusterError as error:
            self.notes.append(f"fleets of dead runs were not looked for: {error.message}")
            return ()

    def _claims(self, fleet: FoundFleet, plan: FleetPlan) -> bool:
        """Take a kept fleet, unless another run uses it or is faster; say whether it is ours."""
        holder = fleet.lease.holder if fleet.lease is not None else "a run that makes it"
        if _is_held(fleet):
            self._tell(
                f"  waiting up to {timeouts.LEASE:g} s to see whether {holder} still uses the "
                f"fleet of run {fleet.run_id}"
            )
            if not LeaseWatch(self._cluster, [fleet]).is_dead(fleet):
                self._tell(
                    f"  the fleet of run {fleet.run_id} is in use by {holder}: not used again"
                )
                return False
        heartbeat = Heartbeat(self._cluster, plan, on_error=self._lease_failed)
        if not heartbeat.claim(fleet.lease):
            self._tell(f"  the fleet of run {fleet.run_id} was just taken by another run")
            return False
        if is_being_removed(self._cluster, fleet.namespaces):
            heartbeat.stop()
            self._tell(f"  the fleet of run {fleet.run_id} is being removed: not used again")
            return False
        self._heartbeat = heartbeat
        self._tell(f"  the fleet of run {fleet.run_id} is used again")
        return True

    def _hold(self, plan: FleetPlan) -> None:
        """Make the Lease of a fleet of our own, unless we took one with its fleet."""
        if self._heartbeat is not None:
            return
        self._heartbeat = Heartbeat(self._cluster, plan, on_error=self._lease_failed)
        if not self._heartbeat.claim(None):
            raise ClusterError(
                f"{plan.namespace} - another run holds the Lease of this new namespace",
                next_step="see what copies Leases into new namespaces",
            )

    def _lease_failed(self, error: Exception) -> None:
        self.has_lost_its_fleet |= isinstance(error, LeaseTaken)
        self._note(f"the run's Lease was not renewed: {error}")

    def _note(self, text: str) -> None:
        """Take a note once: what goes wrong at every tick says the same each time."""
        if text not in self.notes:
            self.notes.append(text)

    def _release(self) -> None:
        try:
            if self._heartbeat is not None:
                self._heartbeat.release()
        except HarnessError as error:
            self._tell(f"the fleet's Lease was not released: {error}")
        if self.deployment is None:
            return
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


def _is_held(fleet: FoundFleet) -> bool:
    return fleet.lease is None or bool(fleet.lease.holder)


def new_run_id() -> str:
    """Return an id that no other run has, fit for a namespace's name."""
    return f"{datetime.now(UTC):%m%d%H%M%S}-{secrets.token_hex(2)}"
