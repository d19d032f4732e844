"""Fleets whose run is dead: told from those in use by watching their Leases, and removed."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from conformance import timeouts
from conformance.cluster import Cluster
from conformance.deployment import ask_for_removal, remove
from conformance.errors import ClusterError, HarnessError
from conformance.leases import FoundFleet, seen_lease
from conformance.waiting import Clock, Ticker, eventually

_A_LOOK_MORE: Final = 5.0


@dataclass(frozen=True, slots=True)
class _Watched:
    """A fleet whose run may live, and since when its Lease has been as it is."""

    fleet: FoundFleet
    since: float

    @property
    def lasts(self) -> float:
        """Seconds in which a living run changes the Lease, or makes it."""
        return self.fleet.lease.duration if self.fleet.lease is not None else timeouts.LEASE


class LeaseWatch:
    """Watches the Leases of fleets until each has changed, or has not for as long as it lasts.

    That is how leader election does it: times that two machines wrote are never compared, only
    whether one of them changed within a time that passed here.
    https://github.com/kubernetes/client-go/blob/master/tools/leaderelection/leaderelection.go
    """

    def __init__(
        self, cluster: Cluster, fleets: Iterable[FoundFleet], *, clock: Clock | None = None
    ) -> None:
        self._cluster = cluster
        self._now = (clock or Clock()).now
        since = self._now()
        self._open = [_Watched(fleet=fleet, since=since) for fleet in fleets]

    @property
    def undecided(self) -> tuple[FoundFleet, ...]:
        """Fleets of which it is not known yet whether their run lives."""
        return tuple(watched.fleet for watched in self._open)

    @property
    def longest(self) -> float:
        """Seconds until the last of them is decided, at most."""
        return max((each.since + each.lasts - self._now() for each in self._open), default=0.0)

    def look(self) -> tuple[FoundFleet, ...]:
        """Read the Leases that have not changed yet; return the fleets now found to be dead.

        While a Lease cannot be read it may be that none can be renewed: each then has its whole
        time once more, so that an API server's restart kills no run.

        Raises:
            ClusterError: a Lease cannot be read.
        """
        dead: list[FoundFleet] = []
        for watched in tuple(self._open):
            # Before it is read: the time that an answer takes is none in which nothing changed.
            expired = self._now() - watched.since >= watched.lasts
            try:
                seen = seen_lease(self._cluster, watched.fleet.namespaces)
            except ClusterError:
                since = self._now()
                self._open = [replace(each, since=since) for each in self._open]
                if not dead:
                    raise
                break  # those must not be forgotten; the next look fails again, or need not
            changed = seen != watched.fleet.lease
            if changed or expired:
                self._open.remove(watched)
            if expired and not changed:
                dead.append(watched.fleet)
        return tuple(dead)

    def is_dead(self, fleet: FoundFleet) -> bool:
        """Wait until it is known whether the run of a watched fleet is dead.

        Raises:
            ClusterError: its Lease cannot be read.
        """
        dead = eventually(
            self.look,
            lambda found: bool(found) or fleet not in self.undecided,
            what=f"whether the run of {fleet.run_id} lives",
            timeout=self.longest + _A_LOOK_MORE,
        )
        return fleet in dead


class DeadFleets:
    """Asks for the removal of fleets whose run is dead, while this run goes on.

    They have nothing that this run's own objects could meet, so that nothing waits for it.
    """

    def __init__(
        self,
        cluster: Cluster,
        fleets: Iterable[FoundFleet],
        *,
        tell: Callable[[str], None],
        note: Callable[[str], None],
    ) -> None:
        self._cluster = cluster
        self._tell = tell
        self._note = note
        self._watch = LeaseWatch(cluster, fleets)
        self._going: list[str] = []
        # A tick that hangs outlives the ticker's stop.
        self._looking = threading.Lock()
        self._ticker = Ticker(
            self._look,
            every=timeouts.LEASE_RENEWAL,
            name="netparity-dead-fleets",
            on_error=lambda error: note(f"fleets of dead runs were not looked for: {error}"),
        )
        if self._watch.undecided:
            self._ticker.start()

    def stop(self) -> None:
        """Look no more."""
        self._ticker.stop()

    def finish(self) -> None:
        """Wait until each fleet is known to be in use or dead, and the dead ones are gone.

        After a run of a minute that is so already. It never raises for the cluster's sake: what
        could not be found out or removed is told.
        """
        self.stop()
        try:
            self._decide()
            left = remove(self._cluster, self._going) if self._going else ()
        except HarnessError as error:
            self._tell(f"fleets of dead runs are left: {error}")
            return
        if left:
            self._tell(f"left of dead runs: kubectl delete namespace {' '.join(left)}")

    def _decide(self) -> None:
        if not self._watch.undecided:
            return
        named = ", ".join(fleet.run_id for fleet in self._watch.undecided)
        seconds = max(1, round(self._watch.longest))
        self._tell(f"waiting up to {seconds} s to see whether other runs are dead: {named}")
        eventually(
            self._look,
            lambda _: not self._watch.undecided,
            what="whether other runs are dead",
            timeout=self._watch.longest + _A_LOOK_MORE,
        )

    def _look(self) -> None:
        with self._looking:
            for fleet in self._watch.look():
                self._tell(f"  removing the fleet of run {fleet.run_id}, which is dead")
                try:
                    ask_for_removal(self._cluster, fleet.namespaces)
                except HarnessError as error:
                    self._note(f"the fleet of run {fleet.run_id} stays: {error}")
                else:
                    self._going.extend(fleet.namespaces)
