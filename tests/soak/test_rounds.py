"""Every round of a soak says what the first one said; what does not is named, and all are timed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.layout import Layout
from netparity.asking import Asker
from netparity.soak import rounds
from netparity.soak.rounds import SUMMARY, AnotherLabError, Soak, Soaking, lines
from tests.mutation.conftest import FAILED
from tests.soak.conftest import Runs
from verdicts.findings import Finding

Make = Callable[[], Soaking]


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch, runs: Runs) -> None:
    """Let the busy loop be a note among the runs."""

    @contextmanager
    def busy() -> Iterator[None]:
        runs.asked.append("[")
        yield
        runs.asked.append("]")

    monkeypatch.setitem(rounds.LOADS, "busy", busy)


@pytest.fixture
def make(tmp_path: Path, told: list[str], loads: None) -> Make:  # noqa: ARG001  # it is set up
    def made() -> Soaking:
        return Soaking.into(
            tmp_path,
            lambda folder: Asker(layout=Layout(tmp_path / "state"), folder=folder),
            count=2,
            report=told.append,
        )

    return made


def test_quiet_rounds_come_first_and_each_busy_one_beside_its_loop(
    make: Make, runs: Runs, tmp_path: Path
) -> None:
    found = make().run()

    assert runs.asked == ["quiet-01", "quiet-02", "[", "busy-01", "]", "[", "busy-02", "]"]
    assert found.complaints == ()
    assert Soak.model_validate_json((tmp_path / SUMMARY).read_bytes()) == found


def test_each_series_is_timed_by_its_own_rounds(make: Make) -> None:
    found = make().run()

    assert [(s.name, s.rounds, s.shortest, s.median, s.longest) for s in found.series] == [
        ("quiet", 2, 11.0, 11.5, 12.0),
        ("busy", 2, 14.0, 15.5, 17.0),
    ]
    assert list(lines(found)) == [
        "series  rounds     min  median     max",
        "quiet        2    11.0    11.5    12.0",
        "busy         2    14.0    15.5    17.0",
    ]


def test_a_failed_check_is_told_with_its_round(make: Make, runs: Runs, told: list[str]) -> None:
    runs.seen["busy-01"] = {("addresses", "linux-a"): FAILED}

    found = make().run()

    assert "busy-01: cni-plugin on linux is unsupported, regression" in found.complaints
    assert {line.split(":")[0] for line in found.complaints} == {"busy-01"}
    assert any("cni-plugin on linux is unsupported" in line for line in told)


def test_a_matrix_that_merely_differs_is_told_though_every_cell_is_as_expected(
    make: Make, runs: Runs
) -> None:
    origin = Finding.passed("elsewhere").model_copy(update={"code": "other-origin"})
    runs.seen["quiet-02"] = {("origin", "linux-a"): origin}

    found = make().run()

    assert any("is not as in the first round" in line for line in found.complaints)


def test_rounds_that_a_folder_has_are_not_run_again(make: Make, runs: Runs) -> None:
    runs.fails["busy-01"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        make().run()
    runs.fails.clear()
    runs.asked.clear()

    found = make().run()

    assert runs.asked == ["[", "busy-01", "]", "[", "busy-02", "]"]
    assert [each.name for each in found.rounds] == ["quiet-01", "quiet-02", "busy-01", "busy-02"]


def test_rounds_of_a_lab_that_is_gone_are_not_gone_on_with(make: Make, runs: Runs) -> None:
    runs.fails["quiet-02"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        make().run()
    runs.fails.clear()
    runs.lab = "another"

    with pytest.raises(AnotherLabError, match="name another folder with --out"):
        make().run()
