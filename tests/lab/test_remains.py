"""What is removed of a state directory, and how a stranger's is found."""

import subprocess
import sys
from pathlib import Path

import pytest

from lab import remains
from lab.layout import Layout
from lab.waiting import eventually


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A state directory as a lab fills it."""
    layout = Layout(tmp_path / "netparity")
    for folder in (layout.pki.directory, layout.control_plane, layout.node("a"), layout.logs):
        folder.mkdir(parents=True)
        (folder / "file").touch()
    for file in (layout.kubeconfig, layout.facts, layout.record, layout.host_record):
        file.touch()
    return layout


def test_forgetting_a_lab_removes_its_files_and_the_empty_directory(layout: Layout) -> None:
    remains._forget(layout, logs=True)

    assert not layout.root.exists()


def test_a_lab_that_failed_keeps_its_logs(layout: Layout) -> None:
    remains._forget(layout, logs=False)

    assert [path.name for path in layout.root.iterdir()] == ["logs"]


def test_what_is_not_the_labs_stays(layout: Layout) -> None:
    (layout.root / "thesis.odt").touch()

    remains._forget(layout, logs=True)

    assert [path.name for path in layout.root.iterdir()] == ["thesis.odt"]


def test_forgetting_twice_is_fine(layout: Layout) -> None:
    remains._forget(layout, logs=True)
    remains._forget(layout, logs=True)

    assert not layout.root.exists()


@pytest.mark.parametrize("machine", ["control-plane", "nodes/win2016", "image-store"])
def test_a_running_machine_tells_where_its_lab_has_its_state(machine: str, tmp_path: Path) -> None:
    specification = tmp_path / machine / "machine.json"
    program = "import sys; sys.stdin.read()"
    argv = [sys.executable, "-c", program, str(specification), "7"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as process:
        # A new program's command line is empty for a moment.
        roots = eventually(
            lambda: remains._state_roots(process.pid), what="words", timeout=10, next_step="-"
        )
        assert process.stdin is not None
        process.stdin.close()
    assert roots == {tmp_path}


def test_half_a_record_is_no_process(layout: Layout) -> None:
    (layout.node("a") / "process.json").touch()

    assert remains._recorded(layout) == []
