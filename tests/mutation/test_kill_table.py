"""The kill table says of each fault what must turn and what did, and of nothing how long it took."""

from lab.faults.fault import Undecided
from netparity.mutation.kill_table import as_markdown, caught
from netparity.mutation.outcomes import Difference, Experiment, Judgement, Result
from tests.mutation.conftest import made_fault, turns
from verdicts.vocabulary import Feature

KERNEL = made_fault(turns("kernel-tcp", Feature.KERNEL_MODE), name="no-backends")
NAMES = made_fault(turns("names", Feature.DNS_SUFFIXES), name="other-names")
HARNESS = made_fault(Undecided(survives=False), name="exec-broken")


def experiment(fault: str, judgement: Judgement, cell: str = "unsupported") -> Experiment:
    return Experiment(
        fault=fault,
        node="linux-a",
        platform="linux",
        judgement=judgement,
        cell=cell,
        seconds={"run": 12.34},
    )


TURNED = Difference(check="kernel-tcp", node="linux-a", before="pass", after="fail (broken)")
BLOCKED = [
    Difference(
        check=name,
        node="linux-a",
        before="pass",
        after="inconclusive (blocked)",
        because="blocked by cluster-ip-udp",
    )
    for name in ("names", "full-names")
]
CAUGHT = experiment(
    "no-backends",
    Judgement(result=Result.CAUGHT, turned=(TURNED,), collateral=tuple(BLOCKED)),
)


def rows(text: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("| ").split(" | ")]
        for line in text.splitlines()
        if line.startswith("| [")
    ]


def test_a_fault_that_was_not_tried_says_so() -> None:
    text = as_markdown([KERNEL, NAMES], [CAUGHT])

    assert [row[-1] for row in rows(text)] == ["caught", "not tried"]
    assert "Caught: 1 of 2 faults of the cluster." in text


def test_a_caught_fault_shows_what_turned_and_what_was_blocked() -> None:
    (row,) = rows(as_markdown([KERNEL], [CAUGHT]))

    assert row == [
        "[`no-backends`](https://example.org/) Something is broken.",
        "linux-a",
        "kernel-tcp: broken; kernel-mode-load-balancing: unsupported",
        "`kernel-tcp`: fail (broken); linux: unsupported",
        "`names` on linux-a, `full-names` on linux-a: blocked by cluster-ip-udp",
        "caught",
    ]


def test_a_missed_fault_says_why() -> None:
    missed = Judgement(result=Result.MISSED, complaints=("it does not bite: nothing",))

    (row,) = rows(as_markdown([NAMES], [experiment("other-names", missed, cell="")]))

    assert row[3:] == ["nothing", "nothing", "MISSED: it does not bite: nothing"]


def test_what_a_fault_of_the_harness_leaves_open_is_not_listed() -> None:
    left_open = Judgement(result=Result.INCONCLUSIVE, collateral=tuple(BLOCKED))

    (row,) = rows(as_markdown([HARNESS], [experiment("exec-broken", left_open, cell="")]))

    assert row[3:] == ["nothing", "what could not be asked", "inconclusive"]


def test_faults_stand_under_their_row_in_the_order_of_the_catalogue() -> None:
    faults = [HARNESS, NAMES, KERNEL]
    done = [experiment(fault.name, Judgement(result=Result.CAUGHT)) for fault in faults]

    text = as_markdown(faults, done)

    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## Kernel-mode load balancing",
        "## DNS search suffixes per pod",
        "## The harness itself",
        "## How long was waited",
    ]


def test_no_time_of_a_run_is_in_the_table() -> None:
    assert "12.3" not in as_markdown([KERNEL], [CAUGHT])


def test_both_profiles_of_patience_are_published() -> None:
    assert "| service_programmed | 8 | 120 |" in as_markdown([KERNEL], [CAUGHT])


def test_what_was_not_tried_or_missed_once_is_not_counted_as_caught() -> None:
    missed = experiment("other-names", Judgement(result=Result.MISSED))
    fine = experiment("other-names", Judgement(result=Result.CAUGHT))

    assert caught([KERNEL, NAMES, HARNESS], [CAUGHT, fine, missed]) == (
        "Caught: 1 of 2 faults of the cluster. Not misread: 0 of 1 faults of the harness."
    )
