"""Whom the probe of names after a restart asks, and when."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest

from conformance.containers import Container, ShellAnswer
from conformance.handles import NodeUnderTest
from conformance.objects import JsonObject
from conformance.probes.restarted_names import names_after_restart
from tests.conformance.name_service import Names
from tests.conformance.test_probes_restart import Siblings
from verdicts.claims.restarted_names import a_restarted_container_keeps_its_names

pytestmark = pytest.mark.usefixtures("time_flies")


@dataclass
class Resolving(Siblings):
    """Siblings with resolvers; the restarted one's may be another than it was."""

    restarted: Names = field(default_factory=Names)
    others: Names = field(default_factory=Names)

    def shell(self, container: Container, command: str, *, timeout: float) -> ShellAnswer:
        names = self.restarted if container.name == "b" and self.ended else self.others
        return names.shell(container, command, timeout=timeout)

    def get(self, path: str) -> JsonObject:
        return self.others.get(path) if path.endswith("/kubernetes") else super().get(path)

    def node(self) -> NodeUnderTest:
        both = {**vars(self.others.node()), **vars(super().node())}
        return cast("NodeUnderTest", SimpleNamespace(**both))


def test_every_container_of_the_pod_is_asked_once_one_was_restarted() -> None:
    seen = names_after_restart(Resolving().node())

    assert seen.names is not None
    assert [each.container for each in seen.names.containers] == ["a", "b"]
    assert a_restarted_container_keeps_its_names(seen).code == "pass"


def test_a_search_list_that_is_lost_with_the_restart_is_seen() -> None:
    seen = names_after_restart(Resolving(restarted=Names(search=())).node())

    assert a_restarted_container_keeps_its_names(seen).code == "unresolved"


def test_without_a_restart_nobody_is_asked_for_names() -> None:
    pods = Resolving(ends=False)

    seen = names_after_restart(pods.node())

    assert seen.names is None
    assert pods.others.asked == []
