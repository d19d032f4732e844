"""What every suite test keeps: it declares a check, and leaves systems and waiting to others."""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from conformance.catalogue import declared_by
from netparity.declared import declared_checks, suite_modules
from netparity.kills import killers
from reports.catalogue import as_markdown
from verdicts.checks import Witness
from verdicts.registry import CLAIMS, observation_type
from verdicts.vocabulary import Feature, Weight

ROOT = Path(__file__).parent.parent
SUITES = sorted((ROOT / "suites").rglob("*.py"))
SYSTEMS = re.compile(r"\b(windows|linux|win\d+|nt)\b", re.IGNORECASE)


def suite_tests() -> Iterator[tuple[str, Callable[..., None]]]:
    for module in suite_modules():
        for name, thing in vars(module).items():
            if name.startswith("test_") and callable(thing):
                yield f"{module.__name__}.{name}", thing


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize(
    ("name", "test"), list(suite_tests()), ids=[name for name, _ in suite_tests()]
)
def test_every_suite_test_declares_a_check(name: str, test: Callable[..., None]) -> None:
    declared = declared_by(test)

    assert declared is not None, f"{name} - no @check - Expected: one Actual: none"


def test_no_two_checks_share_an_id() -> None:
    counted = Counter(check.id for check in declared_checks())

    assert counted
    assert [check for check, times in counted.items() if times > 1] == []


def test_a_check_rests_on_checks_of_its_own_row_that_count_as_much() -> None:
    declared = {check.id: check for check in declared_checks()}
    weights = list(Weight)

    for check in declared.values():
        for name in check.rests_on:
            root = declared[name]
            assert root.feature is check.feature, f"{check.id} rests on another row's {name}"
            assert weights.index(root.weight) <= weights.index(check.weight), (
                f"{check.id} counts for more than {name}, which it rests on"
            )


def test_no_check_rests_on_itself_by_way_of_others() -> None:
    rests = {check.id: check.rests_on for check in declared_checks()}

    assert list(TopologicalSorter(rests).static_order())


def test_every_row_has_a_required_check() -> None:
    decided = {check.feature for check in declared_checks() if check.weight is Weight.REQUIRED}

    assert decided == set(Feature)


def test_every_claim_is_known_by_its_name_and_takes_one_observation() -> None:
    for name, test in suite_tests():
        declared = declared_by(test)
        assert declared is not None
        claim = CLAIMS.get(declared.check.claim)
        assert claim is declared.claim, f"{name} - its claim {declared.check.claim} is another"
        assert observation_type(claim)


def test_what_is_asked_within_a_pod_needs_no_traffic_between_pods() -> None:
    within = {check.id: check.needs for check in declared_checks() if check.within_pod}

    assert "compartment-loopback-tcp" in within
    assert {check for check, needs in within.items() if needs != {Witness.TRANSPORT}} == set()


def test_every_claim_is_used_by_a_check_or_a_witness() -> None:
    used = {check.claim for check in declared_checks()}
    words = " ".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "conformance").rglob("*.py")
    )

    assert [name for name in CLAIMS if name not in used and name not in words] == []


@pytest.mark.parametrize("path", SUITES, ids=name_of)
def test_a_suite_names_no_operating_system(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documentation = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    named = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in documentation
        and not node.value.startswith("https://")
        and SYSTEMS.search(node.value)
    ]

    assert named == []


@pytest.mark.parametrize("path", SUITES, ids=name_of)
def test_a_suite_test_neither_branches_nor_catches_nor_skips(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bodies = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    control = (ast.If, ast.Try, ast.While, ast.For, ast.With, ast.IfExp)

    assert not [
        f"{body.name}: {type(node).__name__}"
        for body in bodies
        for node in ast.walk(body)
        if isinstance(node, control)
    ]
    assert "pytest.skip" not in path.read_text(encoding="utf-8")


def test_the_list_of_checks_in_the_documentation_is_current() -> None:
    written = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")

    assert written == as_markdown(declared_checks(), killed_by=killers()), "run `make docs`"
