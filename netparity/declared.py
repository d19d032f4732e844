"""The checks that the suites declare, found without pytest and without a cluster."""

import importlib
import pkgutil
from types import ModuleType

import suites
from conformance.catalogue import catalogue_of
from verdicts.checks import Check


def declared_checks() -> tuple[Check, ...]:
    """Return every declared check by row and id.

    Raises:
        UsageError: two tests declare the same id.
    """
    return catalogue_of(thing for module in suite_modules() for thing in vars(module).values())


def suite_modules() -> tuple[ModuleType, ...]:
    """Import and return the modules that hold the suites' tests."""
    return tuple(
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(suites.__path__, prefix=f"{suites.__name__}.")
        if found.name.rpartition(".")[2].startswith("test_")
    )
