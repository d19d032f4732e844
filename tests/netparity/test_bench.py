import sys
from pathlib import Path

import pytest

from conformance.phases import PHASES_FILE, Phase, Phases
from netparity.bench import Times, time_run


def test_each_phase_has_its_median_and_maximum() -> None:
    ticks = iter([0.0, 1.0, 10.0, 13.0, 20.0, 22.5])
    times = Times(clock=lambda: next(ticks))
    for _ in range(3):
        with times.phase("lab up"):
            pass
    times.note("lab down", 4.0)

    assert list(times.lines()) == [
        "phase     median     max  rounds",
        "lab up      2.50    3.00       3",
        "lab down    4.00    4.00       1",
    ]


def run_that(does: str) -> list[str]:
    return [sys.executable, "-c", does]


def test_a_run_that_failed_is_told_with_its_last_words_and_not_timed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    does = "raise SystemExit('netparity: no API server answers there')"

    code = time_run(run_that(does), Times(), out=tmp_path)

    said = capsys.readouterr().err
    assert code == 1
    assert "  netparity: no API server answers there" in said
    assert "the run ended with 1" in said


def test_the_phases_of_a_run_are_those_that_it_wrote_down(tmp_path: Path) -> None:
    phases = Phases(phases=(Phase(name="discover", seconds=0.5),))
    (tmp_path / PHASES_FILE).write_text(phases.model_dump_json())
    times = Times(clock=lambda: 0.0)

    assert time_run(run_that("print('Kubernetes v1')"), times, out=tmp_path) == 0
    assert times.seconds == {
        "run: to the printed matrix": [0.0],
        "run: the fleet's removal": [0.0],
        "  discover": [0.5],
    }
