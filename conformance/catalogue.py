"""A check is declared once, at its test; the catalogue is what a collection finds declared."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from conformance.errors import UsageError
from verdicts.checks import Check, Witness
from verdicts.findings import Finding
from verdicts.vocabulary import Feature, Frozen, Level, Weight

Test = TypeVar("Test", bound=Callable[..., None])
Claim = Callable[..., Finding]

CATALOGUE_FILE: Final = "catalogue.json"
_ATTRIBUTE: Final = "netparity_check"
_TRANSPORT: Final = frozenset({Witness.TRANSPORT})


@dataclass(frozen=True, slots=True)
class Declared:
    """A check, the claim that judges its observation, and how it is asked.

    One that is heavy keeps its node busy for a minute and more.
    """

    check: Check
    claim: Claim
    is_heavy: bool = False


def check(  # noqa: PLR0913  # the fields of a declaration, by keyword only
    *,
    id: str,  # noqa: A002  # the word that a check's stable id is known by
    title: str,
    feature: Feature,
    weight: Weight,
    claim: Claim,
    source: str,
    level: Level = Level.CORE,
    needs: Iterable[Witness] = _TRANSPORT,
    rests_on: Iterable[str] = (),
    within_pod: bool = False,
    is_heavy: bool = False,
) -> Callable[[Test], Test]:
    """Declare a test as a check of one row.

    `claim` is a pure function of `verdicts.claims`; `source` links to where the behaviour is
    promised; `needs` are the witnesses without which a failure is not blamed on the row (the
    transport always is one), and it `rests_on` checks of the same row whose failure explains its
    own. What is asked `within_pod` no network policy excuses. An extended
    check is asked by `--profile full` only; one that `is_heavy` keeps its node busy for a minute
    and more.

    Raises:
        ValueError: the declaration is malformed (id, title or source).
    """
    declared = Declared(
        check=Check(
            id=id,
            title=title,
            feature=feature,
            weight=weight,
            level=level,
            claim=claim.__name__,
            needs=_TRANSPORT | frozenset(needs),
            rests_on=frozenset(rests_on),
            within_pod=within_pod,
            source=source,
        ),
        claim=claim,
        is_heavy=is_heavy,
    )

    def declare(test: Test) -> Test:
        setattr(test, _ATTRIBUTE, declared)
        return test

    return declare


def declared_by(test: object) -> Declared | None:
    """Return what a test function declares, or None where it declares nothing."""
    found = getattr(test, _ATTRIBUTE, None)
    return found if isinstance(found, Declared) else None


def catalogue_of(tests: Iterable[object]) -> tuple[Check, ...]:
    """Return the checks that these test functions declare, each once, by row and id.

    Raises:
        UsageError: two tests declare the same id.
    """
    found: dict[str, tuple[Check, object]] = {}
    for test in tests:
        declared = declared_by(test)
        if declared is None:
            continue
        known = found.setdefault(declared.check.id, (declared.check, test))
        if known[1] is not test:
            raise UsageError(
                f"check id {declared.check.id} is declared twice, by {_name(known[1])} and "
                f"{_name(test)}: give one of them an id of its own"
            )
    rows = list(Feature)
    checks = (declared_check for declared_check, _ in found.values())
    return tuple(sorted(checks, key=lambda c: (rows.index(c.feature), c.id)))


def _name(test: object) -> str:
    module = getattr(test, "__module__", "?")
    return f"{module}.{getattr(test, '__qualname__', test)}"


class Catalogue(Frozen):
    """The catalogue as a run keeps it."""

    checks: tuple[Check, ...] = ()


def read_catalogue(directory: Path) -> tuple[Check, ...]:
    """Return the catalogue that a run's collection wrote; empty where it came to none."""
    path = directory / CATALOGUE_FILE
    return Catalogue.model_validate_json(path.read_bytes()).checks if path.exists() else ()
