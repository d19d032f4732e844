"""What a means takes away it puts back: a route; a pod is deleted once; one defect has one hold."""

import pytest

from lab.errors import LabError
from lab.faults import ranges
from lab.faults.catalogue import FAULTS
from lab.faults.configurations import NoConfiguration, WithoutPlugin
from lab.faults.plugins import WrappedPlugin
from lab.faults.pods import DeletedPod, deleted
from lab.faults.ranges import AddressesElsewhere
from lab.faults.site import Site
from lab.faults.together import Together
from lab.layout import Layout
from lab.roster import NODES
from lab.topology import Topology
from tests.faults.conftest import NotingMeans, PaperApi

WRAPPED = [
    (fault, node)
    for fault in FAULTS
    if isinstance(fault.means, WrappedPlugin)
    for node in NODES
    if fault.where.includes(node)
]


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


def test_means_of_one_fault_are_made_in_turn_and_undone_backwards(site: Site) -> None:
    notes: list[str] = []
    first, second = (NotingMeans(notes=notes, touches=name) for name in ("", "a notebook"))
    means = Together((first, second, NotingMeans(notes=notes, touches="", acts_on_new_pods=True)))

    means.make(site)
    means.undo(site)

    assert [note.split()[0] for note in notes] == ["make"] * 3 + ["undo"] * 3
    assert (means.touches, means.acts_on_new_pods) == ("a notebook", True)


def test_one_fault_touches_one_thing() -> None:
    with pytest.raises(ValueError, match="the CNI configuration and the calls of CNI plugins"):
        Together((NoConfiguration(), WrappedPlugin()))

    assert Together((WithoutPlugin("portmap"),)).touches == "the CNI configuration"
