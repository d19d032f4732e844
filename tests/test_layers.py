"""Imports between the rooms go one way, and what only one module may do, only it does."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("verdicts", "conformance", "suites", "reports", "lab", "netparity")

MAY_IMPORT = {
    "verdicts": set(),
    "conformance": {"verdicts"},
    "suites": {"conformance", "verdicts"},
    "reports": {"verdicts"},
    "lab": set(),
    "netparity": {"verdicts", "conformance", "suites", "reports", "lab"},
}

ONLY_IN = {
    "kubernetes": {"conformance/api_client.py"},
    "tenacity": {"conformance/waiting.py", "lab/waiting.py"},
    "allure": {"conformance/steps.py"},
}

HEAVY = {"kubernetes", "pytest", "jinja2", "pyroute2", "cryptography", *ROOMS} - {"netparity"}


def modules() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


def imported(path: Path, *, inside_functions: bool = True) -> set[str]:
    """The dotted names that a module imports; without functions, what importing it imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree)) if inside_functions else list(tree.body)
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written out"
            names.add(node.module or "")
    return names


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tops(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("path", list(modules()), ids=shown)
def test_a_room_imports_only_rooms_below_it(path: Path) -> None:
    room = shown(path).partition("/")[0]

    others = tops(imported(path)) & set(ROOMS) - {room}

    assert others <= MAY_IMPORT[room]


@pytest.mark.parametrize(("library", "allowed"), list(ONLY_IN.items()))
def test_a_library_is_imported_in_its_own_place_only(library: str, allowed: set[str]) -> None:
    places = {shown(path) for path in modules() if library in tops(imported(path))}

    assert places <= allowed


def test_only_waiting_sleeps() -> None:
    sleeping = {
        shown(path)
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr == "sleep")
        or (isinstance(node, ast.Name) and node.id == "sleep")
    }

    assert sleeping <= {"conformance/waiting.py", "lab/waiting.py"}


def test_the_command_loads_no_room_before_one_is_asked_for() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "netparity" / "__main__.py"]
    loaded: set[str] = set()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        names = imported(path, inside_functions=False)
        loaded |= tops(names)
        ours = {ROOT / f"{name.replace('.', '/')}.py" for name in names}
        ours |= {ROOT / name.replace(".", "/") / "__init__.py" for name in names}
        waiting += [found for found in ours if found.is_file() and found not in seen]

    assert not loaded & HEAVY


def test_no_module_is_named_for_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}

    assert not [shown(path) for path in modules() if path.stem in vague]
