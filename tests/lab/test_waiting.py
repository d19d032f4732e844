"""Waiting: quiet when it succeeds, complete when it does not."""

import pytest

from lab.errors import LabError
from lab.waiting import eventually


def test_the_first_wanted_answer_is_returned() -> None:
    answers = iter([1, 2, 3, 4])

    seen = eventually(
        lambda: next(answers), until=lambda n: n > 2, what="counts", timeout=5, next_step="-"
    )

    assert seen == 3


def test_an_os_error_means_not_yet() -> None:
    answers = iter([OSError("refused"), "ok"])

    def ask() -> str:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    assert eventually(ask, what="answers", timeout=5, next_step="-") == "ok"


def test_what_was_seen_last_is_told_when_time_runs_out() -> None:
    with pytest.raises(LabError, match="a thing is up - Expected: within 0 s Actual: 'down'"):
        eventually(
            lambda: "down",
            until=lambda seen: seen == "up",
            what="a thing is up",
            timeout=0,
            next_step="look",
        )


def test_any_other_error_ends_the_waiting_at_once() -> None:
    def ask() -> str:
        raise LabError("it ended", next_step="read its log")

    with pytest.raises(LabError, match="it ended"):
        eventually(ask, what="answers", timeout=60, next_step="-")
