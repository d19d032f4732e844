"""A pytest plugin that asks the parts of a run at once, in forks of the process that collected them.

That process has not spoken to the cluster, which another prepares and conducts the run for
(`netparity.forks`); each fork connects by itself.
"""

import multiprocessing
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Final

import pytest
from _pytest.runner import runtestprotocol

from conformance.orphans import end_with_parent
from conformance.parts import parts
from conformance.session import declared_of
from netparity.child import GRACE

_FORK: Final = multiprocessing.get_context("fork")
_AT_ONCE: Final = 10
"""Forks that ask: those that wait for what does not come leave the processors to the others."""


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Let forks ask one part after the other, and report as if that had been done here."""
    if session.testsfailed or session.config.option.collectonly:
        return None
    asked = parts(
        (found.check.id, item.nodeid, item)
        for item in session.items
        if (found := declared_of(item)) is not None
    )
    forks = [_Fork(asked) for _ in asked[:_AT_ONCE]]
    try:
        _ask_all(forks, asked)
    finally:
        _end(forks)
    return True


class _Fork:
    """A fork that asks the parts whose numbers it is sent, and sends each item's reports back."""

    def __init__(self, asked: Sequence[Sequence[pytest.Item]]) -> None:
        self.connection, other = _FORK.Pipe()
        self.process = _FORK.Process(target=_answer, args=(other, asked, os.getpid()))
        self.process.start()
        # As long as this process has the other end too, it would not see the fork end.
        other.close()
        self.left: list[pytest.Item] = []

    def ask(self, number: int, items: Sequence[pytest.Item]) -> None:
        """Let it ask a part."""
        self.left = list(items)
        self.connection.send(number)

    def hand_on(self) -> None:
        """Report the item that it has just asked.

        Raises:
            RuntimeError: it ended before.
        """
        item = self.left.pop(0)
        try:
            reports = self.connection.recv()
        except EOFError:
            raise RuntimeError(
                f"no report of {item.nodeid}: the fork that asked it ended"
            ) from None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


def _ask_all(forks: Sequence[_Fork], asked: Sequence[Sequence[pytest.Item]]) -> None:
    # Rows that need all pods come last in a node's order, and are what takes the longest.
    waiting = list(range(len(asked)))
    busy = {}
    for fork in forks:
        number = waiting.pop()
        fork.ask(number, asked[number])
        busy[fork.connection] = fork
    while busy:
        for connection in wait(list(busy)):
            assert isinstance(connection, Connection)
            fork = busy[connection]
            fork.hand_on()
            if fork.left:
                continue
            if waiting:
                number = waiting.pop()
                fork.ask(number, asked[number])
            else:
                del busy[connection]


def _answer(connection: Connection, asked: Sequence[Sequence[pytest.Item]], parent: int) -> None:
    """Ask the parts whose numbers are received, until none is."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    end_with_parent(parent)
    # An interrupt ends this one as it ends the other, which tells of it.
    with suppress(KeyboardInterrupt):
        while (number := connection.recv()) is not None:
            items = asked[number]
            for item, following in zip(items, (*items[1:], None), strict=True):
                connection.send(runtestprotocol(item, nextitem=following, log=False))


def _end(forks: Sequence[_Fork]) -> None:
    """End the forks; one that still asks takes back first what it has made in the cluster."""
    for fork in forks:
        if fork.left:
            fork.process.terminate()
            continue
        with suppress(OSError):  # it has ended already
            fork.connection.send(None)
    for fork in forks:
        fork.process.join(GRACE)
        if fork.process.is_alive():
            fork.process.kill()
            fork.process.join()
