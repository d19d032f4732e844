"""Answered wrongly and could not ask are two trees."""

import inspect

import pytest

from conformance import errors


def test_a_failure_is_an_assertion_and_no_harness_error() -> None:
    assert issubclass(errors.ConformanceFailure, AssertionError)
    assert not issubclass(errors.ConformanceFailure, errors.HarnessError)


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.HarnessError)
    ],
)
def test_a_harness_error_is_no_failure_and_says_what_to_do(
    kind: type[errors.HarnessError],
) -> None:
    error = kind("pods - not listed", next_step="grant list")

    assert not isinstance(error, AssertionError)
    assert str(error) == "pods - not listed - next: grant list"
    assert error.code


def test_the_tree_drawn_in_the_module_names_every_error() -> None:
    assert errors.__doc__ is not None
    for name, kind in inspect.getmembers(errors, inspect.isclass):
        if kind.__module__ == errors.__name__:
            assert name in errors.__doc__
