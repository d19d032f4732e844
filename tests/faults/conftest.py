"""A lab that is up on paper, and a fault whose means only takes notes."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lab import lock
from lab.boot import LabRecord
from lab.errors import LabError
from lab.faults import injection, places, records
from lab.faults.fault import Bite, Fault, Turns, Where
from lab.faults.site import Site
from lab.layout import Layout
from lab.topology import Topology
from tests.faults.paper_machine import PaperInit, paper_machine


@dataclass(frozen=True)
class NotingMeans:
    """Notes what is asked of it, beside whether the record was there then."""

    notes: list[str] = field(default_factory=list)
    touches: str = "a notebook"
    fails: bool = False
    acts_on_new_pods: bool = False

    def make(self, site: Site) -> None:
        assert site.is_made, "the record is written before anything is changed"
        site.keep("before", "as it was")
        self.notes.append(f"make {site.fault} on {site.place}")
        if self.fails:
            raise LabError("it cannot be made", next_step="-")

    def undo(self, site: Site) -> None:
        self.notes.append(f"undo {site.fault} on {site.place}: {site.kept('before')}")


MakesFault = Callable[..., Fault]


def fault(
    name: str = "a-fault", *, where: Where = places.ANY_NODE, means: NotingMeans | None = None
) -> Fault:
    return Fault(
        name=name,
        sentence="Something is broken.",
        source="https://example.org/",
        where=where,
        expects=Turns(check="a-check", feature="a-row", codes=("broken",)),
        means=means or NotingMeans(),
        proof=lambda _site, _trial: Bite(bites=True, seen="broken"),
    )


class PaperApi:
    """Answers by path, and notes what is changed and deleted."""

    def __init__(self) -> None:
        self.answers: dict[str, object] = {}
        self.patched: list[tuple[str, object]] = []
        self.deleted: list[str] = []

    def get(self, path: str) -> object:
        for beginning, answer in self.answers.items():
            if path.startswith(beginning):
                return answer
        raise LabError(f"{path} is not there", next_step="-")

    def patch(self, path: str, change: object) -> None:
        self.patched.append((path, change))

    def delete(self, path: str) -> None:
        self.deleted.append(path)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> PaperApi:
    """What a site takes for the API server."""
    found = PaperApi()
    monkeypatch.setattr(Site, "api", property(lambda _: found))
    return found


@pytest.fixture
def site(layout: Layout) -> Site:
    """A place of a fault that is being made."""
    found = Site(Topology(), layout, "a-fault", "win1709-a")
    records.begin(found)
    return found


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """A state directory with no lab in it, of a machine on which no other command is at work."""
    monkeypatch.setenv("NETPARITY_STATE_DIR", str(tmp_path))
    monkeypatch.setattr(lock, "_NAME", f"\0{tmp_path}")
    return Layout(tmp_path)


@pytest.fixture
def lab(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """The record of a whole lab, whose machines are taken to be alive."""
    record = LabRecord(topology=Topology(), proxy_modes={}, phases={})
    layout.record.write_text(record.model_dump_json())
    monkeypatch.setattr(injection, "machines", lambda *_: [])
    return layout


@pytest.fixture
def machine_site() -> Iterator[Site]:
    """A node of a lab on paper, in a folder of a short name, for its control socket's sake."""
    with tempfile.TemporaryDirectory() as folder:
        found = Site(Topology(), Layout(Path(folder)), "a-fault", "linux-b")
        records.begin(found)
        yield found


@pytest.fixture
def init(machine_site: Site) -> Iterator[PaperInit]:
    """The books of that node's machine."""
    with paper_machine(machine_site.machine) as found:
        yield found
