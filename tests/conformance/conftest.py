"""What tests of probes share."""

import threading
from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace

import pytest

from conformance.pod_watch import FOLLOWER, PodWatch
from conformance.probes import load_balancing
from conformance.waiting import Clock, eventually


@pytest.fixture(scope="session")
def _followers() -> Iterator[None]:
    """Wait for the threads that follow pods: one that still reads when Python ends aborts it."""
    yield
    for thread in threading.enumerate():
        if thread.name == FOLLOWER:
            thread.join(10)


@pytest.fixture(autouse=True)
def _pods_are_followed_no_longer(
    monkeypatch: pytest.MonkeyPatch, _followers: None
) -> Iterator[None]:
    """Stop the threads that follow pods: they would list them all again five times a second."""
    started: list[PodWatch] = []
    start = PodWatch._start

    def noted(watch: PodWatch) -> None:
        started.append(watch)
        start(watch)

    monkeypatch.setattr(PodWatch, "_start", noted)
    yield
    for watch in started:
        watch.stop()


@pytest.fixture
def time_flies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a pause of `converge` take no time, and its clock see it."""
    now = [0.0]

    def pause(seconds: float) -> None:
        now[0] += seconds

    clock = Clock(now=lambda: now[0], sleep=pause)
    monkeypatch.setattr(load_balancing, "eventually", partial(eventually, clock=clock))
    monkeypatch.setattr(load_balancing, "time", SimpleNamespace(monotonic=clock.now))
