"""Faults are recorded before they are made, made once, and taken back by any later command."""

from collections.abc import Callable

import pytest

from lab.errors import LabError
from lab.faults import injection, places
from lab.faults.fault import Fault
from lab.faults.injection import clear, inject
from lab.faults.records import RecordedFault, recorded
from lab.layout import Layout
from tests.faults.conftest import NotingMeans, fault

Catalogue = Callable[..., None]


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    """Let these be all faults that there are."""

    def let(*faults: Fault) -> None:
        monkeypatch.setattr(injection, "FAULTS", faults)

    return let


def test_a_fault_is_made_and_taken_back_by_what_was_written_down(
    lab: Layout, catalogue: Catalogue
) -> None:
    means = NotingMeans()
    catalogue(fault(means=means))

    inject("a-fault", "linux-a")
    assert recorded(lab) == [RecordedFault("linux-a", "a-fault")]
    said: list[str] = []
    clear(report=said.append)

    assert means.notes == ["make a-fault on linux-a", "undo a-fault on linux-a: as it was"]
    assert said == ["cleared: a-fault on linux-a"]
    assert recorded(lab) == []
    assert not lab.faults.exists()


def test_clearing_again_changes_nothing_and_says_so(lab: Layout, catalogue: Catalogue) -> None:
    means = NotingMeans()
    catalogue(fault(means=means))
    said: list[str] = []

    clear(report=said.append)

    assert (said, means.notes, recorded(lab)) == (["no fault is made"], [], [])


def test_what_cannot_be_made_is_undone_at_once(lab: Layout, catalogue: Catalogue) -> None:
    means = NotingMeans(fails=True)
    catalogue(fault(means=means))

    with pytest.raises(LabError, match="it cannot be made"):
        inject("a-fault", "linux-a")

    assert means.notes[-1] == "undo a-fault on linux-a: as it was"
    assert recorded(lab) == []


def test_a_killed_command_leaves_a_record_by_which_the_next_clears(
    lab: Layout, catalogue: Catalogue
) -> None:
    means = NotingMeans()
    catalogue(fault(means=means))
    (lab.faults / "linux-a" / "a-fault").mkdir(parents=True)

    clear()

    assert means.notes == ["undo a-fault on linux-a: None"]
    assert recorded(lab) == []


def test_one_fault_that_stays_does_not_keep_the_others(
    lab: Layout, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, free = NotingMeans(), NotingMeans()
    catalogue(fault("stuck", means=stuck), fault("free", means=free))
    inject("stuck", "linux-a")
    inject("free", "linux-b")

    def fails(_site: object) -> None:
        raise LabError("it stays", next_step="-")

    monkeypatch.setattr(NotingMeans, "undo", lambda self, site: _undo(self, site, stuck, fails))
    with pytest.raises(LabError, match="it stays"):
        clear()

    assert recorded(lab) == [RecordedFault("linux-a", "stuck")]


def _undo(
    means: NotingMeans, site: object, stuck: NotingMeans, fails: Callable[[object], None]
) -> None:
    if means is stuck:
        fails(site)


def test_a_fault_of_the_whole_cluster_takes_no_node(lab: Layout, catalogue: Catalogue) -> None:
    catalogue(fault(where=places.CLUSTER))

    with pytest.raises(LabError, match="leave `--node` out"):
        inject("a-fault", "linux-a")
    inject("a-fault", "")

    assert recorded(lab) == [RecordedFault("cluster", "a-fault")]


@pytest.mark.parametrize(
    ("name", "node", "said"),
    [
        ("no-such-fault", "linux-a", "no fault is called no-such-fault"),
        ("a-falt", "linux-a", "did you mean a-fault?"),
        ("a-fault", "linux-z", "the lab has no node linux-z"),
        ("a-fault", "", "choose from linux-a, win1709-a"),
        ("a-fault", "linux-b", "nodes whose service proxy runs in kernel mode, and linux-b is"),
    ],
)
def test_what_does_not_apply_is_refused_with_what_would(
    lab: Layout, catalogue: Catalogue, name: str, node: str, said: str
) -> None:
    catalogue(fault(where=places.KERNEL_MODE))

    with pytest.raises(LabError) as refused:
        inject(name, node)

    assert said in str(refused.value)
    assert recorded(lab) == []


def test_nothing_is_made_where_no_lab_is_up(layout: Layout, catalogue: Catalogue) -> None:
    catalogue(fault())

    for command in (lambda: inject("a-fault", "linux-a"), clear):
        with pytest.raises(LabError, match="no lab is up"):
            command()

    assert recorded(layout) == []


def test_a_fault_is_made_once_and_beside_none_that_touches_the_same(
    lab: Layout, catalogue: Catalogue
) -> None:
    catalogue(
        fault("one"),
        fault("other"),
        fault("apart", means=NotingMeans(touches="")),
    )
    inject("one", "linux-a")

    with pytest.raises(LabError, match="already injected"):
        inject("one", "linux-a")
    with pytest.raises(LabError, match="touches a notebook as other would"):
        inject("other", "linux-a")
    inject("apart", "linux-a")
    inject("other", "linux-b")

    assert [str(record) for record in recorded(lab)] == [
        "apart on linux-a",
        "one on linux-a",
        "other on linux-b",
    ]
