"""Reads of a cluster what a run can do without; what was refused becomes a warning."""

from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

from conformance import timeouts
from conformance.cluster import Cluster
from conformance.errors import ClusterError, Unreachable
from conformance.objects import JsonObject

T = TypeVar("T")

_OK: Final = 200


class Reader:
    """Asks what may be refused: None is "could not ask", which is no answer of any kind.

    Every method raises Unreachable where there is no API server to ask.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.warnings: list[str] = []
        self.refused: set[str] = set()
        """Paths of objects that could not be read, which says nothing of whether they exist."""

    def list(self, path: str, *, quiet: bool = False) -> list[JsonObject] | None:
        """Return the objects of a collection; None where they may not be listed."""
        return self._attempt(partial(self._cluster.list, path), quiet=quiet)

    def find(self, path: str) -> JsonObject | None:
        """Return an object; None where it does not exist, or may not be read."""
        return self._attempt(partial(self._cluster.find, path), path=path)

    def ask_node(self, name: str, port: int, request: str) -> str | None:
        """Return the body of a node's answer through the API server; None if there is none."""
        answer = self._attempt(
            partial(self._cluster.ask_node, name, port, request, timeout=timeouts.CONNECT_TO_API)
        )
        return answer.body if answer is not None and answer.status == _OK else None

    def warn(self, text: str) -> None:
        """Say something that the reader of a report should know."""
        self.warnings.append(text)

    def _attempt(self, ask: Callable[[], T], *, quiet: bool = False, path: str = "") -> T | None:
        try:
            return ask()
        except Unreachable:
            raise
        except ClusterError as error:
            self.refused.add(path)
            if not quiet:
                self.warn(f"not read: {error.message}")
            return None
