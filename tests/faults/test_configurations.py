"""What is taken from a node's CNI configuration comes back as it was."""

import json

import pytest

from lab import cni
from lab.errors import LabError
from lab.faults.catalogue import FAULTS
from lab.faults.configurations import ConfigurationElsewhere, NoConfiguration, WithoutPlugin
from lab.faults.site import Site
from lab.machine import Machine
from lab.node_description import Node
from lab.roster import NODES
from lab.topology import Topology
from tests.faults.conftest import PaperApi


def ready(status: str) -> object:
    return {"status": {"conditions": [{"type": "Ready", "status": status}]}}


def net_d(site: Site) -> dict[str, str]:
    folder = site.machine.directory / "net.d"
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.fixture
def configuration(site: Site) -> dict[str, str]:
    folder = site.machine.directory / "net.d"
    folder.mkdir(parents=True)
    for name in ("10-a.conflist", "20-b.conflist"):
        (folder / name).write_text(name)
    return net_d(site)


def test_a_configuration_goes_and_comes_back_as_it_was(
    site: Site, api: PaperApi, configuration: dict[str, str]
) -> None:
    api.answers["/api/v1/nodes/win1709-a"] = ready("True")
    means = NoConfiguration()

    means.make(site)
    means.make(site)
    assert net_d(site) == {}
    means.undo(site)
    means.undo(site)

    assert net_d(site) == configuration


def test_a_configuration_is_back_when_the_node_is_ready_with_it(
    site: Site, api: PaperApi, monkeypatch: pytest.MonkeyPatch, configuration: dict[str, str]
) -> None:
    assert configuration
    api.answers["/api/v1/nodes/win1709-a"] = ready("False")
    monkeypatch.setattr("lab.faults.configurations._READY_TIMEOUT", 0)
    means = NoConfiguration()
    means.make(site)

    with pytest.raises(LabError, match="win1709-a is ready with its CNI configuration back"):
        means.undo(site)


@pytest.mark.usefixtures("api")
def test_a_configuration_that_was_never_taken_away_is_left_alone(
    site: Site, configuration: dict[str, str]
) -> None:
    NoConfiguration().undo(site)

    assert net_d(site) == configuration


@pytest.fixture
def chained(site: Site) -> dict[str, str]:
    """A configuration of two plugins."""
    folder = site.machine.directory / "net.d"
    folder.mkdir(parents=True)
    plugins = [{"type": "ptp", "ipam": {"type": "host-local"}}, {"type": "portmap"}]
    (folder / "10-a.conflist").write_text(json.dumps({"name": "a", "plugins": plugins}))
    return net_d(site)


def test_a_plugin_goes_from_its_chain_and_comes_back(
    site: Site, api: PaperApi, chained: dict[str, str]
) -> None:
    api.answers["/api/v1/nodes/win1709-a"] = ready("True")
    means = WithoutPlugin("portmap")

    means.make(site)
    means.make(site)
    without = json.loads(net_d(site)["10-a.conflist"])
    means.undo(site)
    means.undo(site)

    assert [plugin["type"] for plugin in without["plugins"]] == ["ptp"]
    assert net_d(site) == chained


def test_a_runtime_goes_on_by_copies_while_its_folder_is_empty(
    site: Site, api: PaperApi, configuration: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    api.answers["/api/v1/nodes/win1709-a"] = ready("True")
    folder, copies = site.machine.directory / "net.d", site.folder / "copies"
    mounted: list[str] = []

    def run(_: Machine, command: str, *words: object, **__: object) -> str:
        assert str(words[-1]) == str(folder)
        if command == "mount":
            mounted.append(str(words[1]))
        else:
            mounted.pop()
        return ""

    monkeypatch.setattr(Machine, "run", run)
    monkeypatch.setattr("lab.faults.configurations._is_covered", lambda _: bool(mounted))
    means = ConfigurationElsewhere()

    means.make(site)
    means.make(site)
    assert net_d(site) == {}
    assert mounted == [str(copies)]
    assert {path.name: path.read_text() for path in copies.iterdir()} == configuration
    means.undo(site)
    means.undo(site)

    assert net_d(site) == configuration
    assert mounted == []


TAKEN = [
    (fault.means.plugin, node)
    for fault in FAULTS
    if isinstance(fault.means, WithoutPlugin)
    for node in NODES
    if fault.where.includes(node)
]


@pytest.mark.parametrize(("plugin", "node"), TAKEN, ids=[node.name for _, node in TAKEN])
def test_a_plugin_that_is_taken_away_is_one_of_its_nodes(plugin: str, node: Node) -> None:
    assert f'"type": "{plugin}"' in json.dumps(cni.configurations(Topology(), node))
