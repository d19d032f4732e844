"""What tests of probes share."""

from functools import partial
from types import SimpleNamespace

import pytest

from conformance.probes import load_balancing
from conformance.waiting import Clock, eventually


@pytest.fixture
def time_flies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a pause of `converge` take no time, and its clock see it."""
    now = [0.0]

    def pause(seconds: float) -> None:
        now[0] += seconds

    clock = Clock(now=lambda: now[0], sleep=pause)
    monkeypatch.setattr(load_balancing, "eventually", partial(eventually, clock=clock))
    monkeypatch.setattr(load_balancing, "time", SimpleNamespace(monotonic=clock.now))
