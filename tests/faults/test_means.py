"""What a means takes away it puts back: a configuration, a route; and a pod is deleted once."""

import pytest

from lab.errors import LabError
from lab.faults import ranges, records
from lab.faults.catalogue import FAULTS
from lab.faults.configurations import NoConfiguration
from lab.faults.plugins import WrappedPlugin
from lab.faults.pods import DeletedPod, deleted
from lab.faults.ranges import AddressesElsewhere
from lab.faults.site import Site
from lab.layout import Layout
from lab.roster import NODES
from lab.topology import Topology

WRAPPED = [
    (fault, node)
    for fault in FAULTS
    if isinstance(fault.means, WrappedPlugin)
    for node in NODES
    if fault.where.includes(node)
]


class PaperApi:
    """Answers by path, and notes what is deleted."""

    def __init__(self) -> None:
        self.answers: dict[str, object] = {}
        self.deleted: list[str] = []

    def get(self, path: str) -> object:
        for beginning, answer in self.answers.items():
            if path.startswith(beginning):
                return answer
        raise LabError(f"{path} is not there", next_step="-")

    def delete(self, path: str) -> None:
        self.deleted.append(path)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> PaperApi:
    found = PaperApi()
    monkeypatch.setattr(Site, "api", property(lambda _: found))
    return found


@pytest.fixture
def site(layout: Layout) -> Site:
    found = Site(Topology(), layout, "a-fault", "win1709-a")
    records.begin(found)
    return found


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


def test_the_pod_of_a_role_is_deleted_once(site: Site, api: PaperApi) -> None:
    api.answers["/api/v1/pods?labelSelector=netparity.local/role%3Dprobe&"] = {
        "items": [{"metadata": {"namespace": "x", "name": "probe-1"}}]
    }
    means = DeletedPod("probe")

    assert deleted(site) is None
    means.make(site)
    means.make(site)
    means.undo(site)

    assert api.deleted == ["/api/v1/namespaces/x/pods/probe-1"]
    assert deleted(site) == "/api/v1/namespaces/x/pods/probe-1"


def test_without_a_run_there_is_no_pod_to_delete(site: Site, api: PaperApi) -> None:
    api.answers["/api/v1/pods?"] = {"items": []}

    with pytest.raises(LabError, match="no probe pod runs on win1709-a") as refused:
        DeletedPod("probe").make(site)

    assert "begin a run first" in str(refused.value)


@pytest.fixture
def routes(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Every namespace's way to the range, as `ip` was told."""
    found: dict[str, str] = {}

    def ip(command: list[str], *, what: str) -> str:
        namespace, action = command[3], command[5]
        assert namespace in what
        match action:
            case "replace":
                found[namespace] = command[8]
            case "show":
                return "[{}]" if namespace in found else "[]"
            case "delete":
                del found[namespace]
        return ""

    monkeypatch.setattr(ranges, "run", ip)
    return found


def test_every_other_node_has_a_way_to_addresses_elsewhere_until_it_is_undone(
    site: Site, routes: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    for action in ("make", "undo"):
        monkeypatch.setattr(WrappedPlugin, action, lambda _self, _site, a=action: done.append(a))
    means = AddressesElsewhere()

    means.make(site)
    assert set(routes) == {
        "netparity-fabric",
        *(f"netparity-{node.name}" for node in NODES if node.name != "win1709-a"),
    }
    assert set(routes.values()) == {"172.30.0.13"}
    means.undo(site)
    means.undo(site)

    assert routes == {}
    assert done == ["make", "undo", "undo"]


@pytest.mark.parametrize(
    ("fault", "node"), WRAPPED, ids=[f"{fault.name}-{node.name}" for fault, node in WRAPPED]
)
def test_every_command_and_rule_around_a_plugin_is_filled(
    layout: Layout, fault: object, node: object
) -> None:
    name, means = str(getattr(fault, "name", "")), getattr(fault, "means", None)
    assert isinstance(means, WrappedPlugin)
    site = Site(Topology(), layout, name, str(getattr(node, "name", "")))
    texts = (*means.inside, *means.outside, means.rules, means.farewell_rules, means.node_rules)

    assert not [text for text in texts if "$" in site.fill(text)]


@pytest.mark.parametrize(
    ("means", "acts"),
    [
        (WrappedPlugin(not_executed=("DEL",)), False),
        (WrappedPlugin(endpoint_stays=True), False),
        (WrappedPlugin(repeated=2), True),
        (WrappedPlugin(subnet="198.51.100.0/27"), True),
        (WrappedPlugin(outside=("true",)), True),
    ],
    ids=repr,
)
def test_a_wrapped_plugin_acts_on_new_pods_where_an_add_is_another_one(
    means: WrappedPlugin,
    acts: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    assert means.acts_on_new_pods is acts
