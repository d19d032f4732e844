"""What every tracked file keeps, whatever it is."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from conformance.facts import Facts

ROOT = Path(__file__).parent.parent
HOSTS = (
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "proxy." + "golang.org",
    "registry." + "npmjs",
    "deb." + "debian.org",
    "crates" + ".io",
)
PLACES = ("/wo" + "rk/", "/tmp/" + "np", "/r" + "oot/", "/home/" + "[a-z]")
OWN_HOSTS = re.compile("|".join(re.escape(host) for host in HOSTS))
OWN_PLACES = re.compile(r"(?<![\w*.}-])(?:" + "|".join(PLACES) + ")")


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in tracked():
        if path.suffix in {".lock", ".sum"}:
            continue
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
            for number, line in enumerate(text.splitlines(), start=1)
            if pattern.search(line)
        ]
    return found


def test_no_file_names_the_host_of_a_package_registry() -> None:
    assert lines_with(OWN_HOSTS) == []


def test_no_file_names_a_path_of_one_machine() -> None:
    assert lines_with(OWN_PLACES) == []


@pytest.mark.parametrize(
    "path",
    [path for path in tracked() if path.suffix == ".md"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_every_link_inside_the_repository_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)\s#]+)", text)

    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_the_facts_example_of_the_documentation_is_a_facts_file() -> None:
    text = (ROOT / "docs" / "facts.md").read_text(encoding="utf-8")
    examples = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)

    assert examples
    for example in examples:
        assert Facts.model_validate(yaml.safe_load(example)).nodes


def recipe(*arguments: str, **environment: str) -> str:
    """What make would run, without running it."""
    done = subprocess.run(
        ["make", "--dry-run", "matrix", *arguments],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        env={k: v for k, v in os.environ.items() if k != "MAKEFLAGS"} | environment,
    )
    return done.stdout


def test_make_matrix_asks_the_lab() -> None:
    assert "-m netparity.main_job" in recipe()


def test_an_exported_kubeconfig_names_no_cluster() -> None:
    text = recipe(KUBECONFIG="/some/cluster")

    assert "-m netparity.main_job" in text
    assert "/some/cluster" not in text


def test_a_kubeconfig_on_the_command_line_names_the_cluster() -> None:
    text = recipe("KUBECONFIG=/some/cluster", "FACTS=/some/facts", "ARGS=--strict")

    assert "netparity run --kubeconfig '/some/cluster' --facts '/some/facts' --strict" in text
    assert "main_job" not in text


def test_every_target_of_the_makefile_is_in_its_help() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.+)$", text, flags=re.MULTILINE)
    described = "\n".join(line for line in text.splitlines() if line.startswith("\t@echo"))

    assert [name for name in phony.split() if name not in described] == []
