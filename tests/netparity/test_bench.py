from netparity.bench import Times


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
