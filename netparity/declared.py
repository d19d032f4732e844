"""The checks that the suites declare, found without pytest and without a cluster."""

import importlib
import pkgutil
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from types import ModuleType

import suites
from conformance.catalogue import catalogue_of, declared_by
from conformance.errors import UsageError
from verdicts.checks import Check


def declared_checks() -> tuple[Check, ...]:
    """Return every declared check by row and id.

    Raises:
        UsageError: two tests declare the same id.
    """
    return catalogue_of(thing for module in suite_modules() for thing in vars(module).values())


@cache
def heavy_checks() -> frozenset[str]:
    """Return the ids of the checks that keep their node busy for a minute and more."""
    found = (declared_by(thing) for module in suite_modules() for thing in vars(module).values())
    return frozenset(each.check.id for each in found if each is not None and each.is_heavy)


def expect_declared(names: Iterable[str]) -> None:
    """See that there are checks of these ids.

    Raises:
        UsageError: there is none of one of them.
    """
    named = tuple(names)
    known = [check.id for check in declared_checks()] if named else []
    for name in named:
        if name not in known:
            near = get_close_matches(name, known)
            hint = f"did you mean {' or '.join(near)}? " if near else ""
            raise UsageError(
                f"--check {name}: no such check; {hint}`netparity cases` lists them all"
            )


def suite_modules() -> tuple[ModuleType, ...]:
    """Import and return the modules that hold the suites' tests."""
    return tuple(
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(suites.__path__, prefix=f"{suites.__name__}.")
        if found.name.rpartition(".")[2].startswith("test_")
    )
