"""What the options of a run are read as."""

from pathlib import Path

import pytest

from conformance.errors import UsageError
from conformance.settings import RunSettings
from verdicts.vocabulary import RunProfile


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    path = tmp_path / "kubeconfig"
    path.touch()
    return path


def test_a_facts_file_beside_the_kubeconfig_is_taken(kubeconfig: Path) -> None:
    beside = kubeconfig.with_name("facts.yaml")
    beside.touch()

    assert RunSettings.parsed(kubeconfig=str(kubeconfig)).facts == beside


def test_a_facts_file_that_is_named_goes_first(kubeconfig: Path, tmp_path: Path) -> None:
    kubeconfig.with_name("facts.yaml").touch()
    named = tmp_path / "mine.yaml"
    named.touch()

    assert RunSettings.parsed(kubeconfig=str(kubeconfig), facts=str(named)).facts == named


def test_a_kubeconfig_alone_declares_nothing(kubeconfig: Path) -> None:
    assert RunSettings.parsed(kubeconfig=str(kubeconfig)).facts is None


def test_an_exported_kubeconfig_names_no_cluster(
    kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))

    with pytest.raises(UsageError, match="give --kubeconfig FILE"):
        RunSettings.parsed(kubeconfig=None)


def test_a_file_that_is_not_there_is_named_with_its_option(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--kubeconfig .*missing cannot be read"):
        RunSettings.parsed(kubeconfig=str(tmp_path / "missing"))


def test_a_run_asks_the_core_unless_told(kubeconfig: Path) -> None:
    assert RunSettings.parsed(kubeconfig=str(kubeconfig)).profile is RunProfile.CORE
    full = RunSettings.parsed(kubeconfig=str(kubeconfig), profile="full")
    assert full.profile is RunProfile.FULL


def test_a_profile_that_does_not_exist_names_those_that_do(kubeconfig: Path) -> None:
    with pytest.raises(UsageError, match="--profile deep: no such profile; one of core, full"):
        RunSettings.parsed(kubeconfig=str(kubeconfig), profile="deep")
