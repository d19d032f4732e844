"""What tests of probes share."""

from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace

import pytest

from conformance.probes import load_balancing
from conformance.waiting import Clock, eventually
from tests.conformance import asked_fleet


@pytest.fixture(autouse=True)
def _fleets_are_followed_no_longer() -> Iterator[None]:
    """Stop the threads that follow pods: they would list them all again five times a second."""
    yield
    while asked_fleet.MADE:
        asked_fleet.MADE.pop().fleet.stop()


@pytest.fixture
def time_flies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a pause of `converge` take no time, and its clock see it."""
    now = [0.0]

    def pause(seconds: float) -> None:
        now[0] += seconds

    clock = Clock(now=lambda: now[0], sleep=pause)
    monkeypatch.setattr(load_balancing, "eventually", partial(eventually, clock=clock))
    monkeypatch.setattr(load_balancing, "time", SimpleNamespace(monotonic=clock.now))
